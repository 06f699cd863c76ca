# Prints a greeting and the CPU's vendor string, and exits with code 33.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt, where <vendor> stands for the twelve letters of CPUID leaf 0.
# Exit: port 0xf4, value 0x10, code 33.
    .include "real.inc"

    prologue
    com1_init
    mov si, offset greeting
    call puts

    xor eax, eax
    cpuid
    mov [vendor], ebx
    mov [vendor + 4], edx
    mov [vendor + 8], ecx
    mov si, offset processor
    call puts
    mov si, offset vendor
    call puts
    mov si, offset farewell
    call puts
    exit 0x10

    print_routines

greeting:
    .ascii "Hello from KvmPS!\n"
    .asciz "This text left a virtual machine one OUT instruction at a time.\n"
processor:
    .asciz "Its processor calls itself "
vendor:
    .skip 12
    .byte 0
farewell:
    .asciz ".\nGoodbye.\n"
