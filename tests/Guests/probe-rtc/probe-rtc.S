# Probes the real-time clock as Linux and firmware do, and prints a line for each step.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt for 16 MiB of RAM. A step that fails says so and the probe goes on.
# Exit: port 0xf4, value 0, code 1; with a failed step value 1, code 3.
    .include "real.inc"
    .include "probe.inc"

    .set INDEX, 0x70
    .set SECONDS, 0x00
    .set HOURS, 0x04
    .set DAY, 0x07
    .set MONTH, 0x08
    .set YEAR, 0x09
    .set CENTURY, 0x32
    .set STATUS_A, 0x0a
    .set STATUS_B, 0x0b
    .set STATUS_C, 0x0c
    .set STATUS_D, 0x0d
    .set EXTENDED_LOW, 0x17
    .set FREE_BYTE, 0x50
    .set UIP, 0x80
    .set SET, 0x80
    .set DIVIDER_RESET, 0x70
    .set UPDATED, 0x10
    .set VALID, 0x80

# Reads a register into AL.
.macro rtc_in register
    mov al, \register
    out INDEX, al
    in al, INDEX + 1
.endm

# Writes AH to a register. Changes AL.
.macro rtc_out register
    mov al, \register
    out INDEX, al
    mov al, ah
    out INDEX + 1, al
.endm

# BL is 1 when a register's two digits are not between two others.
.macro between register, low, high
    rtc_in \register
    cmp al, \low
    setb ah
    or bl, ah
    cmp al, \high
    seta ah
    or bl, ah
.endm

    prologue
    com1_init

    rtc_in STATUS_D
    cmp al, VALID
    verdict step_valid

# A time of this century, read as a driver does: not while it changes, and again when it changed meanwhile.
again:
    rtc_in STATUS_A
    test al, UIP
    jnz again
    rtc_in SECONDS
    mov bh, al
    xor bl, bl
    between SECONDS, 0x00, 0x59
    between HOURS, 0x00, 0x23
    between DAY, 0x01, 0x31
    between MONTH, 0x01, 0x12
    between YEAR, 0x25, 0x99
    between CENTURY, 0x20, 0x20
    rtc_in STATUS_A
    test al, UIP
    jnz again
    rtc_in SECONDS
    cmp al, bh
    jne again
    cmp bl, 0
    verdict step_time

# An update comes within a second, and reading register C takes its flag away.
    rtc_in STATUS_C
1:  rtc_in STATUS_C
    test al, UPDATED
    jz 1b
    rtc_in STATUS_C
    test al, UPDATED
    verdict step_update

# The time can be set, and the clock stands meanwhile.
    rtc_in STATUS_B
    mov bl, al
    mov ah, al
    or ah, SET
    rtc_out STATUS_B
    rtc_in STATUS_A
    mov bh, al
    mov ah, al
    or ah, DIVIDER_RESET
    rtc_out STATUS_A
    mov ah, 0x99
    rtc_out YEAR
    mov ah, 0x31
    rtc_out DAY
    mov ah, 0x12
    rtc_out MONTH
    mov ah, 0x23
    rtc_out HOURS
    mov ah, bl
    rtc_out STATUS_B
    mov ah, bh
    rtc_out STATUS_A
    xor bl, bl
    between YEAR, 0x99, 0x99
    between DAY, 0x31, 0x31
    between MONTH, 0x12, 0x12
    cmp bl, 0
    verdict step_set

# The memory holds what it is given, and tells the size of the RAM.
    mov ah, 0x5a
    rtc_out FREE_BYTE
    rtc_in FREE_BYTE
    cmp al, 0x5a
    verdict step_memory
    xor ebx, ebx
    rtc_in EXTENDED_LOW + 1
    mov bh, al
    rtc_in EXTENDED_LOW
    mov bl, al
    mov si, offset text_ram
    call puts
    call puthex
    mov si, offset text_kib
    call puts

    cmp byte ptr [failed], 0
    jne bad
    exit 0
bad:
    exit 1

    say_routine
    print_routines
    puthex_routine

failed:
    .byte 0
step_valid:
    .asciz "battery:"
step_time:
    .asciz "time of this century:"
step_update:
    .asciz "update flag:"
step_set:
    .asciz "setting the time:"
step_memory:
    .asciz "memory:"
text_ok:
    .asciz " ok\n"
text_failed:
    .asciz " failed\n"
text_ram:
    .asciz "RAM above 1 MiB: "
text_kib:
    .asciz " KiB\n"
