#!/usr/bin/env bash
# Refuses to go on with COMMIT where main has another one by now: a run that is started again, or that waited while
# something was merged, would bring the older code back. IMAGE is what the run rolls out, if it is an image.
set -euo pipefail

# By environment variables, so that the token is in no process's arguments.
authorization="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 | tr -d '\n')"
if ! found=$(GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader GIT_CONFIG_VALUE_0=$authorization \
  git ls-remote origin refs/heads/main) || [[ -z $found ]]; then
  echo "What main holds could not be found out, and an older commit must not be deployed over it. Start the run again." >&2
  exit 1
fi
main=${found%%[[:space:]]*}
if [[ $main == "$COMMIT" ]]; then
  exit 0
fi
echo "This run is of ${COMMIT::7}, and main is at ${main::7} by now: going on would bring the older code back, so it ends here." >&2
if [[ -n $IMAGE ]]; then
  echo "Start image.yml again: gh workflow run image.yml -f service=${IMAGE%%=*} -f commit=${IMAGE#*=}" >&2
else
  echo "What main holds now has a run of its own. To start one: gh workflow run deploy.yml -f environment=$ENVIRONMENT" >&2
fi
exit 1
