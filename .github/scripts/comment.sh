#!/usr/bin/env bash
# Writes the diff of the environment $1, from diffs/<environment>, into its one comment on pull request NUMBER. If the plan
# failed, that folder may be empty.
set -euo pipefail

environment=$1
folder=diffs/$environment
marker="<!-- wbot-diff:$environment -->"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
{
  echo "$marker"
  if [[ $(cat "$folder/changes" 2>/dev/null) == false ]]; then
    echo "No changes in **$environment**."
  elif [[ -f $folder/diff.md ]]; then
    cat "$folder/diff.md"
  else
    echo "The changes in **$environment** could not be determined: see the run."
  fi
  printf '\n<sub>%s at %s, [run](%s)</sub>\n' "$environment" "$COMMIT" "$run"
} >comment.md

# Anyone can write the marker, so the author must match too.
comments=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id")
if [[ -n $comments ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${comments%%$'\n'*}" --field body=@comment.md
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --field body=@comment.md
fi
