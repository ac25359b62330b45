#!/usr/bin/env bash
# measure.sh [RUNS]: all measurements of a 2 GiB qcow2 with a unified kernel image of about 60 MiB, from its bytes alone: with the root
# hash of the stored tree (--quick) and with all data hashed anew, against reading the data once and hashing it with SHA-256 on all cores.
# The image is built once, below artifacts/.race: the default recipe with a full kernel and 1.9 GB of random data in it.
set -euo pipefail
runs=${1:-5}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$root/artifacts/.race/measure
image=$work/out/measured/podvm.qcow2
export TIMEFORMAT=%R LC_ALL=C

if [[ ! -f $image ]]; then
    mkdir -p "$work/payload/opt/data"
    for part in 1 2 3 4; do
        head -c 475000000 /dev/urandom >"$work/payload/opt/data/$part"
    done
    cat >"$work/recipe.yaml" <<YAML
extends: ../../../recipes/default.yaml
name: measured
base: { kernel: linux-image-amd64, initrd: { modules: [bash], drivers: [amdgpu, i915, xe, nouveau, radeon, ast, mlx5_core, mlx4_core, bnxt_en, ice, i40e, qed, cxgb4, lpfc, qla2xxx, mpt3sas, megaraid_sas, xfs, btrfs, ext4, nfs, cifs, ocfs2, gfs2] } }
payload: [{ kind: directory, path: payload }]
disk: { rootCompression: none }
YAML
    "$root/build.sh" --recipe "$work/recipe.yaml" --store "$work/store" --output "$work/out" --log plain >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
fi

# The share of each core, read and hashed by a program of its own.
cores=$(nproc)
size=$(stat -c %s "$image")
share=$(((size / cores + 1048575) / 1048576))
hash_once() {
    for ((core = 0; core < cores; core++)); do
        dd if="$image" bs=1M skip=$((core * share)) count="$share" status=none | openssl dgst -sha256 >/dev/null &
    done
    wait
}

timed() { local name=$1 seconds; shift; seconds=$( { time "$@" >/dev/null; } 2>&1 ); echo "$seconds" >>"$work/times.$name"; echo "$name $seconds s"; }
median() { sort -n "$work/times.$1" | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }

rm -f "$work"/times.*
hash_once
for _ in $(seq "$runs"); do
    timed hash-once hash_once
    timed quick "$root/build.sh" measure "$image" --quick
    timed all "$root/build.sh" measure "$image"
done

echo "image: $((size / 1048576)) MiB; unified kernel image: $("$root/build.sh" inspect "$image" --json | grep -m1 -o '"size": *[0-9]*' | head -n1)"
for name in hash-once quick all; do
    echo "median $name: $(median "$name") s"
done
echo "all against hash-once: $(awk "BEGIN {printf \"%.2f\", $(median all) / $(median hash-once)}")"
# Highest resident memory of the program itself.
for option in --quick --log=auto; do
    "$root/build.sh" measure "$image" "$option" >/dev/null &
    pid=$!
    peak=0
    while kill -0 "$pid" 2>/dev/null; do
        now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 0)
        ((${now:-0} > peak)) && peak=$now
        sleep 0.02
    done
    wait "$pid"
    echo "peak memory ($option): $((peak / 1024)) MiB"
done
