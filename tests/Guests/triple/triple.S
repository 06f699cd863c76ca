# Enters protected mode, loads an IDT of no entries and executes an undefined instruction.
# Real mode, loaded and entered at 0x1000. The fault comes in protected mode because KVM's real-mode emulation reads
# the vector table without a look at its limit.
# Transcript: empty.
# Exit: KVM_EXIT_SHUTDOWN (triple fault), RIP at the `ud2`.
    .include "real.inc"
    .include "protected.inc"

    prologue
    enter_protected
    lidt [empty_idt]
    ud2
    exit 1

    flat_gdt
empty_idt:
    .word 0
    .long 0
