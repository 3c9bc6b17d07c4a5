#!/usr/bin/env bash
# Damages the files of runs at random, 10,000 times or as often as the argument says, and prints how each kind of
# damage was met: noticed with the file's name, or without any effect. Fails with all that any reader believes, or names
# without saying what to do.
set -euo pipefail
cd "$(dirname "$0")/.."
# Every file is synced as it is written, which takes most of the time where the folder lies on a disk.
if [ -d /dev/shm ] && [ -z "${TMPDIR:-}" ]; then export TMPDIR=/dev/shm; fi
TOILE_DAMAGES=${1:-10000} cargo test --quiet -p toile-study --test suite every_damage -- --nocapture
