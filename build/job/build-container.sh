#!/bin/sh
# Builds the builder's container from Debian packages and this repository, without a registry.
# usage: build-container.sh NAME [MIRROR]     as root, or with user name spaces for mmdebstrap and podman
#   GUESTS=no leaves out what only disks need whose system is changed, which is most of the container.
set -eu
name=$1
mirror=${2:-http://deb.debian.org/debian}
here=$(cd -P -- "$(dirname -- "$0")" && pwd)
root=$(cd -P -- "$here/../.." && pwd)
context=$(mktemp -d "${TMPDIR:-/tmp}/podvm-builder.XXXXXX")
trap 'rm -rf "$context"' EXIT

lists=$here/packages.debian
[ "${GUESTS:-yes}" = no ] || lists="$lists $here/packages-guests.debian"
# shellcheck disable=SC2086 # several files
packages=$(sed '/^#/d' $lists | paste -s -d,)
mmdebstrap --quiet --variant=essential --include="$packages" \
    --dpkgopt=path-exclude=/usr/share/doc/* --dpkgopt=path-exclude=/usr/share/man/* --dpkgopt=path-exclude=/usr/share/locale/* \
    --customize-hook='echo "builder:x:1001:0:builder:/root:/usr/sbin/nologin" >>"$1/etc/passwd"' \
    --customize-hook='chmod 0755 "$1/root"' \
    trixie "$context/root.tar" "$mirror"

# Of this machine: the same files run in the container.
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
mkdir -p "$context/rootfs/usr/share/dotnet/shared" "$context/rootfs/usr/local/bin"
cp -R "$dotnet/dotnet" "$dotnet/host" "$context/rootfs/usr/share/dotnet/"
cp -R "$dotnet/shared/Microsoft.NETCore.App" "$context/rootfs/usr/share/dotnet/shared/"
ln -s ../../share/dotnet/dotnet "$context/rootfs/usr/local/bin/dotnet"
"$dotnet/dotnet" publish "$root/build/ImageFactory.Build/ImageFactory.Build.csproj" -c Release -nologo -v:q -clp:NoSummary -nodeReuse:false \
    -o "$context/rootfs/opt/image-factory/host"
"$here/lay-out.sh" "$root" "$context/rootfs"

podman build --isolation chroot -q -t "$name" -f "$here/Containerfile.debian" "$context"
