#!/bin/sh
# Builds the bench program and prints the list of its command lines, one for each workload, as JSON:
#     sh benches/entrant.sh > mpgraph.json
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release --bin mpgraph
# The last line is where the program lies.
program=$(cargo bench --quiet --bench shm --no-run --message-format=json |
    sed -n 's/.*"kind":\["bench"\].*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
exec "$program" entrant
