#!/usr/bin/env bash
# pull.sh [RUNS]: a disk of 2 GiB (half random, half zero) out of a container image in a registry on loopback, by base `oci` and by hand:
# `curl` of the layer into `tar`. In turn, for a plain and a gzip layer. Prints every run, medians, their ratio and the factory's peak memory.
# Needs docker-registry, curl and about 8 GiB of disk. Ours also checks the digest of the layer, takes that of the disk, flushes it and leaves
# holes; what follows the pull is cut off, and nothing else is built at the same time.
set -euo pipefail
runs=${1:-3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/image-factory-pull.XXXXXX")
registry= ours=
end() {
    [ -z "$ours" ] || kill "$ours" 2>/dev/null || true
    [ -z "$registry" ] || kill "$registry" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
for program in docker-registry curl; do
    command -v "$program" >/dev/null || { echo "pull.sh: $program is not installed" >&2; exit 69; }
done

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
host=127.0.0.1:$port
printf 'version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: %s/registry } }\nhttp: { addr: "%s" }\n' "$work" "$host" >"$work/registry.yml"
docker-registry serve "$work/registry.yml" >/dev/null 2>&1 &
registry=$!
until curl -fsS "http://$host/v2/" >/dev/null 2>&1; do sleep 0.1; done

mkdir "$work/image"
head -c 1G /dev/urandom >"$work/image/podvm.qcow2"
truncate -s 2G "$work/image/podvm.qcow2"
# What tells a disk from any other file.
printf '\x55\xaa' | dd of="$work/image/podvm.qcow2" bs=1 seek=510 conv=notrunc status=none
tar -C "$work" -cf "$work/layer.plain" image/podvm.qcow2
gzip -1 <"$work/layer.plain" >"$work/layer.gzip"
rm -r "$work/image"

push() { # FILE: its digest
    local digest place
    digest=sha256:$(sha256sum "$1" | cut -d' ' -f1)
    place=$(curl -fsS -X POST -D - -o /dev/null "http://$host/v2/podvm/blobs/uploads/" | sed -n 's/^[Ll]ocation: *\([^\r]*\).*/\1/p')
    curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --upload-file "$1" -o /dev/null "$place&digest=$digest"
    echo "$digest"
}
describe() { printf '{"mediaType":"%s","digest":"%s","size":%d}' "$1" "$2" "$(stat -c %s "$3")"; }
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' >"$work/config"
config=$(describe application/vnd.oci.image.config.v1+json "$(push "$work/config")" "$work/config")
declare -A digests
for form in plain gzip; do
    digests[$form]=$(push "$work/layer.$form")
    type=application/vnd.oci.image.layer.v1.tar
    [ $form = plain ] || type+="+$form"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' "$config" "$(describe "$type" "${digests[$form]}" "$work/layer.$form")" |
        curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @- -o /dev/null "http://$host/v2/podvm/manifests/$form"
    printf 'name: pulled-%s\nbase: { kind: oci, image: "%s/podvm:%s" }\n' "$form" "$host" "$form" >"$work/$form.yaml"
done
rm "$work"/layer.*
printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$host" >"$work/registries.conf"

seconds() { date +%s.%N; }
by_hand() { # FORM
    local started flag=
    [ "$1" = plain ] || flag=z
    mkdir "$work/by-hand"
    started=$(seconds)
    curl -fsS "http://$host/v2/podvm/blobs/${digests[$1]}" | tar -C "$work/by-hand" "-x${flag}f" - image/podvm.qcow2
    python3 -c "print(f'{$(seconds) - $started:.2f}')"
    rm -r "$work/by-hand"
}
by_factory() { # FORM: seconds of the stage, peak memory in MiB
    local log=$work/factory.log peak=0 now
    CONTAINERS_REGISTRIES_CONF=$work/registries.conf "$root/build.sh" build --jobs 1 --recipe "$work/$1.yaml" --log json --store "$work/store" --output "$work/out" >/dev/null 2>"$log" &
    ours=$!
    until grep -q '"fetch-base"' "$log" && grep '"fetch-base"' "$log" | grep -qE '"(seconds|elapsed)"'; do
        kill -0 "$ours" 2>/dev/null || { tail -5 "$log" >&2; exit 1; }
        now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$ours/status" 2>/dev/null || true)
        [ "${now:-0}" -le "$peak" ] || peak=$now
        sleep 0.1
    done
    kill "$ours" 2>/dev/null || true
    wait "$ours" 2>/dev/null || true
    ours=
    grep '"fetch-base"' "$log" | grep -oE '"(seconds|elapsed)": ?[0-9.]+' | tail -1 | grep -oE '[0-9.]+' | tr '\n' ' '
    echo $((peak / 1024))
    rm -rf "$work/store" "$work/out"
}

for form in plain gzip; do
    hand=() factory=() most=0
    for ((run = 0; run <= runs; run++)); do
        a=$(by_hand $form)
        read -r b peak < <(by_factory $form)
        [ "$run" -gt 0 ] || continue # warms the page cache
        echo "$form, run $run: by hand $a s, image factory $b s, $peak MiB"
        hand+=("$a") factory+=("$b")
        [ "$peak" -le "$most" ] || most=$peak
    done
    python3 -c "
from statistics import median
a, b = median([$(IFS=,; echo "${hand[*]}")]), median([$(IFS=,; echo "${factory[*]}")])
print(f'$form, median: by hand {a:.2f} s ({2048 / a:.0f} MiB/s), image factory {b:.2f} s ({2048 / b:.0f} MiB/s), ratio {b / a:.2f}, peak $most MiB')"
done
