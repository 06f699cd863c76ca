# Enters protected mode, loads an IDT of no entries and executes an undefined instruction.
# Real mode, loaded and entered at 0x1000. The fault comes in protected mode because KVM's real-mode emulation reads
# the vector table without a look at its limit.
# Transcript: empty.
# Exit: KVM_EXIT_SHUTDOWN (triple fault), RIP at the `ud2`.
    .include "real.inc"

    prologue
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp 8, offset protected

    .code32
protected:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    lidt [empty_idt]
    ud2
    exit 1

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff    # 8: code, flat, 32 bits
    .quad 0x00cf93000000ffff    # 16: data, flat
gdt_pointer:
    .word . - gdt - 1
    .long gdt
empty_idt:
    .word 0
    .long 0
