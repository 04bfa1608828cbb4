#!/usr/bin/env bash
# Writes the state that a deploy of ENVIRONMENT could not write, if any. It exists only on this runner, and goes with it: if it
# is refused again, such as while S3 or KMS has an outage, this tries for 20 minutes; not if somebody has deployed since.
set -euo pipefail

files="cdktf.out/$ENVIRONMENT/stacks/*/errored.tfstate"
until ! compgen -G "$files" >/dev/null || said=$(npx wbot state push --env "$ENVIRONMENT" 2>&1); do
  echo "$said" >&2
  why=""
  # commands/leftovers/unwritten-state.ts says so.
  if [[ $said == *"can't be written any more"* ]]; then
    why="The state can't be written any more"
  elif ((SECONDS >= 1200)); then
    why="The state could not be written for 20 minutes"
  fi
  if [[ -n $why ]]; then
    echo "$why, and its file goes with this runner: what this run created is in no state." >&2
    echo "Before the next deploy of $ENVIRONMENT: docs/runbooks/state-locked.md, \"If the file is gone\"" >&2
    exit 1
  fi
  echo "The file goes with this runner, so this tries again in a minute, until it has tried for 20." >&2
  sleep 60
done
[[ -z ${said-} ]] || echo "$said"
