#!/usr/bin/env bash
# Lets Terraform keep the providers that it installs, in a folder that the job's cache keeps. It has to be there.
set -euo pipefail

folder=$HOME/.terraform.d/plugin-cache
mkdir -p "$folder"
echo "TF_PLUGIN_CACHE_DIR=$folder" >>"$GITHUB_ENV"
