#!/usr/bin/env bash
# Installs the Debian packages whose programs the tests use, as far as they are missing and as far as this user may.
# Never fails: a test that misses a program skips and says so.
set -euo pipefail

# What for: the ABI proof (gcc and headers), the guest programs (binutils), kernel payloads (the compressors),
# ACPI tables (their disassembler), a terminal (tmux), firmware (seabios), a second opinion on disk images (qemu-utils: qemu-img).
packages=(gcc libc6-dev linux-libc-dev binutils bzip2 gzip lz4 xz-utils zstd acpica-tools tmux seabios qemu-utils)

# Only pwsh itself can be remoted to, over SSH: a server beside it (openssh-server), which Debian starts on port 22 once it is installed.
# That is the owner's to decide: it is used where it is, and not installed.

skip() {
    echo "Test set-up: $1; tests that need ${missing[*]} are skipped."
    exit 0
}

missing=("${packages[@]}")
type -P apt-get dpkg-query > /dev/null || skip 'not a Debian system'

missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null) == installed ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0
[[ -z ${KVMPS_NO_INSTALL-} ]] || skip 'KVMPS_NO_INSTALL is set'

root=()
if ((EUID != 0)); then
    sudo -n true 2> /dev/null || skip 'this user is neither root nor may use sudo without a password'
    root=(sudo -n)
fi

install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" < /dev/null
}

echo "Test set-up: installing ${missing[*]}."
install || { "${root[@]}" apt-get update --quiet --quiet < /dev/null && install; } || skip 'apt-get could not install them'
