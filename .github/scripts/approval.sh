#!/usr/bin/env bash
# Refuses ENVIRONMENT where GitHub would deploy without a second person: an environment that is named but was never set up is
# made without any rule, and plans other than Enterprise ignore reviewers in private repositories. Started by hand
# (BY_HAND=true), a deploy is a person's decision already. IMAGE is what is rolled out, if it is an image.
set -euo pipefail

if [[ $BY_HAND == true ]]; then
  exit 0
fi
api=repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT
if ! found=$(gh api "$api") || ! branches=$(gh api "$api/deployment-branch-policies"); then
  echo "The GitHub environment $ENVIRONMENT can't be read: set it up as docs/delivery.md says." >&2
  exit 1
fi
missing=$(jq -rn --argjson found "$found" --argjson branches "$branches" '
  [$found.protection_rules[]? | select(.type == "required_reviewers")] as $rules
  | [
      (if ($rules | length) == 0 then "asks nobody for approval" else empty end),
      (if $rules | any(.prevent_self_review != true) then "lets who started a deploy approve it" else empty end),
      (if $found.can_admins_bypass != false then "lets administrators pass over its rules" else empty end),
      (if [$branches.branch_policies[]?.name] != ["main"] then "deploys other branches than main" else empty end)
    ]
  | join(", ")')
if [[ -n $missing ]]; then
  echo "The GitHub environment $ENVIRONMENT $missing, and so nothing is deployed there unasked." >&2
  if [[ -n $IMAGE ]]; then
    way="from a desk: npx wbot deploy --env $ENVIRONMENT app --image-tag $IMAGE"
  else
    way="by hand: gh workflow run deploy.yml -f environment=$ENVIRONMENT"
  fi
  echo "Set it up as docs/delivery.md says, or deploy $way" >&2
  exit 1
fi
