#!/bin/sh
# Runs inside the containers that Containerfile.rhel9 and Containerfile.centos-stream9 build. CLOUD_PROVIDER is their build argument.
# With the secrets rhsm-org and rhsm-activation-key the system is registered for the time of this script.
set -eu
secrets=${SECRETS:-/run/secrets}
root=${ROOT:-}

# What the measured disk and the units of a pod VM need. The initrd is made by dracut with the modules of systemd's veritysetup.
packages='cryptsetup device-mapper dracut e2fsprogs iproute iptables-nft kmod nftables systemd-resolved tpm2-tools util-linux'
[ "${CLOUD_PROVIDER:-}" = azure ] && packages="$packages afterburn"

unregister() {
    status=$?
    if ! subscription-manager unregister >/dev/null; then
        echo "the subscription could not be given back" >&2
        [ "$status" -ne 0 ] || status=1
    fi
    subscription-manager clean >/dev/null 2>&1 || true
    rm -rf "$root"/etc/pki/consumer/* "$root"/etc/pki/entitlement/* "$root"/var/lib/rhsm/* "$root"/var/log/rhsm/*
    exit "$status"
}

if [ -s "$secrets/rhsm-org" ] && [ -s "$secrets/rhsm-activation-key" ]; then
    trap unregister EXIT
    # The words of the call are seen by nobody else in this container; the log does not show them.
    subscription-manager register --org="$(cat "$secrets/rhsm-org")" --activationkey="$(cat "$secrets/rhsm-activation-key")" >/dev/null
elif [ -s "$secrets/rhsm-org" ] || [ -s "$secrets/rhsm-activation-key" ]; then
    echo "only one of the secrets rhsm-org and rhsm-activation-key is there" >&2
    exit 1
fi

# shellcheck disable=SC2086 # a list of names
dnf -y --setopt=install_weak_deps=False install $packages
# Nobody logs in to a pod VM, and nothing of it is configured by the cloud.
dnf -y remove cloud-init openssh-server WALinuxAgent || true
dnf clean all

# The network namespace of the pod is made by a service, which SELinux lets run only plain programs.
contexts=$root/etc/selinux/targeted/contexts/files
if [ -d "$contexts" ]; then
    printf '/usr/sbin/ip -- system_u:object_r:bin_t:s0\n' >>"$contexts/file_contexts.local"
fi
# The agent protocol forwarder listens there.
if command -v firewall-offline-cmd >/dev/null; then
    firewall-offline-cmd --zone=public --add-port=15150/tcp
fi

[ "${CLOUD_PROVIDER:-}" = azure ] && cp -a "$root"/usr/share/imagefactory/azure/. "$root"/
# Left by the package manager; bootc's lint names such files.
rm -rf "$root"/var/cache/dnf "$root"/var/lib/dnf "$root"/var/log/dnf* "$root"/var/log/hawkey.log
