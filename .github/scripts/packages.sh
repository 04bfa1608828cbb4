#!/usr/bin/env bash
# Installs the packages that package-lock.json names. Their install scripts don't run: every step of a job that may ask for
# an identity could, and so would take its role.
set -euo pipefail

npm ci --ignore-scripts --no-audit --no-fund
