# Says that it runs in long mode, once it has seen EFER.LMA set and a register keep 64 bits.
# Long mode, paging on with an identity map, loaded at any address and entered there; uses no stack.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1; in another mode value 1, code 3.
    .intel_syntax noprefix
    .code64
    .include "ports.inc"

    .set MSR_EFER, 0xc0000080
    .set EFER_LMA_BIT, 10

    mov ecx, MSR_EFER
    rdmsr
    bt eax, EFER_LMA_BIT
    jnc wrong
    mov rax, 0x100000000
    shr rax, 32
    cmp eax, 1
    jne wrong

    lea rsi, [rip + text]
    send_text
    exit 0
wrong:
    exit 1

text:
    .asciz "long\n"
