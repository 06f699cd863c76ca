# Writes AL to one port again and again, then halts: the guest side of the port I/O bench.
# Real mode, loaded and entered at 0x1000.
# Parameters: the dword at offset 4 of the image is the count, at least one (100,000 as shipped); the word at offset 8
# is the port (0x80 as shipped).
# Transcript: empty.
# Exit: KVM_EXIT_HLT.
    .include "real.inc"

    jmp start
    .balign 4
count:
    .long 100000
port:
    .word 0x80

start:
    prologue
    mov ecx, [count]
    mov dx, [port]
    mov al, 0x55
1:  out dx, al
    addr32 loop 1b
    hlt
