#!/usr/bin/env bash
# image.sh FOLDER FILE: lays out the guest's root in FOLDER and packs it as FILE, an initramfs: busybox, Node.js, Quince as
# it is built here with its packages, and the programs that it is to record. Not compressed: unpacking in software emulation
# costs more than reading.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$1 file=$2 here=test/kernels

# Copies programs and addons with the libraries they name, each to its own path.
with_libraries() {
  local library
  ldd "$@" | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do
    cp -L --parents "$library" "$root"
  done
}

# The packages that run in production and are installed here, but the database: recording needs none.
packages() {
  node -p 'Object.entries(require("./package-lock.json").packages).flatMap(([path, { dev }]) =>
    path && !dev && !path.includes("@duckdb") && fs.existsSync(path) ? [path] : []).join("\n")'
}

mkdir -p "$root"/{bin,dev,etc,out,proc,sys,tmp,usr/bin,quince/native/build,quince/test/kernels,trial/files/deep}
cp "$(command -v busybox)" "$root/bin/"
cp -L "$(command -v node)" "$(command -v setpriv)" "$root/usr/bin/"
install -m 755 $here/init.sh "$root/init"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"

cp -r dist models package.json "$root/quince/"
cp native/build/quince.node "$root/quince/native/build/"
cp $here/guest-record.mjs "$root/quince/test/kernels/"
packages | xargs cp -rL --parents -t "$root/quince"

gcc -O1 -Wall test/workload/workload.c -o "$root/trial/known-work"
gcc -O1 -Wall $here/uring.c -o "$root/trial/uring-client"
gcc -O1 -Wall -m32 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pic -no-pie $here/ia32.c -o "$root/trial/ia32-client"
ln -s deep "$root/trial/files/link"

with_libraries "$root/usr/bin/node" "$root/usr/bin/setpriv" "$root/trial/known-work" "$root/quince/native/build/quince.node"

(cd "$root" && find . | cpio -o -H newc --quiet) >"$file"
