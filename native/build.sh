#!/usr/bin/env bash
# Builds native/build/quince.node: the BPF program (clang), embedded into the N-API addon (g++). Does nothing when it is up to
# date. Exit 3 with one line when the toolchain is not complete.
set -euo pipefail
cd "$(dirname "$0")"

missing() {
  echo "native: cannot build the sensor: $1 is missing (Debian: apt-get install clang-14 g++ libbpf-dev libelf-dev)"
  exit 3
}

out=build
case "$(uname -m)" in
  x86_64) arch=x86 ;;
  aarch64) arch=arm64 ;;
  *) missing "support for $(uname -m)" ;;
esac

# newer TARGET FILE…: true when TARGET exists and no FILE is newer.
newer() {
  local target=$1 file
  shift
  [ -e "$target" ] || return 1
  for file in "$@"; do
    [ "$file" -nt "$target" ] && return 1
  done
  return 0
}

build_addon() {
  newer "$out/quince.node" ./*.c ./*.cc ./*.h ./*.S build.sh && return 0
  local clang cxx=${CXX:-g++} include=../node_modules/node-api-headers/include flags
  clang=$(command -v clang-14 || command -v clang || true)
  [ -n "$clang" ] || missing clang
  command -v "$cxx" >/dev/null || missing "$cxx"
  [ -e /usr/include/bpf/libbpf.h ] || missing libbpf-dev
  [ -e "$include/node_api.h" ] || missing "node_modules/node-api-headers (npm ci)"
  mkdir -p "$out"

  "$clang" -O2 -g -target bpf "-D__TARGET_ARCH_$arch" "-I/usr/include/$(uname -m)-linux-gnu" -Wall -Werror \
    -c sensor.bpf.c -o "$out/sensor.bpf.o"

  flags=(-std=c++20 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra "-I$include")
  local source object objects=() jobs=()
  for source in *.cc; do
    object=$out/${source%.cc}.o
    objects+=("$object")
    newer "$object" "$source" ./*.h build.sh && continue
    "$cxx" "${flags[@]}" -c "$source" -o "$object" &
    jobs+=($!)
    if [ ${#jobs[@]} -ge 2 ]; then
      wait "${jobs[0]}"
      jobs=("${jobs[@]:1}")
    fi
  done
  for job in ${jobs[@]+"${jobs[@]}"}; do wait "$job"; done

  # Written beside and moved: a process that has the old addon loaded keeps it.
  "$cxx" -shared -o "$out/quince.node.new" "${objects[@]}" "-Wa,-I$out" bpf_object.S -lbpf -pthread
  mv "$out/quince.node.new" "$out/quince.node"
}

build_addon
