#!/bin/bash
# What a person types on web1. Usage: as-user.sh ADDRESS USER TTY COMMAND...
# TTY is `tty` for an interactive shell, else each command is a login of its own.
address=$1 user=$2 tty=$3; shift 3
run() { ssh -q -b "$address" -i "/range/keys/$user" -o ConnectTimeout=10 "$@"; }
if [ "$tty" = tty ]; then
  { for line in "$@"; do echo "$line"; sleep 0.4; done; echo exit; } | run -tt "$user@10.20.0.5" >/dev/null 2>&1
else
  for line in "$@"; do run "$user@10.20.0.5" "$line" </dev/null >/dev/null 2>&1; done
fi
