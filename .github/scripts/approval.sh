#!/usr/bin/env bash
# Fails if GitHub would deploy to ENVIRONMENT without a second person's approval: an environment that was never set up has no
# rules, and only the Enterprise plan has reviewers in private repositories. A deploy started by hand (BY_HAND=true) already is
# a person's decision. IMAGE is the image that is rolled out, if any.
set -euo pipefail

if [[ $BY_HAND == true ]]; then
  exit 0
fi
if [[ -n $IMAGE ]]; then
  way="from your machine: npx wbot deploy --env $ENVIRONMENT app --image-tag $IMAGE"
else
  way="by hand: gh workflow run deploy.yml -f environment=$ENVIRONMENT"
fi
way="Set it up as described in docs/delivery.md, or deploy $way"
api=repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT
if ! found=$(gh api "$api") || ! branches=$(gh api "$api/deployment-branch-policies"); then
  echo "The GitHub environment $ENVIRONMENT can't be read. $way" >&2
  exit 1
fi
missing=$(jq -rn --argjson found "$found" --argjson branches "$branches" '
  [$found.protection_rules[]? | select(.type == "required_reviewers")] as $rules
  | [
      (if ($rules | length) == 0 then "requires no approval"
        # GitHub silently leaves out a team without access.
        elif all($rules[]; .reviewers == []) then "has no reviewers (a team needs write access to the repository)"
        else empty end),
      (if $rules | any(.prevent_self_review != true) then "lets whoever started a deploy approve it" else empty end),
      (if $found.can_admins_bypass != false then "lets administrators bypass its rules" else empty end),
      (if [$branches.branch_policies[]?.name] != ["main"] then "accepts branches other than main" else empty end)
    ]
  | join(", ")')
if [[ -n $missing ]]; then
  echo "The GitHub environment $ENVIRONMENT $missing, so nothing is deployed to it automatically." >&2
  echo "$way" >&2
  exit 1
fi
