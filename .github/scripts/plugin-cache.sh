#!/usr/bin/env bash
# Lets Terraform keep the providers that it installs, in a folder that the job's cache keeps. It has to be there. It is the
# runner's own: two at a time, of several runners on one machine, may leave files that don't match their checksums.
set -euo pipefail

folder=$RUNNER_TEMP/terraform-plugins
mkdir -p "$folder"
echo "TF_PLUGIN_CACHE_DIR=$folder" >>"$GITHUB_ENV"
