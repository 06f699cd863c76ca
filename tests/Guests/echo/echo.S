# Echoes COM1 by polling: each byte read is written back, up to and without the first 0x04 (EOT).
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt for the input "The quick brown fox\nand 0123456789\n\x04", sent after the line "ready"
# (programming the FIFO empties it, as on the chip).
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set EOT, 0x04

    prologue
    com1_init
    mov si, offset ready
    call puts
next:
    mov dx, COM1 + LSR
1:  in al, dx
    test al, LSR_DR
    jz 1b
    mov dx, COM1
    in al, dx
    cmp al, EOT
    je done
    call putc
    jmp next
done:
    exit 0

    print_routines

ready:
    .asciz "ready\n"
