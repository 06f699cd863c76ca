# Says "ready" and waits for a non-maskable interrupt; its handler says so, and ends the machine.
# Real mode, loaded and entered at 0x1000. Interrupts are off all the time: nothing else gets through.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set NMI_VECTOR, 2

    prologue
    com1_init
    mov word ptr [NMI_VECTOR * 4], offset interrupted
    mov word ptr [NMI_VECTOR * 4 + 2], 0
    mov si, offset ready
    call puts
1:  pause
    jmp 1b

interrupted:
    mov si, offset received
    call puts
    exit 0

    print_routines

ready:
    .asciz "ready\n"
received:
    .asciz "NMI\n"
