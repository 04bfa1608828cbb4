#!/usr/bin/env bash
# Checks the syntax of SERVICE and COMMIT, which come from whoever started the workflow, and prints the image that they name.
# The first command that is given it checks that the service exists.
set -euo pipefail

if [[ ! $SERVICE =~ ^[A-Za-z][A-Za-z0-9]*$ ]]; then
  echo "The service is $(printf %q "$SERVICE"): it must be a service's key, such as ai." >&2
  exit 1
fi
if [[ ! $COMMIT =~ ^[0-9a-f]{7,40}$ ]]; then
  echo "The commit is $(printf %q "$COMMIT"): it must be 7 to 40 digits of a commit's hash." >&2
  exit 1
fi
echo "image=$SERVICE=$COMMIT"
