#!/usr/bin/env bash
# Puts Debian's kernel for cloud machines into the cache, $KVMPS_CACHE/debian-kernel/<version>/boot/vmlinuz-<release>: a stock
# bzImage for the tests that boot one. Needs no root; asks nobody when a kernel is there already. Never fails: without one its tests skip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shelf="${KVMPS_CACHE:-$PWD/.cache}/debian-kernel"

skip() {
    echo "Test set-up: $1; tests that boot Debian's kernel are skipped."
    exit 0
}

for image in "$shelf"/*/boot/vmlinuz-*; do
    [[ ! -s $image ]] || exit 0
done
type -P apt-get dpkg-deb > /dev/null || skip 'not a Debian system'
[[ $(dpkg --print-architecture) == amd64 ]] || skip 'this is no amd64 system'

# The name of the package is a moving pointer to the newest kernel's.
newest() {
    apt-cache depends linux-image-cloud-amd64 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1
}

package=$(newest)
if [[ -z $package && -z ${KVMPS_NO_INSTALL-} ]]; then
    if ((EUID == 0)); then
        apt-get update --quiet --quiet < /dev/null || true
    else
        sudo -n apt-get update --quiet --quiet < /dev/null 2> /dev/null || true
    fi
    package=$(newest)
fi
[[ -n $package ]] || skip 'the package lists have no linux-image-cloud-amd64'

mkdir -p "$shelf"
work=$(mktemp -d "$shelf/.download-XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download --quiet --quiet --option APT::Sandbox::User=root "$package" < /dev/null) || skip "apt-get could not download $package"

archive=$(find "$work" -name '*.deb' -print -quit)
version=$(dpkg-deb --field "$archive" Version)
# Only boot/: the modules are ten times as big, and no test loads one.
mkdir "$work/root"
dpkg-deb --fsys-tarfile "$archive" | tar --extract --directory "$work/root" --no-same-owner ./boot
# The rename is the last step: a cache that was interrupted is never taken for a full one.
[[ -d $shelf/$version ]] || mv "$work/root" "$shelf/$version"
echo "Test set-up: Debian's kernel $package $version is in $shelf/$version/boot."
