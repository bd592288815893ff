#!/usr/bin/env bash
# The sensor on a kernel we did not build on: boots Debian's kernel in qemu, records what known programs do there, and
# judges the recordings here. Needs Debian on x86-64; what is missing is installed with apt-get as root, and said so first.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { echo "kernels: $*" >&2; }

refuse() {
  say "$*"
  exit 1
}

cache=$PWD/node_modules/.cache/quince-kernels
[ -z "${XDG_CACHE_HOME:-}" ] || cache=$XDG_CACHE_HOME/quince-kernels

# Debian's names of what is missing.
missing_tools() {
  command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
  grep -aq 'BusyBox' "$(command -v busybox)" 2>/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1 || echo busybox-static
  command -v cpio >/dev/null || echo cpio
  command -v gcc >/dev/null || echo gcc libc6-dev
  command -v setpriv >/dev/null || echo util-linux
}

install_tools() {
  local missing
  missing=$(missing_tools)
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # a list of names
  set -- $missing
  [ "$(id -u)" = 0 ] || refuse "requires root to install with apt-get: $*"
  say "installing with apt-get: $*"
  local install=(apt-get install -y -q --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  "${install[@]}" >&2 || { apt-get update -q >&2 && "${install[@]}" >&2; }
}

# The kernel that Debian's linux-image-amd64 stands for today.
newest_kernel() { apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1; }

# Sets `kernel`, the boot image, downloaded and unpacked (never installed) when it is not in the cache.
fetch_kernel() {
  local package
  package=$(newest_kernel)
  [ -n "$package" ] || { apt-get update -q >&2 && package=$(newest_kernel); }
  [ -n "$package" ] || refuse 'requires the package linux-image-amd64 of Debian, got none'
  kernel=$cache/boot/vmlinuz-${package#linux-image-}
  [ ! -e "$kernel" ] || return 0
  say "downloading $package (70 MB) and unpacking its boot image to $cache"
  (cd "$work" && apt-get download -q "$package" >&2)
  mkdir -p "$cache"
  dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
  mkdir -p "$cache/boot"
  mv "$work/boot/${kernel##*/}" "$kernel"
}

[ "$(uname -m)" = x86_64 ] || refuse "requires x86-64, got $(uname -m)"
[ -e /etc/debian_version ] || refuse 'requires Debian, for its kernel and tools'
[ -e native/build/quince.node ] || refuse 'requires a built sensor: bash scripts/setup.sh says what is missing'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install_tools
fetch_kernel
bash test/kernels/image.sh "$work/image" "$work/initrd"
rm -rf "$work/image"
QUINCE_KERNEL=$kernel QUINCE_INITRD=$work/initrd node_modules/.bin/vitest run --config test/kernels/vitest.config.ts "$@"
