#!/usr/bin/env bash
# build.sh [RUNS]: times of the default recipe on this machine: cold (packages cached), another policy, nothing changed.
# Uses a store of its own below artifacts/.race, so that nothing of yours is thrown away. Prints every run and medians.
set -euo pipefail
runs=${1:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
store=$root/artifacts/.race/store
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export TIMEFORMAT=%R

build() { "$root/build.sh" --store "$store" --output "$out" --log plain "$@" >"$out/log" 2>&1 || { tail -n 20 "$out/log" >&2; exit 1; }; }
timed() { local name=$1 seconds; shift; seconds=$( { time build "$@"; } 2>&1 ); echo "$name $seconds s"; echo "$seconds" >>"$out/$name"; }
median() { sort -n | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }

build
for _ in $(seq "$runs"); do
    rm -rf "$store/stages"
    timed cold
    timed nothing-changed
    timed policy-changed --set agentPolicy.preset=allow-all
done
for name in cold nothing-changed policy-changed; do
    echo "median $name: $(median <"$out/$name") s"
done
echo "stages of the last build (another policy):"
sed -n 's/^[^ ]* \([a-z-]*\): built in \(.*\)$/  \1: \2/p' "$out"/*/build.log
