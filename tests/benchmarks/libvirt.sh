#!/usr/bin/env bash
# libvirt.sh: whole publishes to a libvirtd against `virsh vol-upload --sparse` of the same disks, in turn, with a daemon and a pool of its own.
# Needs libvirtd and virsh, and about 2 GiB below TMPDIR. As root the daemon runs as nobody, so that its pool needs no more than its folder.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
command -v virsh >/dev/null && command -v libvirtd >/dev/null || { echo "libvirt.sh: needs libvirtd and virsh" >&2; exit 77; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/libvirt-race.XXXXXX")
daemon=
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work"/{run/libvirt,config,cache,home,pool}
printf 'auth_unix_rw = "none"\nunix_sock_rw_perms = "0777"\nlog_level = 4\n' >"$work/libvirtd.conf"
chmod -R a+rwX "$work"
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache HOME=$work/home \
    "${as[@]}" "$(command -v libvirtd)" --config "$work/libvirtd.conf" --pid-file "$work/run/pid" 2>"$work/log" &
daemon=$!
for _ in $(seq 100); do [ -S "$work/run/libvirt/libvirt-sock" ] && break; sleep 0.1; done
uri="qemu:///session?socket=$work/run/libvirt/libvirt-sock"
virsh --quiet -c "$uri" pool-define-as race dir --target "$work/pool"
virsh --quiet -c "$uri" pool-start race
dotnet run -c Release --project "$root/tests/benchmarks/ImageFactory.Benchmarks" -- libvirt "$uri" race
