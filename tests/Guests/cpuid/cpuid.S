# Prints what CPUID answers: for each leaf of a table EAX and ECX at the call, then EAX, EBX, ECX and EDX after it.
# Real mode, loaded and entered at 0x1000.
# Transcript: expected.txt, where <hex> stands for eight digits that the CPU and its mask decide.
# Exit: port 0xf4, value 0, code 1.
    .include "real.inc"

    prologue
    com1_init
    mov si, offset leaves

next:
    lodsd
    mov [call_leaf], eax
    cmp eax, -1
    je done
    lodsd
    mov [call_index], eax
    mov ecx, eax
    mov eax, [call_leaf]
    cpuid
    mov [answer], eax
    mov [answer + 4], ebx
    mov [answer + 8], ecx
    mov [answer + 12], edx

    mov ebx, [call_leaf]
    call puthex
    mov al, '.'
    call putc
    mov ebx, [call_index]
    call puthex

    xor di, di
1:  mov al, ' '
    call putc
    mov ebx, [answer + di]
    call puthex
    add di, 4
    cmp di, 16
    jb 1b

    mov al, '\n'
    call putc
    jmp next

done:
    exit 0x00

    print_routines
    puthex_routine

call_leaf:
    .long 0
call_index:
    .long 0
answer:
    .skip 16
leaves:
    .long 0x00000001, 0
    .long 0x00000007, 0
    .long 0x0000000d, 0
    .long 0x0000000d, 1
    .long 0x80000001, 0
    .long -1
