#!/usr/bin/env bash
# Installs the packages in package-lock.json without their install scripts: in a job that may request an identity token, any
# of them could take its role.
set -euo pipefail

npm ci --ignore-scripts --no-audit --no-fund
