# Says that it runs in real mode, once it has seen that CR0.PE is clear.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1; in another mode value 1, code 3.
    .include "real.inc"

    prologue
    mov eax, cr0
    test al, 1
    jnz 1f
    mov si, offset text
    call puts
    exit 0
1:  exit 1

    print_routines

text:
    .asciz "real\n"
