# Writes a deterministic sequence of bytes to COM1, one `out` a byte, without a look at the line status.
# Real mode, loaded and entered at 0x1000.
# Parameter: the dword at offset 4 of the image is the number of bytes, at least one (262,144 as shipped).
# Sequence: x = 0; for each byte: x = rotate_left_32(x, 8) + 0x9e3779b9, and the byte is x & 0xff.
# Transcript: the sequence; expected.txt has the length and SHA-256 of the shipped one.
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    jmp start
    .balign 4
count:
    .long 262144

start:
    prologue
    mov ecx, [count]
    xor eax, eax
    mov dx, COM1
1:  rol eax, 8
    add eax, 0x9e3779b9
    out dx, al
    addr32 loop 1b
    exit 0
