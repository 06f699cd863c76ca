# Says by the panic device that it panicked, after it has seen that this event is understood.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt.
# Exit: guest panic; where the device is not there, port 0xf4, value 1, code 3.
    .include "real.inc"

    .set PVPANIC, 0x505
    .set PANICKED, 0x01
    .set CRASH_LOADED, 0x02
    .set NO_DEVICE, 0xff

    prologue
    com1_init
    inp PVPANIC
    cmp al, NO_DEVICE
    je missing
    test al, PANICKED
    jz missing
    mov si, offset text
    call puts
    outp PVPANIC, CRASH_LOADED  # the guest would handle it: nothing happens
    mov si, offset handled
    call puts
    outp PVPANIC, PANICKED
    cli
    hlt
missing:
    exit 1

    print_routines

text:
    .asciz "the panic device is there\n"
handled:
    .asciz "a panic that the guest handles is left to it\n"
