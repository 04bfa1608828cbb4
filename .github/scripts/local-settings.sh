#!/usr/bin/env bash
# Writes environments/<name>.local.json from the repository's variables (VARIABLES, JSON), for values that don't belong in
# the repository: DEV_LOCAL_JSON, STAGING_LOCAL_JSON, PROD_LOCAL_JSON. Nobody reviews a variable, so it can't set what runs,
# in which account, who administers the cluster, where the state is, or where Supabase's service key is sent: only the settings
# in `allowed`. ci.yml gets no variables: environments/<name>.ts must be valid without any of these.
set -euo pipefail

# JSON: "$schema" is a key in it.
# shellcheck disable=SC2016
allowed='["$schema", "access.publicCidrs", "alarms.emails", "domain.host", "domain.hostedZoneId", "domain.others"]'

for name in dev staging prod; do
  # GitHub takes no hyphens in a variable's name.
  variable=$(tr "[:lower:]-" "[:upper:]_" <<<"$name")_LOCAL_JSON
  settings=$(jq -r --arg variable "$variable" '.[$variable] // empty' <<<"$VARIABLES")
  if [[ -z $settings ]]; then continue; fi
  if ! settings=$(jq -e 'if type == "object" then . else null end' <<<"$settings" 2>/dev/null); then
    echo "The variable $variable must be a JSON object with the content of environments/$name.local.json." >&2
    exit 1
  fi
  refused=$(jq -r --argjson allowed "$allowed" '
    [paths(type != "object" or . == {}) | .[: (map(type) | index("number")) // length] | join(".")]
    | unique - $allowed | join(", ")' <<<"$settings")
  if [[ -n $refused ]]; then
    echo "The variable $variable may not set $refused, since nobody reviews a variable. Set it in environments/$name.ts." >&2
    echo "A variable may set $(jq -r '.[1:] | join(", ")' <<<"$allowed")." >&2
    exit 1
  fi
  printf '%s\n' "$settings" >"environments/$name.local.json"
done
