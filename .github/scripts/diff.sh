#!/usr/bin/env bash
# Looks at what a deploy of ENVIRONMENT would change, and leaves it in diffs/<environment>: diff.txt, diff.md, diff.json, and
# in `changes` whether there is anything: true, false, or unknown where a stack could not be planned, which the report
# says more of. With an image in WBOT_IMAGE_TAG only app is looked at.
set -euo pipefail

folder=diffs/$ENVIRONMENT
mkdir -p "$folder"
code=0
npx wbot diff ${WBOT_IMAGE_TAG:+app} --env "$ENVIRONMENT" --format text --save "$folder" --exit-code || code=$?
case $code in
  0) changes=false ;;
  4) changes=true ;;
  *) changes=unknown ;;
esac
echo "$changes" >"$folder/changes"
echo "changes=$changes" >>"$GITHUB_OUTPUT"
if [[ -f $folder/diff.md ]]; then
  cat "$folder/diff.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [[ $changes == unknown ]]; then
  exit "$code"
fi
