#!/usr/bin/env bash
# Writes what the environment $1 would change into its one comment on pull request NUMBER, from diffs/<environment>.
# There is nothing in that folder where the plan failed.
set -euo pipefail

environment=$1
folder=diffs/$environment
marker="<!-- wbot-diff:$environment -->"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
{
  echo "$marker"
  case $(cat "$folder/changes" 2>/dev/null) in
    true) cat "$folder/diff.md" ;;
    false) echo "Nothing changes in **$environment**." ;;
    *) echo "What changes in **$environment** could not be found out: see the run." ;;
  esac
  printf '\n<sub>%s at %s, [run](%s)</sub>\n' "$environment" "$COMMIT" "$run"
} >comment.md

# The marker alone could be anyone's.
comments=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id")
if [[ -n $comments ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${comments%%$'\n'*}" --field body=@comment.md
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --field body=@comment.md
fi
