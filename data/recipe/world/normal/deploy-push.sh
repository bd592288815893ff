#!/bin/bash
# The build machine brings a release. Usage: deploy-push.sh VERSION
version=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/assets"
for n in 1 2 3 4 5; do head -c $((2000 + n * version)) /dev/urandom | base64 >"$scratch/assets/app-$n.$version.js"; done
tar -czf "$scratch/release-$version.tgz" -C "$scratch" assets
options="-q -i /range/keys/deploy -o BindAddress=10.20.0.12"
scp $options "$scratch/release-$version.tgz" deploy@10.20.0.5:/srv/site/
ssh $options deploy@10.20.0.5 "cd /srv/site && tar -xzf release-$version.tgz && cp -r assets www/ && rm release-$version.tgz && cd www && git pull -q && sudo /usr/sbin/nginx -s reload"
