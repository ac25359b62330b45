#!/usr/bin/env bash
# race-mkosi.sh [RUNS]: a cold build of the default recipe against mkosi 25.3 with the same packages, in turn, on this machine.
# Needs root, about 3 GiB of memory for work folders on tmpfs, and the package mirror. Prints every run, medians and the ratio.
# mkosi runs in a root of its own (Debian trixie, made once below artifacts/.race); both have their packages cached and both ask the
# mirror for its index. mkosi stops at a raw disk; ours goes on to qcow2.
set -euo pipefail
runs=${1:-3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
race=$root/artifacts/.race
tools=$race/tools
work=/dev/shm/image-factory-race
mirror=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 | tr -d ' ' || true)
[ -n "$mirror" ] || { echo "race-mkosi.sh: this host has no Debian mirror in /etc/apt" >&2; exit 78; }

[ "$(id -u)" = 0 ] || { echo "race-mkosi.sh: needs root (mkosi's sandbox, mounts)" >&2; exit 77; }
mkdir -p "$race" "$work"
trap 'rm -rf "$work"' EXIT

if [ ! -x "$tools/usr/bin/mkosi" ]; then
    echo "making the root that mkosi runs in (once, about two minutes)" >&2
    mmdebstrap --quiet --mode=root --variant=apt --include=mkosi,systemd,systemd-repart,systemd-boot,systemd-boot-efi,systemd-ukify,dosfstools,mtools,e2fsprogs,erofs-utils,squashfs-tools,cryptsetup-bin,qemu-utils,cpio,zstd,kmod,ca-certificates,debian-archive-keyring,btrfs-progs,apt,bubblewrap,python3-pefile \
        trixie "$tools" "$mirror"
fi

packages=$(sed -n '/^  packages:/,/^$/p' "$root/recipes/default.yaml" | sed -n 's/^ *- //p' | paste -sd, -)
mkosi=$work/mkosi
mkdir -p "$mkosi/conf/mkosi.repart" "$mkosi/conf/mkosi.sandbox/etc/apt/sources.list.d" "$mkosi/out" "$mkosi/space" "$race/cache"
cat >"$mkosi/conf/mkosi.conf" <<CONF
[Distribution]
Distribution=debian
Release=trixie
[Output]
Format=disk
ImageId=podvm
Seed=11111111-2222-3333-4444-555555555555
OutputDirectory=/w/out
[Build]
PackageCacheDirectory=/cache
WorkspaceDirectory=/w/space
[Content]
Packages=$packages,linux-image-cloud-amd64,systemd-boot-efi
Bootable=yes
Bootloader=uki
SourceDateEpoch=1750000000
WithRecommends=no
WithDocs=no
KernelCommandLine=systemd.volatile=overlay console=ttyS0
CONF
printf '[Partition]\nType=esp\nFormat=vfat\nCopyFiles=/boot:/\nCopyFiles=/efi:/\nSizeMinBytes=100M\nSizeMaxBytes=100M\n' >"$mkosi/conf/mkosi.repart/00-esp.conf"
printf '[Partition]\nType=root\nFormat=erofs\nCopyFiles=/\nExcludeFilesTarget=/efi/ /boot/\nMinimize=best\nVerity=data\nVerityMatchKey=root\nCompression=lz4hc\n' >"$mkosi/conf/mkosi.repart/10-root.conf"
printf '[Partition]\nType=root-verity\nVerity=hash\nVerityMatchKey=root\nMinimize=best\n' >"$mkosi/conf/mkosi.repart/11-root-verity.conf"
printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" \
    >"$mkosi/conf/mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources"

# mkosi's sandbox wants / to be a mount point, so it gets a root of its own by pivot_root.
cat >"$mkosi/enter.sh" <<'ENTER'
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mkdir -p "$1/w" "$1/cache" "$1/.old"
mount --bind "$2" "$1/w"
mount --bind "$3" "$1/cache"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs t "$1/run"
cp -L /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
cp /etc/hosts "$1/etc/hosts"
cd "$1"
pivot_root . .old
cd /
umount -l /.old
cd /w/conf
exec mkosi --force build
ENTER

seconds() { local start end; start=$(date +%s.%N); "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; return 1; }; end=$(date +%s.%N); echo "$end - $start" | bc; }
theirs() { unshare --mount sh "$mkosi/enter.sh" "$tools" "$mkosi" "$race/cache"; }
ours() { "$root/build.sh" --store "$race/store" --output "$work/out" --log plain; }
cold() { rm -rf "$race/store/stages" "$work/out"; }
median() { sort -n | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }

echo "warm-up: fills both package caches" >&2
cold; seconds ours >/dev/null; seconds theirs >/dev/null
for run in $(seq "$runs"); do
    cold
    a=$(seconds ours)
    b=$(seconds theirs)
    echo "$a" >>"$work/a"
    echo "$b" >>"$work/b"
    echo "run $run: image factory ${a} s, mkosi ${b} s"
done
a=$(median <"$work/a")
b=$(median <"$work/b")
echo "median: image factory $a s, mkosi $b s, ratio $(echo "scale=2; $a / $b" | bc)"
ls -l "$work/out"/*/podvm.qcow2 "$mkosi/out"/*.raw
