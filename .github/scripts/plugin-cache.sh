#!/usr/bin/env bash
# Makes Terraform cache providers in a folder that the job's cache keeps; Terraform needs it to exist. It belongs to one
# runner: two Terraforms writing to it at once may leave files that don't match their checksums.
set -euo pipefail

folder=$RUNNER_TEMP/terraform-plugins
mkdir -p "$folder"
echo "TF_PLUGIN_CACHE_DIR=$folder" >>"$GITHUB_ENV"
