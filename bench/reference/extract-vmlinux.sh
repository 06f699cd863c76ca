#!/bin/sh
# Takes the ELF out of an LZ4-compressed bzImage, for enter-elf (needs the lz4 program).
#   extract-vmlinux.sh BZIMAGE VMLINUX
set -eu
[ $# -eq 2 ] || { echo "usage: $0 BZIMAGE VMLINUX" >&2; exit 2; }

# number OFFSET BYTES: a little-endian number of the setup header.
number() {
    od -An -tu"$2" -j"$1" -N"$2" "$image" | tr -d ' '
}

image=$1
sectors=$(number $((0x1f1)) 1)
offset=$(number $((0x248)) 4)
length=$(number $((0x24c)) 4)

# The payload's last four bytes are its size unpacked, which is not part of the LZ4 stream.
tail -c +$(((sectors + 1) * 512 + offset + 1)) "$image" | head -c $((length - 4)) | lz4 -dcq > "$2"
