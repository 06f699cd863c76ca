# Waits for the power button and switches the machine off, as an operating system with ACPI does.
# Real mode, loaded and entered at 0x1000; needs an interrupt controller and the power management of ACPI at 0x600.
# First it sees that the machine is in ACPI mode and that the power management timer goes on and never back. Then it enables the button's
# event, prints "ready" and sleeps in HLT. IRQ 9 comes through the second PIC, level-triggered; its handler clears the button's status.
# Transcript: expected.txt, with the power button pressed after the line "ready".
# Exit: soft-off (S5); when a step fails port 0xf4, value 1, code 3.
    .include "real.inc"

    .set PIC1, 0x20
    .set PIC2, 0xa0
    .set ELCR2, 0x4d1           # trigger modes of IRQ 8 to 15
    .set EOI, 0x20
    .set VECTORS, 0x20
    .set PM1_STATUS, 0x600
    .set PM1_ENABLE, 0x602
    .set PM1_CONTROL, 0x604
    .set PM_TIMER, 0x608
    .set POWER_BUTTON, 1 << 8
    .set SCI_EN, 1
    .set SOFT_OFF, 1 << 13      # sleep enable, sleep type 0
    .set TIMER_READS, 100

    prologue
    com1_init
    mov dx, PM1_CONTROL
    in ax, dx
    test al, SCI_EN
    jz fail
    mov si, offset acpi_mode
    call puts

    mov dx, PM_TIMER
    in eax, dx
    mov ebx, eax                # the first value
    mov esi, eax                # the last one
    mov cx, TIMER_READS
1:  in eax, dx
    cmp eax, esi
    jb fail
    mov esi, eax
    loop 1b
    cmp esi, ebx
    je fail
    mov si, offset timer
    call puts

    mov word ptr [(VECTORS + 9) * 4], offset interrupt
    mov word ptr [(VECTORS + 9) * 4 + 2], 0
    outp PIC1, 0x11             # ICW1: cascaded, ICW4 follows
    outp PIC1 + 1, VECTORS
    outp PIC1 + 1, 0x04         # ICW3: the second PIC is on IRQ 2
    outp PIC1 + 1, 0x01         # ICW4: 8086 mode
    outp PIC1 + 1, 0xfb         # only the second PIC passes
    outp PIC2, 0x11
    outp PIC2 + 1, VECTORS + 8
    outp PIC2 + 1, 0x02
    outp PIC2 + 1, 0x01
    outp PIC2 + 1, 0xfd         # only IRQ 9 passes
    outp ELCR2, 0x02            # and that as a level

    mov dx, PM1_ENABLE
    mov ax, POWER_BUTTON
    out dx, ax
    mov si, offset ready
    call puts

sleep:
    cli
    cmp byte ptr [presses], 0
    jne pressed
    sti
    hlt
    jmp sleep

pressed:
    cmp byte ptr [presses], 1   # cleared, the level must not come again
    jne fail
    mov si, offset button
    call puts
    mov dx, PM1_CONTROL
    mov ax, SOFT_OFF
    out dx, ax
1:  hlt
    jmp 1b

fail:
    exit 1

interrupt:
    push ax
    push dx
    mov dx, PM1_STATUS
    in ax, dx
    test ah, POWER_BUTTON >> 8
    jz 1f
    inc byte ptr [presses]
    mov ax, POWER_BUTTON
    out dx, ax                  # a one clears
1:  outp PIC2, EOI
    outp PIC1, EOI
    pop dx
    pop ax
    iret

    print_routines

acpi_mode:
    .asciz "ACPI mode\n"
timer:
    .asciz "timer goes on\n"
ready:
    .asciz "ready\n"
button:
    .asciz "power button\n"
presses:
    .byte 0
