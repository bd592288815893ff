#!/bin/bash
# One login with one command. Usage: login.sh ADDRESS USER COMMAND
ssh -q -b "$1" -i "/range/keys/$2" "$2@10.20.0.5" "$3" </dev/null >/dev/null 2>&1
