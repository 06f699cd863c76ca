# Halts at once.
# Real mode, loaded at any address and entered there.
# Transcript: empty.
# Exit: KVM_EXIT_HLT without an in-kernel interrupt controller; with one the CPU sleeps inside KVM_RUN.
    .intel_syntax noprefix
    .code16

    hlt
