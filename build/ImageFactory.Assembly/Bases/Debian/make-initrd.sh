#!/bin/sh
# make-initrd.sh ROOT TAR OUTPUT -- DRACUT-OPTIONS...
# Unpacks a root file system and runs its own dracut inside it. Runs in a mount name space of its own (and, without root,
# in a user name space), so that everything mounted here ends with it. The kernel and the initrd are left in OUTPUT.
set -eu
root=$1 tar=$2 output=$3
shift 4

mkdir -p "$root"
# Without root no device can be made, and /dev is mounted over anyway.
tar --extract --file="$tar" --directory="$root" --exclude='./dev/*' --numeric-owner --same-permissions --delay-directory-restore
# Said from outside where there may be several kernels.
version=${KERNEL_VERSION:-$(ls "$root/lib/modules")}
case $version in
*[[:space:]]*)
    echo "the root file system holds more than one kernel:" $version >&2
    exit 1
    ;;
esac

mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/var/tmp"
mount -t tmpfs tmpfs "$root/var/tmp"

chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
    dracut --kver "$version" "$@" --force /initrd.img

mv "$root/initrd.img" "$output/initrd.img"
if [ -f "$root/boot/vmlinuz-$version" ]; then
    cp "$root/boot/vmlinuz-$version" "$output/vmlinuz"
else
    cp "$root/lib/modules/$version/vmlinuz" "$output/vmlinuz"
fi
chmod 644 "$output/initrd.img" "$output/vmlinuz"
printf '%s\n' "$version" >"$output/kernel-version"
# Lazily, with what is mounted below: in a user name space the parts of /dev cannot be taken off one by one.
umount --lazy "$root/var/tmp" "$root/tmp" "$root/proc" "$root/dev"
rm -rf --one-file-system "$root"
