#!/usr/bin/env bash
# Deploys to ENVIRONMENT what diffs/<environment>/diff.json shows and nothing else. With an IMAGE ("ai=3f2c1e9") it is app with that image,
# and the images before come back where the new one does not run. `exec`, and no npx: a cancelled job signals only the
# step's first process, which must be the command itself.
set -euo pipefail

options=(--env "$ENVIRONMENT" --yes --reviewed "diffs/$ENVIRONMENT/diff.json")
if [[ -n $IMAGE ]]; then
  options=(app --image-tag "$IMAGE" --roll-back "${options[@]}")
fi
exec node bin/wbot.js deploy "${options[@]}"
