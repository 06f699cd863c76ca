# Reads bytes from COM1 and prints their checksum: h = 0; for each byte: h = h * 33 + byte, 32 bits.
# Real mode, loaded and entered at 0x1000.
# Parameter: the dword at offset 4 of the image is the number of bytes to read (262,144 as shipped).
# The FIFO's trigger level is 14: where IIR says that so many bytes are there they come with one `rep insb`, and
# only a rest below the level comes byte by byte.
# Transcript: expected.txt for an input of the first 262,144 bytes of flood's sequence, sent after the line "ready"
# (programming the FIFO empties it, as on the chip).
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set buffer, 0x4000
    .set LEVEL, 14
    .set IIR_ID, 0x0f
    .set IIR_RX_LEVEL, 0x04

    jmp start
    .balign 4
count:
    .long 262144

start:
    prologue
    com1_init
    outp COM1 + FCR, 0xc7       # FIFOs on and cleared, trigger at 14
    outp COM1 + IER, 0x01       # IIR reports only what IER allows; OUT2 is off, so no interrupt gets out
    mov si, offset ready
    call puts
    xor ebx, ebx
    mov ebp, [count]
next:
    test ebp, ebp
    jz done
    mov cx, 1
    cmp ebp, LEVEL
    jb single
    inp COM1 + IIR
    and al, IIR_ID
    cmp al, IIR_RX_LEVEL
    jne single
    mov cx, LEVEL
    jmp read
single:
    inp COM1 + LSR
    test al, LSR_DR
    jz next
read:
    movzx eax, cx
    sub ebp, eax
    mov si, cx
    mov di, offset buffer
    mov dx, COM1
    rep insb

    mov cx, si
    mov si, offset buffer
    xor eax, eax
1:  lodsb
    imul ebx, ebx, 33
    add ebx, eax
    loop 1b
    jmp next
done:
    call puthex
    mov al, '\n'
    call putc
    exit 0

    print_routines
    puthex_routine

ready:
    .asciz "ready\n"
