#!/usr/bin/env bash
# bootc.sh [RUNS]: from a local container image of about 1 GB to the measured qcow2, against the same steps by hand with the same programs, in turn.
# By hand: podman save, layers unpacked with tar, mkfs.erofs from the folder, veritysetup, partitions by sfdisk and dd, qemu-img. The image has an initrd that serves, so
# that neither side makes one; ours writes a UKI, measurements, lists of packages and files, manifest and report on top: both the whole run and when the disk was there
# are told. Then another agent policy.
# Needs root, podman, veritysetup, sfdisk and jq, the package mirror, and about 8 GiB below TMPDIR. Prints every run, medians and the ratio.
set -euo pipefail
runs=${1:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "bootc.sh: needs root" >&2; exit 77; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/bootc-race.XXXXXX")
trap 'podman rmi --force localhost/bootc-race:1 >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

factory() { "$root/build.sh" build --log plain --store "$work/store" --output "$work/out" "$@" >"$work/factory.log" 2>&1 || { tail -n 30 "$work/factory.log" >&2; exit 1; }; }
now() { date +%s.%N; }
since() { awk "BEGIN { printf \"%.1f\", $(now) - $1 }"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

echo "making the image (once)" >&2
factory --recipe "$root/recipes/bootc-debian.yaml"
mkdir -p "$work/context/fill"
system=$(dirname "$(find "$work/store/stages" -path '*/output/image-id' | head -n 1)")
cp "$system/initrd.img" "$work/context/initrd.img"
# Files of this machine, as a distribution has them: programs, libraries, texts.
size=0
while IFS= read -r -d '' file; do
    size=$((size + $(stat -c %s "$file")))
    [ $size -lt 780000000 ] || break
    cp --parents "$file" "$work/context/fill/"
done < <(find /usr/lib /usr/share /usr/bin -xdev -type f -size -40M -print0 | LC_ALL=C sort -z)
version=$(cat "$system/kernel-version")
printf 'FROM localhost/imagefactory/podvm-debian-bootc:latest\nCOPY initrd.img /usr/lib/modules/%s/initramfs.img\nCOPY fill /usr/share/fill\n' "$version" >"$work/context/Containerfile"
podman build --quiet --tag localhost/bootc-race:1 "$work/context" >/dev/null
podman image inspect localhost/bootc-race:1 --format 'image of {{.Size}} bytes' >&2
cat >"$work/race.yaml" <<RECIPE
name: race
base: { kind: bootc, image: "localhost/bootc-race:1" }
agentPolicy: { preset: coco }
RECIPE

# The programs that the factory uses, started as it starts them.
tree=$(dirname "$(find "$work/store/stages" -path '*/output/tree/usr' -type d -prune | while read -r d; do [ -e "$d/bin/mkfs.erofs" ] && echo "$d"; done | head -n 1)")
tool() {
    local program
    program=$(find "$tree/usr/bin" "$tree/usr/sbin" -name "$1" 2>/dev/null | head -n 1)
    shift
    "$tree/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" "$program" "$@"
}

by_hand() {
    local to=$work/hand
    rm -rf "$to" && mkdir -p "$to/layers" "$to/root"
    podman save --quiet --output "$to/image.tar" localhost/bootc-race:1 >/dev/null
    tar -xf "$to/image.tar" -C "$to/layers" && rm "$to/image.tar"
    jq -r '.[0].Layers[]' "$to/layers/manifest.json" | while read -r layer; do
        tar -xpf "$to/layers/$layer" -C "$to/root" --xattrs --xattrs-include='*' --numeric-owner
    done
    find "$to/root" -name '.wh.*' -delete
    tool mkfs.erofs --quiet -zlz4hc,level=6 "$to/root.img" "$to/root"
    veritysetup format "$to/root.img" "$to/root.verity" >"$to/verity.txt"
    local data hash
    data=$(($(stat -c %s "$to/root.img") / 512)) hash=$(($(stat -c %s "$to/root.verity") / 512))
    truncate -s $(((data + hash + 131072 + 8192) * 512)) "$to/disk.raw"
    printf 'label: gpt\nsize=65536, type=U\nsize=%s\nsize=%s\n' $data $hash | sfdisk --quiet "$to/disk.raw"
    mapfile -t starts < <(sfdisk --json "$to/disk.raw" | jq '.partitiontable.partitions[].start')
    dd if="$to/root.img" of="$to/disk.raw" bs=1M oflag=seek_bytes seek=$((starts[1] * 512)) conv=notrunc,sparse status=none
    dd if="$to/root.verity" of="$to/disk.raw" bs=1M oflag=seek_bytes seek=$((starts[2] * 512)) conv=notrunc,sparse status=none
    tool qemu-img convert -c -O qcow2 -o compression_type=zstd,cluster_size=64k -m 4 "$to/disk.raw" "$to/disk.qcow2"
}

factory --recipe "$work/race.yaml"
for i in $(seq "$runs"); do
    start=$(now)
    # Another epoch is another build from the export on; tools stay as they are.
    factory --recipe "$work/race.yaml" --set "sourceDateEpoch=$((1750000000 + i))"
    since "$start" | tee -a "$work/ours" | sed 's/^/factory: /'; echo
    echo >>"$work/ours"
    made=$(find "$work/store/stages" -path '*/output/podvm.qcow2' -printf '%T@\n' | sort -n | tail -n 1)
    awk "BEGIN { printf \"%.1f\\n\", $made - $start }" | tee -a "$work/disk" | sed 's/^/  its disk after /'
    start=$(now)
    by_hand
    since "$start" | tee -a "$work/hand.times" | sed 's/^/by hand: /'; echo
    echo >>"$work/hand.times"
    start=$(now)
    factory --recipe "$work/race.yaml" --set "sourceDateEpoch=$((1750000000 + i))" --set agentPolicy.preset=allow-all
    since "$start" | tee -a "$work/policy" | sed 's/^/another policy: /'; echo
    echo >>"$work/policy"
    ! grep -E 'bootc-system: (started|built)' "$work/factory.log" || { echo "bootc.sh: another policy touched the base" >&2; exit 1; }
done
ours=$(grep . "$work/ours" | median) disk=$(median <"$work/disk") hand=$(grep . "$work/hand.times" | median) policy=$(grep . "$work/policy" | median)
of_hand() { awk "BEGIN { printf \"%.2f\", $1 / $hand }"; }
echo "medians: by hand $hand s; factory $ours s, ratio $(of_hand "$ours"); its disk $disk s, ratio $(of_hand "$disk"); another policy $policy s, ratio $(of_hand "$policy")"
grep -E 'built in' "$work/factory.log" | sed 's/^[^ ]* /  /'
