# A multiboot 1 kernel [multiboot §3] that prints what its loader told it: command line, memory, and modules with their contents.
# Three images come from this source:
#   multiboot.elf    ELF32
#   multiboot64.elf  ELF64 of the same 32-bit code, as 64-bit kernels with a 32-bit entry are built
#   multiboot.bin    flat, with the addresses of the header's a.out kludge (assembled with KLUDGE)
# Protected mode, loaded at 0x100000, entered at `start` by the header.
# Transcript: expected.txt for the command line "multiboot.elf one=1 two", the modules and the map that README.md names.
# Exit: port 0xf4, value 0, code 1; with the wrong magic number in EAX value 1, code 3.
    .intel_syntax noprefix
    .code32
    .include "ports.inc"

    .set HEADER_MAGIC, 0x1badb002
    .set LOADER_MAGIC, 0x2badb002
    .set HEADER_ALIGN, 1 << 0
    .set HEADER_MEMORY, 1 << 1
    .set HEADER_KLUDGE, 1 << 16
    .set INFO_MEMORY, 1 << 0
    .set INFO_COMMAND_LINE, 1 << 2
    .set INFO_MODULES, 1 << 3
    .set INFO_MAP, 1 << 6
    .set STACK_BYTES, 4096

    .ifdef KLUDGE
    .set HEADER_FLAGS, HEADER_ALIGN | HEADER_MEMORY | HEADER_KLUDGE
    .else
    .set HEADER_FLAGS, HEADER_ALIGN | HEADER_MEMORY
    .endif

    .text
    .balign 4
header:
    .long HEADER_MAGIC
    .long HEADER_FLAGS
    .long -(HEADER_MAGIC + HEADER_FLAGS)
    .ifdef KLUDGE
    .long header                # where this header lies
    .long header                # where the image begins
    .long image_end
    .long stack_top             # where the zeroed memory after it ends
    .long start
    .endif

    .globl start
start:
    mov esp, offset stack_top
    cld
    cmp eax, LOADER_MAGIC
    jne wrong
    mov ebp, ebx

    mov esi, offset text_command_line
    call puts
    mov esi, offset text_none
    test dword ptr [ebp], INFO_COMMAND_LINE
    jz 1f
    mov esi, [ebp + 16]
1:  call puts
    call newline

    test dword ptr [ebp], INFO_MEMORY
    jz map
    mov esi, offset text_lower
    call puts
    mov eax, [ebp + 4]
    call puthex
    mov esi, offset text_upper
    call puts
    mov eax, [ebp + 8]
    call puthex
    call newline

map:
    test dword ptr [ebp], INFO_MAP
    jz modules
    mov ebx, [ebp + 48]
    mov edi, [ebp + 44]
    add edi, ebx
1:  cmp ebx, edi
    jae modules
    mov esi, offset text_map
    call puts
    mov eax, [ebx + 8]
    call puthex
    mov eax, [ebx + 4]
    call puthex
    call space
    mov eax, [ebx + 16]
    call puthex
    mov eax, [ebx + 12]
    call puthex
    call space
    mov eax, [ebx + 20]
    call puthex
    call newline
    add ebx, [ebx]              # an entry's size does not count the size itself
    add ebx, 4
    jmp 1b

modules:
    test dword ptr [ebp], INFO_MODULES
    jz done
    mov ecx, [ebp + 20]
    mov ebx, [ebp + 24]
1:  jecxz done
    mov esi, offset text_module
    call puts
    mov esi, [ebx + 8]
    call puts
    mov esi, offset text_contents
    call puts
    mov esi, [ebx]
2:  cmp esi, [ebx + 4]
    jae 3f
    lodsb
    call putc
    jmp 2b
3:  call newline
    add ebx, 16
    dec ecx
    jmp 1b
done:
    exit 0
wrong:
    exit 1

# Writes AL to COM1 once there is room for it. Changes AX and EDX.
putc:
    send
    ret

# Writes the zero-terminated text at ESI. Changes EAX, EDX and ESI.
puts:
    lodsb
    test al, al
    jz 1f
    call putc
    jmp puts
1:  ret

newline:
    mov al, '\n'
    jmp putc
space:
    mov al, ' '
    jmp putc

# Writes EAX as eight hexadecimal digits. Changes EAX, EDX and ESI.
puthex:
    push ecx
    mov ecx, 8
    mov esi, eax
1:  rol esi, 4
    mov eax, esi
    and al, 0x0f
    add al, '0'
    cmp al, '9'
    jbe 2f
    add al, 'a' - '9' - 1
2:  call putc
    dec ecx
    jnz 1b
    pop ecx
    ret

text_command_line:
    .asciz "command line: "
text_none:
    .asciz "(none)"
text_lower:
    .asciz "memory: lower KiB "
text_upper:
    .asciz ", upper KiB "
text_map:
    .asciz "map: "
text_module:
    .asciz "module: "
text_contents:
    .asciz ": "
    .balign 4
image_end:

    .bss
    .balign 16
    .skip STACK_BYTES
stack_top:
