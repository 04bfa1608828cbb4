#!/usr/bin/env bash
# Writes the diff of each of ENVIRONMENTS (a JSON list), from diffs/<environment>, into its one comment on pull request NUMBER. If
# a plan failed, its folder may be empty. ENVIRONMENTS is empty if the settings could not be read: then no earlier diff stays.
set -euo pipefail

begin="<!-- wbot-diff:"
# Anyone can write the marker, so the author must match too.
comments=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$begin\")))
    | \"\(.body | ltrimstr(\"$begin\") | split(\" \")[0]) \(.id)\"")
if [[ -n $ENVIRONMENTS ]]; then
  names=$(jq -r '.[]' <<<"$ENVIRONMENTS")
else
  names=$(cut -d " " -f 1 <<<"$comments" | sort -u)
fi
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
for environment in $names; do
  folder=diffs/$environment
  {
    echo "$begin$environment -->"
    if [[ $(cat "$folder/changes" 2>/dev/null) == false ]]; then
      echo "No changes in **$environment**."
    elif [[ -f $folder/diff.md ]]; then
      cat "$folder/diff.md"
    else
      echo "The changes in **$environment** could not be determined: see the run."
    fi
    printf '\n<sub>%s at %s, [run](%s)</sub>\n' "$environment" "$COMMIT" "$run"
  } >comment.md
  comment=$(awk -v name="$environment" '$1 == name { print $2; exit }' <<<"$comments")
  if [[ -n $comment ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$comment" --field body=@comment.md
  else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --field body=@comment.md
  fi
done
