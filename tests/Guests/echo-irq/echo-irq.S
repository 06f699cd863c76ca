# Echoes COM1 by interrupts: IRQ 4 through the PIC, FIFOs on, up to and without the first 0x04 (EOT).
# Real mode, loaded and entered at 0x1000; needs an interrupt controller.
# The receiver's trigger level is 14 [16550], so a shorter rest of the input arrives only by the character time-out interrupt;
# the transmitter is fed sixteen bytes at a time from its THRE interrupt. The CPU sleeps in HLT in between.
# Transcript: expected.txt for the input "The quick brown fox\nand 0123456789\n\x04", sent after the line "ready"
# (programming the FIFO empties it, as on the chip).
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set EOT, 0x04
    .set PIC_COMMAND, 0x20
    .set PIC_DATA, 0x21
    .set PIC_EOI, 0x20
    .set VECTORS, 0x20
    .set IER_RX, 0x01
    .set IER_TX, 0x02
    .set ring, 0x4000           # 256 bytes: the indices are bytes and wrap by themselves

    prologue
    com1_init
    mov word ptr [(VECTORS + 4) * 4], offset interrupt
    mov word ptr [(VECTORS + 4) * 4 + 2], 0
    outp PIC_COMMAND, 0x11      # ICW1: edge triggered, cascaded, ICW4 follows
    outp PIC_DATA, VECTORS
    outp PIC_DATA, 0x04         # ICW3: the second PIC is on IRQ 2
    outp PIC_DATA, 0x01         # ICW4: 8086 mode
    outp PIC_DATA, 0xef         # only IRQ 4 passes
    outp COM1 + FCR, 0xc7       # FIFOs on and cleared, trigger at 14
    outp COM1 + MCR, 0x0b       # DTR, RTS, and OUT2, which lets the interrupt out
    mov si, offset ready
    call puts
    outp COM1 + IER, IER_RX

sleep:
    cli
    cmp byte ptr [finished], 0
    je 1f
    mov al, [head]
    cmp al, [tail]
    je done
1:  sti
    hlt
    jmp sleep
done:
    exit 0

# The handler serves causes until none is left, so that the line falls and the next cause makes a new edge.
interrupt:
    push ax
    push bx
    push cx
    push dx
cause:
    inp COM1 + IIR
    test al, 0x01
    jnz 2f
    and al, 0x0e
    cmp al, 0x02
    je 1f
    call receive
    jmp cause
1:  call transmit
    jmp cause
2:  outp PIC_COMMAND, PIC_EOI
    pop dx
    pop cx
    pop bx
    pop ax
    iret

# Moves bytes from the receiver to the ring while there are any, and room.
receive:
    mov bl, [head]
    mov al, bl
    sub al, [tail]
    cmp al, 255
    je enable
    inp COM1 + LSR
    test al, LSR_DR
    jz enable
    inp COM1
    cmp byte ptr [finished], 0
    jne receive
    cmp al, EOT
    je 1f
    xor bh, bh
    mov [bx + ring], al
    inc byte ptr [head]
    jmp receive
1:  inc byte ptr [finished]
    jmp receive

# Fills the transmitter's empty FIFO from the ring.
transmit:
    mov cx, 16
1:  mov bl, [tail]
    cmp bl, [head]
    je enable
    xor bh, bh
    mov al, [bx + ring]
    mov dx, COM1
    out dx, al
    inc byte ptr [tail]
    loop 1b

# Asks for receive interrupts while the ring has room, and for transmit interrupts while it holds bytes.
enable:
    mov ah, IER_RX
    mov al, [head]
    sub al, [tail]
    jz 2f
    or ah, IER_TX
    cmp al, 255
    jne 2f
    and ah, ~IER_RX & 0xff
2:  mov al, ah
    mov dx, COM1 + IER
    out dx, al
    ret

    print_routines

ready:
    .asciz "ready\n"
head:
    .byte 0                     # where the next received byte goes
tail:
    .byte 0                     # the next byte to transmit
finished:
    .byte 0
