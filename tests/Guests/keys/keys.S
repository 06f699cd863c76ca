# Does what keys on COM1 say, so that a test chooses how and when the guest ends:
#   r  reset by the keyboard controller      c  reset by port 0xCF9      t  triple fault
#   p  says that the kernel panicked, and goes on                        y  says at port 0x680 that it is ready, with code 7
#   h  halts with interrupts off             q  exits                    any other key comes back
# Real mode, loaded and entered at 0x1000. It prints "ready" and how many runs this memory has seen: 1, since a reset empties it.
# Transcript: expected.txt for the input "abq", sent after the line "ready" (programming the FIFO empties it, as on the chip).
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    .set READY, 0x680
    .set RUNS, 0x3000

    prologue
    com1_init
    inc byte ptr [RUNS]
    mov si, offset ready
    call puts
    mov al, [RUNS]
    add al, '0'
    call putc
    mov al, '\n'
    call putc
next:
    mov dx, COM1 + LSR
1:  in al, dx
    test al, LSR_DR
    jz 1b
    mov dx, COM1
    in al, dx
    cmp al, 'r'
    je keyboard_reset
    cmp al, 'c'
    je port_reset
    cmp al, 't'
    je triple_fault
    cmp al, 'p'
    je panic
    cmp al, 'y'
    je say_ready
    cmp al, 'h'
    je halt
    cmp al, 'q'
    je done
    call putc
    jmp next

keyboard_reset:
    mov al, 0xFE
    out 0x64, al
    jmp next

port_reset:
    mov dx, 0xCF9
    mov al, 6
    out dx, al
    jmp next

triple_fault:
    lidt [no_table]
    mov eax, cr0 # in real mode KVM's emulator reads the vector table without a look at its limit
    or al, 1
    mov cr0, eax
    ud2

panic:
    mov si, offset last_words
    call puts
    jmp next

say_ready:
    mov dx, READY
    mov al, 7
    out dx, al
    jmp next

halt:
    cli
    hlt
    jmp halt

done:
    exit 0

    print_routines

no_table:
    .space 6
ready:
    .asciz "ready\nrun "
last_words:
    .asciz "Kernel panic - not syncing: as you wish\n---[ end Kernel panic - not syncing: as you wish ]---\n"
