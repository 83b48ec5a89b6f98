#!/bin/sh
# A stack in one command: passwords, image, containers; returns once all of them are well.
#
#   sh up.sh sophia
set -eu

here=$(cd "$(dirname "$0")" && pwd)
stack=${1:?name of a stack: sophia, pensu or response-times}
sh "$here/secrets.sh" "$stack"
docker compose -f "$here/$stack/compose.yaml" up --build --detach
sed -n "s|^  - '\(.*\)'\$|\1|p" "$here/$stack/compose.yaml" | sed "s|in secrets/|in $here/$stack/secrets/|"
