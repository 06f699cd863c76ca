# Writes the byte sequence of `flood` to COM1 with `rep outsb`, from a buffer of up to 16,384 bytes at 0x4000.
# Real mode, loaded and entered at 0x1000.
# Parameter: the dword at offset 4 of the image is the number of bytes, at least one (262,144 as shipped).
# Transcript: the same as flood's.
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set buffer, 0x4000
    .set BUFFER_BYTES, 0x4000

    jmp start
    .balign 4
count:
    .long 262144

start:
    prologue
    xor eax, eax
chunk:
    mov ecx, [count]
    cmp ecx, BUFFER_BYTES
    jbe 1f
    mov ecx, BUFFER_BYTES
1:  sub [count], ecx
    mov bx, cx

    mov di, offset buffer
2:  rol eax, 8
    add eax, 0x9e3779b9
    stosb
    loop 2b

    mov cx, bx
    mov si, offset buffer
    mov dx, COM1
    rep outsb
    cmp dword ptr [count], 0
    jne chunk
    exit 0
