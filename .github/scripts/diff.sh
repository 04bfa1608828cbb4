#!/usr/bin/env bash
# Writes what a deploy of ENVIRONMENT would change to diffs/<environment>: diff.txt, diff.md, diff.json, and `changes`: true,
# false, or unknown if a stack could not be planned (the report says why). With an image in WBOT_IMAGE_TAG, only app is
# planned.
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
