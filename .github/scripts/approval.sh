#!/usr/bin/env bash
# Refuses ENVIRONMENT where GitHub would ask nobody before a deploy: an environment that is named but was never set up is
# made without any rule, and plans other than Enterprise ignore reviewers in private repositories. Started by hand
# (BY_HAND=true), a deploy is a person's decision already. IMAGE is what is rolled out, if it is an image.
set -euo pipefail

if [[ $BY_HAND == true ]]; then
  exit 0
fi
if ! rules=$(gh api "repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT" --jq '.protection_rules[].type'); then
  echo "The GitHub environment $ENVIRONMENT can't be read: set it up as docs/delivery.md says." >&2
  exit 1
fi
if [[ $rules != *required_reviewers* ]]; then
  echo "The GitHub environment $ENVIRONMENT asks nobody for approval, and so nothing is deployed there unasked." >&2
  if [[ -n $IMAGE ]]; then
    way="from a desk: npx wbot deploy --env $ENVIRONMENT app --image-tag $IMAGE"
  else
    way="by hand: gh workflow run deploy.yml -f environment=$ENVIRONMENT"
  fi
  echo "Give it reviewers, as docs/delivery.md says, or deploy $way" >&2
  exit 1
fi
