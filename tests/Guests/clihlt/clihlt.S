# Turns interrupts off and halts: the end of many kernels that power off without ACPI.
# Real mode, loaded at any address and entered there.
# Transcript: empty.
# Exit: KVM_EXIT_HLT without an in-kernel interrupt controller; with one the CPU sleeps inside KVM_RUN for ever.
    .intel_syntax noprefix
    .code16

    cli
1:  hlt
    jmp 1b
