# Two CPUs, of which one, the other, or both at once end the machine; who does not, halts with interrupts off.
# Parameters: at offset 4 how, as a letter: r reset by the keyboard controller, o soft-off by ACPI, p panic by the panic device,
# h halt, t triple fault, q exit; at offset 5 who: 1 the boot CPU, 2 the other one, 3 both.
# Real mode, loaded and entered at 0x1000, two vCPUs, interrupt controllers and ACPI; uses no stack. The start-up message has the
# second CPU begin at 0x1000, too; both go on in protected mode, from where they reach their local APICs.
# Transcript: empty.
# Exit: as told; as shipped port 0xf4, value 0, code 1.
    .include "real.inc"
    .include "protected.inc"

    .set APIC, 0xfee00000
    .set APIC_ID, 0x20
    .set APIC_SPURIOUS, 0xf0
    .set APIC_COMMAND, 0x300
    .set APIC_DESTINATION, 0x310
    .set APIC_ENABLE, 0x1ff
    .set INIT, 0x4500
    .set STARTUP, 0x4601            # at page 1
    .set SECOND_CPU, 1 << 24
    .set BOOT_CPU_ACTS, 1
    .set SECOND_CPU_ACTS, 2
    .set PM1_CONTROL, 0x604
    .set SOFT_OFF, 0x2000
    .set PVPANIC, 0x505

    jmp short begin
    .org 4
how:
    .byte 'q'
who:
    .byte BOOT_CPU_ACTS
begin:
    prologue
    enter_protected
    mov esi, APIC
    test dword ptr [esi + APIC_ID], 0xff000000
    jnz second

    mov dword ptr [esi + APIC_SPURIOUS], APIC_ENABLE
    mov dword ptr [esi + APIC_DESTINATION], SECOND_CPU
    mov dword ptr [esi + APIC_COMMAND], INIT
    mov dword ptr [esi + APIC_DESTINATION], SECOND_CPU
    mov dword ptr [esi + APIC_COMMAND], STARTUP
1:  cmp byte ptr [is_up], 0
    je 1b
    mov byte ptr [is_go], 1
    test byte ptr [who], BOOT_CPU_ACTS
    jz rest
    jmp act

second:
    mov byte ptr [is_up], 1
1:  cmp byte ptr [is_go], 0
    je 1b
    test byte ptr [who], SECOND_CPU_ACTS
    jz rest

act:
    mov al, [how]
    cmp al, 'r'
    je reset
    cmp al, 'o'
    je power_off
    cmp al, 'p'
    je panic
    cmp al, 't'
    je triple_fault
    cmp al, 'q'
    je done
rest:
    cli
    hlt
    jmp rest

reset:
    mov al, 0xfe
    out 0x64, al
    jmp rest

power_off:
    mov dx, PM1_CONTROL
    mov ax, SOFT_OFF
    out dx, ax
    jmp rest

panic:
    mov dx, PVPANIC
    mov al, 1
    out dx, al
    jmp rest

triple_fault:
    lidt [no_table]
    ud2

done:
    exit 0

    flat_gdt
no_table:
    .word 0
    .long 0
is_up:
    .byte 0
is_go:
    .byte 0
