# Probes COM1 [16550] in the steps of Linux's 8250 driver and prints what it found: a line for each step, then the type.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt on a complete 16550A. A step that fails says so and the probe goes on.
# Exit: port 0xf4, value 0, code 1; without a 16550A or with a failed step value 1, code 3.
    .include "real.inc"
    .include "probe.inc"

    .set SYSTEM_CONTROL, 0x80   # the port whose write passes the time on a PC

    prologue

# Is anything there: the four interrupt enables are writable, and no other bit of IER sticks.
    outp COM1 + IER, 0x00
    outp SYSTEM_CONTROL, 0xff
    inp COM1 + IER
    and al, 0x0f
    mov bl, al
    outp COM1 + IER, 0x0f
    outp SYSTEM_CONTROL, 0x00
    inp COM1 + IER
    mov bh, al
    outp COM1 + IER, 0x00
    cmp bx, 0x0f00
    verdict step_ier

# Loopback: OUT2 and RTS come back as carrier detect and clear to send.
    outp COM1 + MCR, 0x1a
    inp COM1 + MSR
    mov bl, al
    outp COM1 + MCR, 0x00
    and bl, 0xf0
    cmp bl, 0x90
    verdict step_loopback

# Loopback carries data too.
    outp COM1 + LCR, 0x03
    outp COM1 + FCR, 0x07
    outp COM1 + MCR, 0x10
    outp COM1, 0xa5
1:  inp COM1 + LSR
    and al, LSR_THRE | LSR_DR
    cmp al, LSR_THRE | LSR_DR
    loopne 1b
    inp COM1
    mov bl, al
    outp COM1 + MCR, 0x00
    cmp bl, 0xa5
    verdict step_data

# The scratch register holds what it is given.
    outp COM1 + SCR, 0xa5
    inp COM1 + SCR
    mov bl, al
    outp COM1 + SCR, 0x5a
    inp COM1 + SCR
    mov bh, al
    cmp bx, 0x5aa5
    verdict step_scratch

# The divisor latch hides the data and interrupt enable registers, and keeps its value.
    outp COM1 + LCR, 0x83
    outp COM1 + 0, 0x34
    outp COM1 + 1, 0x12
    outp COM1 + LCR, 0x03
    inp COM1 + IER
    mov cl, al
    outp COM1 + LCR, 0x83
    inp COM1 + 0
    mov bl, al
    inp COM1 + 1
    mov bh, al
    outp COM1 + 0, 0x01
    outp COM1 + 1, 0x00
    outp COM1 + LCR, 0x03
    xor bx, 0x1234
    or bl, cl
    or bl, bh
    cmp bl, 0
    verdict step_divisor

# An idle transmitter interrupts each time that its interrupt is enabled, and IIR's read takes the cause away.
    outp COM1 + FCR, 0x00
    outp COM1 + IER, 0x02
    inp COM1 + IIR
    mov bl, al
    inp COM1 + IIR
    mov bh, al
    outp COM1 + IER, 0x00
    outp COM1 + IER, 0x02
    inp COM1 + IIR
    mov cl, al
    outp COM1 + IER, 0x00
    inp COM1 + IIR
    mov ch, al
    and bx, 0x0f0f
    and cx, 0x0f0f
    xor bx, 0x0102
    xor cx, 0x0102
    or bx, cx
    cmp bx, 0
    verdict step_thre

# The type: IIR's two top bits with the FIFOs asked for, then the marks of the 16550A's successors.
    outp COM1 + LCR, 0xbf       # a later chip shows its enhanced features register in place of IIR
    outp COM1 + FCR, 0x00
    outp COM1 + LCR, 0x00
    outp COM1 + FCR, 0x01
    inp COM1 + IIR
    shr al, 6
    movzx bx, al
    shl bx, 1
    mov si, [bx + types]
    cmp bl, 3 * 2
    jne found

    outp COM1 + LCR, 0x80       # a 16650 reads its enhanced features register as zero here
    inp COM1 + FCR
    mov si, offset type_16650
    test al, al
    jz found

    outp COM1 + LCR, 0x00       # a 16750 has a 64-byte FIFO, behind the divisor latch bit
    outp COM1 + FCR, 0x21
    inp COM1 + IIR
    mov bl, al
    outp COM1 + FCR, 0x01
    outp COM1 + LCR, 0x80
    outp COM1 + FCR, 0x21
    inp COM1 + IIR
    mov bh, al
    outp COM1 + FCR, 0x01
    outp COM1 + LCR, 0x00
    shr bl, 5
    shr bh, 5
    mov si, offset type_16750
    cmp bx, 0x0706
    je found

    outp COM1 + IER, 0x40       # an XScale UART keeps its unit enable bit
    inp COM1 + IER
    mov bl, al
    outp COM1 + IER, 0x00
    mov si, offset type_xscale
    test bl, 0x40
    jnz found
    mov si, offset type_16550a
found:
    outp COM1 + LCR, 0x03
    outp COM1 + FCR, 0x07
    outp COM1 + MCR, 0x03
    mov di, si
    mov si, offset type
    call puts
    mov si, di
    call puts
    cmp di, offset type_16550a
    jne bad
    cmp byte ptr [failed], 0
    jne bad
    exit 0
bad:
    exit 1

    say_routine
    print_routines

types:
    .word type_8250, type_unknown, type_16550, type_16550a
failed:
    .byte 0
step_ier:
    .asciz "interrupt enable register:"
step_loopback:
    .asciz "loopback of the modem lines:"
step_data:
    .asciz "loopback of data:"
step_scratch:
    .asciz "scratch register:"
step_divisor:
    .asciz "divisor latch:"
step_thre:
    .asciz "transmitter empty interrupt:"
text_ok:
    .asciz " ok\n"
text_failed:
    .asciz " failed\n"
type:
    .asciz "type: "
type_8250:
    .asciz "16450 or 8250\n"
type_unknown:
    .asciz "unknown\n"
type_16550:
    .asciz "16550\n"
type_16550a:
    .asciz "16550A\n"
type_16650:
    .asciz "16650\n"
type_16750:
    .asciz "16750\n"
type_xscale:
    .asciz "XScale\n"
