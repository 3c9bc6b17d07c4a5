#!/usr/bin/env bash
# The figures of docs/scaling.md: thousands of finished runs that nobody trained, told, gathered and reported; what a
# worker asks of the file system for a run; and the simulated end of a study by its checkpoints.
#   bench/scaling.sh [SEEDS_OF_EACH_MODEL [FOLDER]]
# Needs GNU time, strace and two and a half gigabytes in FOLDER (in memory: /dev/shm).
set -euo pipefail
seeds=${1:-5000}
folder=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/toile-scaling.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$(dirname "$0")/.."

cargo build --release -q -p toile-cli
cargo build --release -q -p toile-bench --example synthetic_runs
cargo build --release -q -p toile-bench --example checkpoint_interval
toile=target/release/toile

measured() {
  /usr/bin/time -f "%e s, %U s of them computing, %M KB" -o "$folder/time" "$@" > "$folder/out" 2> "$folder/err" ||
    { cat "$folder/err" >&2; return 1; }
  printf '  %-60s %s\n' "$(printf '%s ' "${@:1:3}" | sed 's/.*toile /toile /; s|/.*/|/|')" "$(tail -1 "$folder/time")"
}

target/release/examples/synthetic_runs quick "0-$((seeds - 1))" "$folder/many"
du -sh "$folder/many" | cut -f1
measured $toile status "$folder/many"
measured $toile run quick --seeds "0-$((seeds - 1))" --out "$folder/many" --gather
measured $toile report "$folder/many"
ls -l "$folder/many" | awk '/results.json|report.html/ { print "  " $9 ": " $5 " bytes" }'

printf '\nWhat a worker asks of the file system for one run of quick (baseline), of 6 epochs, beside what starting costs:\n'
calls() { awk '/^[ 0-9]/ && $NF != "total" { sum += $4 } END { print sum }' "$1"; }
asked=trace=%file,fsync,fdatasync,ftruncate,write,pwrite64,close
$toile run quick --units 1 --out "$folder/one" -q
strace -f -c -e $asked -o "$folder/again" $toile run quick --units 1 --out "$folder/one" -q
strace -f -c -e $asked -o "$folder/first" $toile run quick --units 2 --out "$folder/one" -q
head -14 "$folder/first"
printf '  %s calls for the run, %s for a process that finds it done\n' \
  "$(($(calls "$folder/first") - $(calls "$folder/again")))" "$(calls "$folder/again")"
printf '  %s files, %s\n' "$(find "$folder/one/baseline/seed-1" -type f | wc -l)" "$(du -sh "$folder/one/baseline/seed-1" | cut -f1)"

printf '\n'
target/release/examples/checkpoint_interval
