# Says by the ready port that it is ready, with the code 0x2a, after it has seen that somebody listens there.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1; where nobody listens value 1, code 3.
    .include "real.inc"

    .set READY, 0x680
    .set LISTENS, 'R'

    prologue
    com1_init
    inp READY
    cmp al, LISTENS
    jne nobody
    outp READY, 0x2a
    mov si, offset text
    call puts
    exit 0
nobody:
    exit 1

    print_routines

text:
    .asciz "said that it is ready\n"
