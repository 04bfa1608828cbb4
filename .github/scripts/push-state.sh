#!/usr/bin/env bash
# Writes the state that a deploy of ENVIRONMENT could not write, if any. It exists only on this runner, and goes with it: if it
# is refused again, such as while S3 or KMS has an outage, this tries for 20 minutes.
set -euo pipefail

files="cdktf.out/$ENVIRONMENT/stacks/*/errored.tfstate"
until ! compgen -G "$files" >/dev/null || npx wbot state push --env "$ENVIRONMENT"; do
  if ((SECONDS >= 1200)); then
    echo "The state could not be written for 20 minutes, and its file goes with this runner: what this run created is in no state." >&2
    echo "Before the next deploy of $ENVIRONMENT: docs/runbooks/state-locked.md, \"If the file is gone\"" >&2
    exit 1
  fi
  echo "The file goes with this runner, so this tries again in a minute, until it has tried for 20." >&2
  sleep 60
done
