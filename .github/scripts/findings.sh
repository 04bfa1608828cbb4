#!/usr/bin/env bash
# Writes the warnings and failures of preflight's CHECKS, which no plan of ENVIRONMENT shows, to
# diffs/<environment>/findings, one per line. A finding doesn't fail the run.
set -euo pipefail

folder=diffs/$ENVIRONMENT
mkdir -p "$folder"
read -ra names <<<"$CHECKS"
code=0
npx wbot preflight --env "$ENVIRONMENT" --only "${names[@]}" --json >findings.json || code=$?
# A command that failed printed nothing, which doesn't mean that it found nothing.
if ((code > 1)) || [[ ! -s findings.json ]]; then
  exit "$code"
fi
jq -r '.findings[] | select(.status == "warn" or .status == "fail")
  | "- \(.check): \(.why)" + if (.fix // "") == "" then "" else "\n\n  \(.fix | gsub("\n"; "\n  "))" end' \
  findings.json >findings
# Only now: a file that is empty says that nothing was found.
mv findings "$folder/findings"
cat "$folder/findings" >>"$GITHUB_STEP_SUMMARY"
