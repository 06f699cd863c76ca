#!/bin/sh
# Assembles every guest program in place (GNU as, ld and objcopy for x86).
#   tests/Guests/build.sh           writes the images anew
#   tests/Guests/build.sh --check   compares the committed images with a fresh build and writes nothing
set -eu
cd "$(dirname "$0")"

check=false
case "${1-}" in
    '') ;;
    --check) check=true ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stale=0

# flat SOURCE IMAGE: bytes that run where they are loaded, at 0x1000.
flat() {
    as --64 -I include -mx86-used-note=no -o "$work/object" "$1"
    ld -m elf_x86_64 -Ttext 0x1000 -e 0x1000 --build-id=none -o "$work/linked" "$work/object"
    objcopy -O binary -j .text "$work/linked" "$work/image"
    deliver "$2"
}

# multiboot SOURCE DIRECTORY: the three images of the multiboot kernel.
multiboot() {
    as --32 -I include -mx86-used-note=no -o "$work/object" "$1"
    ld -m elf_i386 -s -T "$2/multiboot.ld" --build-id=none -o "$work/image" "$work/object"
    deliver "$2/multiboot.elf"
    objcopy -O elf64-x86-64 "$work/image" "$work/image64"
    mv "$work/image64" "$work/image"
    deliver "$2/multiboot64.elf"

    as --32 -I include -mx86-used-note=no --defsym KLUDGE=1 -o "$work/object" "$1"
    ld -m elf_i386 -T "$2/multiboot.ld" --build-id=none -o "$work/linked" "$work/object"
    objcopy -O binary -j .text "$work/linked" "$work/image"
    deliver "$2/multiboot.bin"
}

# deliver IMAGE: puts the fresh image in its place, or compares the two.
deliver() {
    if ! $check; then
        cat "$work/image" > "$1"
        echo "$1: $(wc -c < "$1") bytes"
    elif ! cmp -s "$work/image" "$1"; then
        echo "$1 is not what its source assembles to" >&2
        stale=1
    fi
}

for source in */*.S; do
    name=$(dirname "$source")
    case $name in
        multiboot) multiboot "$source" "$name" ;;
        *) flat "$source" "$name/$name.bin" ;;
    esac
done
exit $stale
