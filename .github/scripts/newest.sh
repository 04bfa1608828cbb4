#!/usr/bin/env bash
# Fails if COMMIT is no longer the head of main: a re-run, or a run that waited while something was merged, would deploy
# older code over newer. IMAGE is the image that the run rolls out, if any: a re-run of one may deploy it over a newer one.
set -euo pipefail

if [[ -n $IMAGE ]]; then
  again="gh workflow run image.yml -f service=${IMAGE%%=*} -f commit=${IMAGE#*=}"
  if ((GITHUB_RUN_ATTEMPT > 1)); then
    echo "A newer image may have been rolled out since this run first started, so a re-run stops here." >&2
    echo "To roll out ${IMAGE#*=} all the same: $again" >&2
    exit 1
  fi
fi

# Passed in environment variables, to keep the token out of process arguments.
authorization="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 | tr -d '\n')"
if ! found=$(GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader GIT_CONFIG_VALUE_0=$authorization \
  git ls-remote origin refs/heads/main) || [[ -z $found ]]; then
  echo "The head of main could not be read, so this commit may be older than what is deployed. Start it again." >&2
  exit 1
fi
main=${found%%[[:space:]]*}
if [[ $main == "$COMMIT" ]]; then
  exit 0
fi
echo "This run is for ${COMMIT::7}, but main is now at ${main::7}: continuing would deploy older code, so it stops here." >&2
if [[ -n $IMAGE ]]; then
  echo "To roll out the image from main: $again" >&2
else
  echo "The new head of main has its own run. To start one: gh workflow run deploy.yml -f environment=$ENVIRONMENT" >&2
fi
exit 1
