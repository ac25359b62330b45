#!/usr/bin/env bash
# package.sh [VERSION]: the factory as one file that needs no .NET, with recipes and overlay trees, in artifacts/release/:
#   image-factory-VERSION-linux-x64.tar.gz   and its line in SHA256SUMS
# Without VERSION it is that of the sources; another one is refused. The same commit gives the same archive.
# Machines of IBM Z: Microsoft publishes no runtime for linux-s390x, so no single file can be made; there the host runs on the distribution's .NET (build/job/Containerfile).
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
fault() { printf 'package.sh: %s\n  hint: %s\n' "$2" "$3" >&2; exit "$1"; }

sources=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
version=${1:-$sources}
version=${version#v}
[ "$version" = "$sources" ] || fault 65 "version $version is asked for, and Directory.Build.props says $sources" 'set <Version> there, commit, and set the tag on that commit'
if [ $# -gt 0 ] && ! grep -q "^## $version\b" CHANGELOG.md; then
    fault 65 "CHANGELOG.md has no section '## $version'" 'give the section "Unreleased" that name and a date'
fi

out=$root/artifacts/release
name=image-factory-$version-linux-x64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/$name"
# In a folder of its own: what is restored for one runtime must not lie where builds of the sources look. Analysers had their say when the tests were built.
dotnet publish build/ImageFactory.Build/ImageFactory.Build.csproj -nologo -v:q -c Release -r linux-x64 --self-contained \
    -p:ArtifactsPath="$root/artifacts/.build/self-contained" -p:RunAnalyzers=false -p:PublishSingleFile=true -p:SelfContained=true -p:DebugType=none -nodeReuse:false -o "$work/host"
install -m 0755 "$work/host/ImageFactory.Build" "$work/$name/image-factory"
cp -R recipes bootc docs LICENSE README.md CHANGELOG.md "$work/$name/"
find "$work/$name" -type d -exec chmod 0755 {} +
find "$work/$name" -type f ! -perm -100 -exec chmod 0644 {} +

# What was packed must run by itself before anybody gets it.
(cd "$work" && "./$name/image-factory" --version >&2 && "./$name/image-factory" validate --recipe "$work/$name/recipes/default.yaml" >/dev/null)
rm -rf "$work/$name/artifacts"

epoch=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
    -C "$work" -cf - "$name" | gzip -n -9 >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >SHA256SUMS)
printf '%s\n' "$out/$name.tar.gz" "$out/SHA256SUMS"
