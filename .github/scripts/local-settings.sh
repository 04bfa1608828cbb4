#!/usr/bin/env bash
# Writes environments/<name>.local.json from the repository's variables (VARIABLES, JSON), for values that belong into no
# repository: DEV_LOCAL_JSON, STAGING_LOCAL_JSON, PROD_LOCAL_JSON.
set -euo pipefail

for name in dev staging prod; do
  settings=$(jq -r --arg variable "${name^^}_LOCAL_JSON" '.[$variable] // empty' <<<"$VARIABLES")
  if [[ -n $settings ]]; then
    printf '%s\n' "$settings" >"environments/$name.local.json"
  fi
done
