# Executes `popcnt` in ring 0, which hardware runs and KVM's instruction emulator does not know.
# Real mode, loaded at any address and entered there.
# Transcript: empty.
# Exit on kvm_intel and kvm_amd: port 0xf4, value 8 (the count of bits in 0xff), code 17.
# Exit on kvm_pvm: KVM_EXIT_INTERNAL_ERROR, suberror 1 (emulation), RIP at the `popcnt`.
    .intel_syntax noprefix
    .code16
    .include "ports.inc"

    mov cx, 0xff
    popcnt ax, cx
    out EXIT_PORT, al
1:  hlt
    jmp 1b
