#!/usr/bin/env bash
# Installs the packages that package-lock.json names.
set -euo pipefail

npm ci --no-audit --no-fund
