#!/bin/bash
# Makes the Debian 12 root that the recorded host and its world share (read-only, below their overlays).
# Usage: build-root.sh DIR. Takes about two minutes and 700 MB once; a finished root is kept and used again.
# Nothing is installed on the machine itself but mmdebstrap, so no daemon of the range ever starts there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
stamp=$dir.built
want=$(sha256sum "$here/packages" | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi

for tool in mmdebstrap gcc; do
  command -v $tool >/dev/null || { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $tool >/dev/null; }
done
rm -rf --one-file-system "$dir" "$stamp"
# The machine's own Debian sources, in either form apt knows.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/debian*.sources; do
  if [ -s "$list" ]; then cat "$list"; echo; fi
done | mmdebstrap --quiet --variant=apt --include="$(paste -sd, "$here/packages")" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$dir" -
rm -rf "$dir"/etc/apt/sources.list* "$dir"/etc/apt/apt.conf.d "$dir"/var/lib/apt/lists "$dir"/etc/resolv.conf "$dir"/etc/hostname
gcc -O2 -Wall -Wextra -Werror -o "$dir/usr/sbin/range-init" "$here/range/init.c"
echo "$want" >"$stamp"
