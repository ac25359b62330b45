#!/usr/bin/env bash
# Starts the factory. The program is compiled when its sources have changed since the last time, and only then.
# Messages of this script have the form of the factory's own: code, text, hint.
set -euo pipefail

fault() { # code, exit code, message, hint
    printf '%s: %s\n  hint: %s\n' "$1" "$3" "$4" >&2
    exit "$2"
}

# The folder of this file, also when it was called through links.
self=${BASH_SOURCE[0]}
while [[ -L $self ]]; do
    link=$(readlink -- "$self")
    [[ $link == /* ]] && self=$link || self=${self%/*}/$link
done
case $self in */*) root=${self%/*} ;; *) root=. ;; esac
root=$(cd -P -- "${root:-/}" && pwd)

out=$root/artifacts/.build
stamp=$out/host.stamp
# Everything that the program is made of. Compiled files are kept elsewhere, so any newer file or folder here is a change.
sources=("$root/build" "$root/secure-execution" "$root/docs/faults.md" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json")

find_dotnet() {
    local candidate
    for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-/nonexistent}/dotnet" "${HOME:-/nonexistent}/.dotnet/dotnet"; do
        if [[ -n $candidate && -x $candidate ]]; then
            dotnet=$candidate
            return
        fi
    done
    local install='see https://learn.microsoft.com/dotnet/core/install/linux'
    if [[ -r /etc/os-release ]]; then
        case " $(. /etc/os-release && printf '%s %s' "${ID:-}" "${ID_LIKE:-}") " in
            *' debian '* | *' ubuntu '*) install='run: apt-get update && apt-get install -y dotnet-sdk-10.0   (on Debian after adding the packages.microsoft.com list)' ;;
            *' fedora '* | *' rhel '*) install='run: dnf install -y dotnet-sdk-10.0' ;;
        esac
    fi
    fault IFH050 69 'the .NET SDK 10 is not on this machine: not in PATH, DOTNET_ROOT or ~/.dotnet' "$install"
}

is_current() {
    [[ -f $stamp && -f $out/host.path ]] || return 1
    # A name that find prints is a source that is newer than the stamp.
    [[ -z $(find "${sources[@]}" -newer "$stamp" -print -quit 2>/dev/null) ]] || return 1
    IFS= read -r name <"$out/host.path"
    [[ -f $out/host/$name/ImageFactory.Build.dll ]]
}

# Holds the compiled copy as long as this process (and the program it becomes) lives, so that no other call removes it.
hold() {
    IFS= read -r name <"$out/host.path" || return 1
    { exec 8<"$out/host/$name"; } 2>/dev/null || return 1
    flock -s 8 2>/dev/null || true
    [[ -f $out/host/$name/ImageFactory.Build.dll ]]
}

compile() {
    local log=$out/host.log started old
    printf 'compiling the factory (once, until its sources change)\n' >&2
    started=$out/host.stamp.new
    : >"$started"
    # HOME may be missing or read-only in a container; the SDK wants a place for itself.
    if [[ ! -w ${HOME:-/nonexistent} ]]; then
        export DOTNET_CLI_HOME=$out/home
        mkdir -p "$DOTNET_CLI_HOME"
    fi
    # Descriptor 9 is the lock: the compiler's server lives on and must not take it along.
    if ! (cd "$root" && exec "$dotnet" build build/ImageFactory.Build/ImageFactory.Build.csproj -c Release -nologo -v:q -clp:NoSummary -nodeReuse:false) >"$log" 2>&1 9>&-; then
        sort -u "$log" >&2
        fault IFH051 70 'the factory does not compile' 'mend what the compiler says above; the SDK must be the one of global.json or newer'
    fi
    # A copy, because a build that runs now must not have its program changed under its feet.
    name=$(date +%s)-$$
    mkdir -p "$out/host"
    cp -R "$out/bin/ImageFactory.Build/release" "$out/host/$name"
    printf '%s\n' "$name" >"$out/host.path.new"
    mv -f "$out/host.path.new" "$out/host.path"
    mv -f "$started" "$stamp"
    # Earlier copies go when nobody runs them: each run holds a shared lock on its own.
    for old in "$out"/host/*/; do
        if [[ $old != "$out/host/$name/" ]]; then
            flock -n -x "$old" rm -rf -- "$old" 9>&- || true
        fi
    done
}

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
find_dotnet
# Again when another call has compiled anew and cleaned up between the look and the hold.
until is_current && hold; do
    if ! { mkdir -p "$out" && [[ -w $out ]]; } 2>/dev/null; then
        fault IFH052 73 "the factory must be compiled and $root/artifacts cannot be written" "make it yours (chown -R \"\$USER\" '$root/artifacts'), or copy the folder to where you may write"
    fi
    command -v flock >/dev/null || fault IFH053 69 'flock is not on this machine' 'install util-linux'
    exec 9>"$out/host.lock"
    flock 9
    # Another call may have compiled it while this one waited.
    is_current || compile
    exec 9>&-
done
exec "$dotnet" "$out/host/$name/ImageFactory.Build.dll" "$@"
