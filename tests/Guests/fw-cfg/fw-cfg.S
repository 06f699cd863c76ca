# Reads the firmware configuration device as firmware does: signature, RAM size and CPU count by the data port, then the
# memory map by a DMA request.
# Real mode, loaded and entered at 0x1000; uses 0x8000-0x90ff.
# Transcript: expected.txt for 16 MiB of RAM and one CPU.
# Exit: port 0xf4, value 0, code 1; when the device or the memory map is not there value 1, code 3.
    .include "real.inc"

    .set SELECTOR, 0x510
    .set DATA, 0x511
    .set DMA_HIGH, 0x514
    .set DMA_LOW, 0x518

    .set SIGNATURE, 0x0000
    .set ID, 0x0001
    .set RAM_SIZE, 0x0003
    .set NB_CPUS, 0x0005
    .set DIRECTORY, 0x0019
    .set HAS_DMA, 0x02
    .set ENTRY_SIZE, 64

    .set MAP_ENTRIES, 8
    .set MAP_ENTRY_SIZE, 20
    .set MAP_RAM, 1

    .set DMA_READ, 0x02
    .set DMA_SELECT, 0x08
    .set DMA_WRITE, 0x10
    .set DMA_ERROR, 0x01

    .set BUFFER, 0x8000
    .set REQUEST, 0x9000        # control, length, address: big-endian

# Reads bytes of an item from its first on, to BUFFER. Changes AX, CX, DX and DI.
.macro item key, length
    mov dx, SELECTOR
    mov ax, \key
    out dx, ax
    mov di, BUFFER
    mov cx, \length
    mov dx, DATA
    rep insb
.endm

# Prints a text, EBX in hexadecimal, and a line end.
.macro tell text
    mov si, offset \text
    call puts
    call puthex
    mov si, offset newline
    call puts
.endm

    prologue
    com1_init
    item SIGNATURE, 4
    mov byte ptr [BUFFER + 4], 0
    mov si, BUFFER
    call puts
    mov si, offset newline
    call puts
    item RAM_SIZE, 8
    mov ebx, [BUFFER]
    tell text_ram
    item NB_CPUS, 2
    movzx ebx, word ptr [BUFFER]
    tell text_cpus

# The directory: a count, then entries of size, key and name.
    item DIRECTORY, 4
    mov ebp, [BUFFER]
    bswap ebp
next:
    test ebp, ebp
    jz bad
    dec ebp
    mov di, BUFFER
    mov cx, ENTRY_SIZE
    mov dx, DATA
    rep insb
    mov si, offset name
    mov di, BUFFER + 8
    mov cx, offset name_end - name
    repe cmpsb
    jne next
    mov si, offset name
    call puts
    mov si, offset newline
    call puts

# Its first entries by DMA, and zeros behind its end: one of them must be RAM from address 0 on.
    item ID, 1
    test byte ptr [BUFFER], HAS_DMA
    mov ax, [BUFFER + 4]        # still the entry's key, big-endian
    jz bad
    mov [REQUEST], ax
    mov word ptr [REQUEST + 2], (DMA_SELECT | DMA_READ) << 8
    mov dword ptr [REQUEST + 4], (MAP_ENTRIES * MAP_ENTRY_SIZE) << 24
    mov dword ptr [REQUEST + 8], 0
    mov eax, BUFFER
    bswap eax
    mov [REQUEST + 12], eax
    call start
    cmp dword ptr [REQUEST], 0
    jne bad
    mov si, BUFFER
    mov cx, MAP_ENTRIES
1:  mov eax, [si]
    or eax, [si + 4]
    jnz 2f
    cmp dword ptr [si + 16], MAP_RAM
    je found
2:  add si, MAP_ENTRY_SIZE
    loop 1b
    jmp bad
found:
    mov si, offset text_map
    call puts

# What is read-only cannot be written.
    mov dword ptr [REQUEST], DMA_WRITE << 24
    call start
    cmp dword ptr [REQUEST], DMA_ERROR << 24
    jne bad
    mov si, offset text_refused
    call puts
    exit 0
bad:
    exit 1

# Starts the request, which is done when the second write is.
start:
    xor eax, eax
    mov dx, DMA_HIGH
    out dx, eax
    mov eax, REQUEST
    bswap eax
    mov dx, DMA_LOW
    out dx, eax
    ret

    print_routines
    puthex_routine

text_ram:
    .asciz "RAM: "
text_cpus:
    .asciz "CPUs: "
text_map:
    .asciz "RAM from 0 on by DMA\n"
text_refused:
    .asciz "writing is refused\n"
newline:
    .asciz "\n"
name:
    .asciz "etc/e820"
name_end:
