#!/usr/bin/env bash
# Writes the drift of all ENVIRONMENTS (a JSON list), and what preflight found, from diffs/<environment> into the one open
# issue with the label `drift`; closes it if there is none. If a plan or a check failed, its files may be missing. ENVIRONMENTS
# is empty if the settings could not be read.
set -euo pipefail

found=false
# Without them, nobody knows.
if [[ -z $ENVIRONMENTS ]]; then ENVIRONMENTS='["settings"]'; fi
# An issue holds 65,536 characters: every environment gets the same part, a tenth of it for findings and one for headings.
names=$(jq -r '.[]' <<<"$ENVIRONMENTS")
room=$((64000 / $(wc -w <<<"$names")))
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
echo "What is deployed differs from main (changed by hand, or merged but not deployed yet), or needs attention. [Full diff]($run)" >issue.md
for environment in $names; do
  folder=diffs/$environment
  changes=$(cat "$folder/changes" 2>/dev/null || true)
  findings=$(head -c $((room / 10)) "$folder/findings" 2>/dev/null || true)
  # A check that found nothing leaves an empty file, one that failed leaves none.
  if [[ -n $changes && ! -f $folder/findings ]]; then
    findings="Its images, nodes and versions could not be checked: see the run."
  fi
  if [[ $changes == false && -z $findings ]]; then continue; fi
  found=true
  printf '\n## %s\n\n' "$environment" >>issue.md
  if [[ -n $findings ]]; then printf '%s\n\n' "$findings" >>issue.md; fi
  if [[ $changes == false ]]; then continue; fi
  if [[ -f $folder/diff.txt ]]; then
    printf '~~~~\n%s\n~~~~\n' "$(head -c $((room * 8 / 10)) "$folder/diff.txt")" >>issue.md
  else
    echo "It could not be checked: see the run." >>issue.md
  fi
done

# Other issues may have the label, so the author must match too.
issues=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues?labels=drift&state=open" \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (has("pull_request") | not)) | .number')
issue=${issues%%$'\n'*}
if [[ $found == true && -n $issue ]]; then
  gh issue edit "$issue" --body-file issue.md
elif [[ $found == true ]]; then
  gh label create drift --description "What is deployed differs from main" --force
  gh issue create --title "Drift" --label drift --body-file issue.md
elif [[ -n $issue ]]; then
  gh issue close "$issue" --comment "No drift any more: $run"
fi
