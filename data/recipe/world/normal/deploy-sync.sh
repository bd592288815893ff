#!/bin/bash
# Pictures of the site, from the build machine. Usage: deploy-sync.sh NUMBER
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for n in 1 2 3; do head -c 3000 /dev/urandom >"$scratch/photo-$n.jpg"; done
head -c 500 /dev/urandom >"$scratch/photo-new-$1.jpg"
rsync -a -e "ssh -q -i /range/keys/deploy -o BindAddress=10.20.0.12" "$scratch/" deploy@10.20.0.5:/srv/site/photos/
