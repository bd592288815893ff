#!/usr/bin/env bash
# Makes a clone ready to run: npm packages, the native toolchain (Debian, as root), the build. Runs before `npm start`
# and `npm test`, needs nothing from node_modules, does nothing and needs no network when all is there. Only live
# recording needs the toolchain, so its absence is told in one line and is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

check_node() {
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  [ "$major" -ge 20 ] && return
  say "requires Node.js 20 or newer, got $(node --version 2>/dev/null || echo none)"
  exit 1
}

install_packages() {
  local mark=node_modules/.package-lock.json
  [ -e "$mark" ] && [ ! package-lock.json -nt "$mark" ] && return
  say 'installing npm packages (npm ci)'
  npm ci --include=dev --no-audit --no-fund --loglevel=error >&2
  touch "$mark"
}

# What of the toolchain is missing, as Debian names it.
missing_tools() {
  command -v clang-14 >/dev/null || command -v clang >/dev/null || echo clang-14
  command -v g++ >/dev/null || echo g++
  [ -e /usr/include/bpf/libbpf.h ] || echo libbpf-dev
}

may_install() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; }

install_toolchain() {
  local missing
  missing=$(missing_tools)
  missing=${missing//$'\n'/ }
  [ -n "$missing" ] || return 0
  if ! may_install; then
    say "not building the sensor, which only live recording needs; missing: $missing"
    return 1
  fi
  say "missing for the sensor (live recording): $missing; installing clang-14 libbpf-dev libelf-dev zlib1g-dev g++ with apt-get"
  apt_install clang-14 libbpf-dev libelf-dev zlib1g-dev g++ && return 0
  say 'apt-get failed: live recording will not run, everything else does'
  return 1
}

apt_install() {
  local install=(apt-get install -y -q --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  "${install[@]}" >&2 || { apt-get update -q >&2 && "${install[@]}" >&2; }
}

# Outputs whose source is gone would still be imported and tested.
prune_build() {
  local output source
  find dist -name '*.js' | while read -r output; do
    source=src/${output#dist/}
    [ -e "${source%.js}.ts" ] || rm -f "${output%.js}".{js,js.map,d.ts}
  done
}

build() {
  local stamp=dist/.built
  if [ -e "$stamp" ] && [ -z "$(find src tsconfig.json package-lock.json -newer "$stamp" -print -quit)" ]; then return; fi
  say 'building'
  local begun
  begun=$(mktemp)
  npm run --silent build >&2 || { rm -f "$begun"; exit 1; }
  prune_build
  chmod +x dist/app/cli/main.js
  mv "$begun" "$stamp"
}

build_native() {
  local status=0
  bash native/build.sh >&2 || status=$?
  case $status in
    0) ;;
    3) say 'the sensor is not built: live recording will not run, everything else does' ;;
    *)
      say 'building the sensor failed: live recording will not run, everything else does'
      [ "${npm_lifecycle_event:-}" != pretest ] || exit 1
      ;;
  esac
}

# Programs that tests of the sensor run; without them those tests are skipped and say so.
install_test_tools() {
  local missing=() tool
  for tool in ip:iproute2 nft:nftables nmap:nmap; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "missing for tests of the sensor: ${missing[*]}; installing with apt-get"
  apt_install "${missing[@]}" || say 'apt-get failed: those tests are skipped'
}

check_node
install_packages
build
if install_toolchain; then
  build_native
  if [ "${npm_lifecycle_event:-}" = pretest ] && may_install; then install_test_tools; fi
fi
