# Programs the PIT for 100 Hz and sleeps through ten ticks, with a dot for each.
# Real mode, loaded and entered at 0x1000; needs an interrupt controller and a PIT.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set PIC_COMMAND, 0x20
    .set PIC_DATA, 0x21
    .set PIC_EOI, 0x20
    .set PIT_CHANNEL0, 0x40
    .set PIT_COMMAND, 0x43
    .set VECTORS, 0x20
    .set DIVISOR, 11932         # 1,193,182 Hz / 100
    .set TICKS, 10

    prologue
    com1_init
    mov word ptr [VECTORS * 4], offset tick
    mov word ptr [VECTORS * 4 + 2], 0
    outp PIC_COMMAND, 0x11      # ICW1: edge triggered, cascaded, ICW4 follows
    outp PIC_DATA, VECTORS
    outp PIC_DATA, 0x04         # ICW3: the second PIC is on IRQ 2
    outp PIC_DATA, 0x01         # ICW4: 8086 mode
    outp PIC_DATA, 0xfe         # only IRQ 0 passes
    outp PIT_COMMAND, 0x34      # channel 0, low byte then high byte, rate generator
    outp PIT_CHANNEL0, DIVISOR & 0xff
    outp PIT_CHANNEL0, DIVISOR >> 8

    mov cx, TICKS
sleep:
    cli
    cmp byte ptr [pending], 0
    jne 1f
    sti
    hlt
    jmp sleep
1:  dec byte ptr [pending]
    sti
    mov al, '.'
    call putc
    loop sleep

    mov si, offset finished
    call puts
    exit 0

tick:
    push ax
    inc byte ptr [pending]
    mov al, PIC_EOI
    out PIC_COMMAND, al
    pop ax
    iret

    print_routines

pending:
    .byte 0                     # ticks that have no dot yet
finished:
    .asciz "\nten ticks\n"
