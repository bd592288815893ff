#!/bin/bash
# Records one capture of the range, from nothing, with one command, as root on Debian 12:
#   data/recipe/run.sh --plan train|score|tune --seed N --out DIR [--seconds S] [--rehearse] [--cache DIR]
# Leaves DIR/PLAN.arrow.gz and, where the plan has labels, DIR/PLAN.labels.json. `--rehearse` runs the plan without a
# recorder. Everything runs in namespaces of its own, on overlays in memory; no route leads out of them. The machine
# keeps nothing but the cached root (--cache, default /var/cache/quince-range) and the package mmdebstrap. After a
# failure the logs and the raw recording stay in /tmp/quince-range-share.*. Record on a quiet machine: the sensor sees all
# of it, and what it loses to others' events is lost here too (the number is printed).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
plan='' seed=1 out='' seconds=480 rehearse='' cache=/var/cache/quince-range
while [ $# -gt 0 ]; do
  case $1 in
    --plan) plan=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --cache) cache=$2; shift 2 ;;
    --rehearse) rehearse=yes; shift ;;
    *) echo "run.sh requires a known option, got $1" >&2; exit 2 ;;
  esac
done
case $plan in train | score | tune) ;; *) echo "--plan requires train, score or tune, got ${plan:-nothing}" >&2; exit 2 ;; esac
[ -n "$out" ] || { echo '--out requires a folder, got nothing' >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo 'the range requires root, got an ordinary user' >&2; exit 2; }

mkdir -p "$out" "$cache"
out=$(cd "$out" && pwd)
"$here/build-root.sh" "$cache/root"
share=$(mktemp -d /tmp/quince-range-share.XXXXXX)
world=''
recorder=''
clean_up() {
  # Killing the world's process 1 ends every process of the range; the machine's own are never touched.
  [ -z "$recorder" ] || kill -TERM "$recorder" 2>/dev/null || true
  [ -z "$world" ] || kill -KILL "$world" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap clean_up EXIT

env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 unshare --mount --net --pid --uts --ipc --fork --kill-child \
  /bin/bash "$here/range/enter-world.sh" "$here" "$cache/root" "$share" "$plan" "$seed" "$seconds" >"$share/world.log" 2>&1 &
world=$!
await() { # FILE SECONDS
  local tries=$(($2 * 5))
  until [ -e "$share/$1" ]; do
    tries=$((tries - 1))
    if [ $tries -le 0 ] || ! kill -0 "$world" 2>/dev/null; then
      echo "the range requires the mark $1 within $2 s, got none; its logs:" >&2
      tail -n 20 "$share"/*.log >&2
      exit 1
    fi
    sleep 0.2
  done
}
await ready 90
node "$here/after/snapshot.mjs" "$share" "$world"
if [ -z "$rehearse" ]; then
  raw=$share/raw.arrow
  init=$(node -p "require('$share/snapshot.json').init")
  node "$here/../../dist/app/cli/main.js" record -o "$raw" --pid-namespace "$init" >"$share/record.txt" 2>"$share/record.log" &
  recorder=$!
  until grep -q recording "$share/record.log"; do
    kill -0 "$recorder" 2>/dev/null || { cat "$share/record.log" >&2; exit 1; }
    sleep 0.2
  done
  sleep 1
fi
touch "$share/go"
echo "running plan $plan with seed $seed for $seconds s" >&2
await done "$((seconds * 3 + 60))"
if [ -n "$rehearse" ]; then
  cp "$share"/*.log "$share"/*.jsonl "$share"/*.json "$out/"
  rm -rf --one-file-system "$share"
  exit 0
fi
kill -TERM "$recorder"
wait "$recorder" || { echo "quince record requires status 0, got $?" >&2; cat "$share/record.log" >&2; exit 1; }
recorder=''
cat "$share/record.txt" >&2
node "$here/after/filter.mjs" "$raw" "$share" "$out/$plan.arrow.gz"
gzip -dc "$out/$plan.arrow.gz" | gzip -9n >"$share/small" && mv "$share/small" "$out/$plan.arrow.gz"
node "$here/after/labels.mjs" "$out/$plan.arrow.gz" "$share" "$plan" "$out/$plan.labels.json" "$out/train.arrow.gz"
rm -rf --one-file-system "$share"
