# Jumps to itself for ever, with no exit to the host.
# Real mode, loaded at any address and entered there.
# Transcript: empty.
# Exit: none; somebody has to kick the vCPU.
    .intel_syntax noprefix
    .code16

1:  jmp 1b
