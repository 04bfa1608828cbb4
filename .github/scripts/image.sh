#!/usr/bin/env bash
# Checks SERVICE and COMMIT, which anyone may have sent who may start the workflow, and prints the image that they name.
set -euo pipefail

if [[ ! $SERVICE =~ ^(ai|web)$ ]]; then
  echo "The service is ${SERVICE@Q}: it must be ai or web." >&2
  exit 1
fi
if [[ ! $COMMIT =~ ^[0-9a-f]{7,40}$ ]]; then
  echo "The commit is ${COMMIT@Q}: it must be 7 to 40 digits of a commit's hash." >&2
  exit 1
fi
echo "image=$SERVICE=$COMMIT"
