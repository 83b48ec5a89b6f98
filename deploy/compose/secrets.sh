#!/bin/sh
# Makes the passwords that a stack asks for, each of 32 random letters and digits, and leaves those
# alone that are there.
#
#   sh secrets.sh sophia
#
# The files can be read by all, because the users of the containers differ; their folder can be
# entered by its owner alone.
set -eu

cd "$(dirname "$0")/${1:?name of a stack: sophia, pensu or response-times}"
mkdir -p secrets
chmod 700 secrets
sed -n 's|.*{ file: \./secrets/\([a-z_]*\) }$|\1|p' compose.yaml | while read -r name; do
  [ -s "secrets/$name" ] && continue
  LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32 >"secrets/$name.new"
  chmod 444 "secrets/$name.new"
  mv "secrets/$name.new" "secrets/$name"
done
