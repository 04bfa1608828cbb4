#!/usr/bin/env bash
# Deploys to ENVIRONMENT exactly what diffs/<environment>/diff.json shows. With an IMAGE ("ai=3f2c1e9") it deploys app with
# that image, and rolls back to the previous one if it fails. `exec` without npx: a cancelled job signals only the step's first
# process, which must be the command itself.
set -euo pipefail

options=(--env "$ENVIRONMENT" --yes --reviewed "diffs/$ENVIRONMENT/diff.json")
if [[ -n $IMAGE ]]; then
  options=(app --image-tag "$IMAGE" --roll-back "${options[@]}")
fi
exec node bin/wbot.js deploy "${options[@]}"
