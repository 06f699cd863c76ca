# Says that it runs in protected mode, once it has seen CR0.PE set and EFER.LMA clear.
# Protected mode, flat 32-bit segments, loaded at any address below 4 GiB and entered there.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1; in another mode value 1, code 3.
    .intel_syntax noprefix
    .code32
    .include "ports.inc"

    .set MSR_EFER, 0xc0000080
    .set EFER_LMA_BIT, 10

    mov esp, 0x1000
    mov eax, cr0
    test al, 1
    jz wrong
    mov ecx, MSR_EFER
    rdmsr
    bt eax, EFER_LMA_BIT
    jc wrong

    call 1f                     # pushes the address of the text
    .asciz "protected\n"
1:  pop esi
    send_text
    exit 0
wrong:
    exit 1
