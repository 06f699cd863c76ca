# Maps the RAM from 4 GiB to 6 GiB into the page tables it was given, writes to its first, a middle and its last words and reads them back.
# Long mode, paging on with an identity map, loaded and entered at 0x1000; 5 GiB of RAM; uses 0x2000 and 0x10000-0x11fff, and no stack.
# Transcript: expected.txt.
# Exit: port 0xf4, value 0, code 1; when a value was lost value 1, code 3.
    .intel_syntax noprefix
    .code64
    .include "ports.inc"

    .set DIRECTORIES, 0x10000       # two of them, 1 GiB each
    .set GIB, 0x40000000
    .set HIGH, 4 * GIB
    .set END, 6 * GIB
    .set PRESENT_WRITABLE, 0x3
    .set LARGE, 0x83                # present, writable, 2 MiB
    .set LARGE_SIZE, 0x200000
    .set LOW_WORD, 0x2000

    mov rax, cr3
    mov rbx, [rax]                  # the page-directory-pointer table
    and rbx, -0x1000
    movabs rax, HIGH + LARGE
    mov edi, DIRECTORIES
    mov ecx, 2 * 512
1:  mov [rdi], rax
    add rax, LARGE_SIZE
    add rdi, 8
    dec ecx
    jnz 1b
    mov qword ptr [rbx + 4 * 8], DIRECTORIES + PRESENT_WRITABLE
    mov qword ptr [rbx + 5 * 8], DIRECTORIES + 0x1000 + PRESENT_WRITABLE
    mov rax, cr3                    # forgets what the CPU remembers of the old entries
    mov cr3, rax

    movabs rsi, 0x1122334455667788
    movabs rdi, HIGH + LOW_WORD     # its lower 32 bits are the address of a word below 4 GiB
    mov [rdi], rsi
    not rsi
    mov dword ptr [LOW_WORD], 0x600d
    movabs rdx, HIGH + GIB - 4      # the middle, across two directories
    mov [rdx], rsi
    not rsi
    movabs rbp, END - 8
    mov [rbp], rsi

    cmp [rdi], rsi
    jne wrong
    cmp [rbp], rsi
    jne wrong
    not rsi
    cmp [rdx], rsi
    jne wrong
    cmp dword ptr [LOW_WORD], 0x600d
    jne wrong

    lea rsi, [rip + text]
    send_text
    exit 0
wrong:
    exit 1

text:
    .asciz "above 4 GiB\n"
