/*
 * A 64-bit Linux kernel in guest memory, ready to enter: ELF segments, zero page, MP table for one CPU, page tables,
 * GDT and registers, as the 64-bit boot protocol [x86-boot] and [mps §4] ask for them.
 */
#ifndef LINUX_SETUP_H
#define LINUX_SETUP_H

#include "common.h"

#include <asm/bootparam.h>
#include <elf.h>
#include <sys/stat.h>

#define GDT 0x500
#define ZERO_PAGE 0x7000
#define STACK 0x8ff0
#define PAGE_TABLES 0x9000
#define COMMAND_LINE 0x20000
#define LOW_MEMORY_END 0x9fc00
#define MP_TABLE LOW_MEMORY_END
#define HIGH_MEMORY 0x100000
#define IO_APIC 0xfec00000u
#define LOCAL_APIC 0xfee00000u
#define E820_USABLE 1

struct guest {
	uint8_t *memory;
	uint64_t bytes;
};

static inline void read_range(int file, struct guest *guest, uint64_t address, uint64_t bytes, off_t offset)
{
	if (address > guest->bytes || bytes > guest->bytes - address) {
		fprintf(stderr, "%#lx bytes at %#lx do not fit the memory\n", (long)bytes, (long)address);
		exit(2);
	}
	while (bytes > 0) {
		ssize_t got = pread(file, guest->memory + address, bytes, offset);

		if (got <= 0) {
			fprintf(stderr, "short read of an image\n");
			exit(2);
		}
		address += got;
		offset += got;
		bytes -= got;
	}
}

/* Loads the ELF's segments at their physical addresses and returns the entry point. */
static inline uint64_t load_kernel(struct guest *guest, const char *path)
{
	int file = check(open(path, O_RDONLY | O_CLOEXEC), path);
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (pread(file, &header, sizeof header, 0) != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0
	    || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
		fprintf(stderr, "%s: not an x86-64 ELF\n", path);
		exit(2);
	}
	for (int i = 0; i < header.e_phnum; i++) {
		off_t at = header.e_phoff + i * sizeof segment;

		check(pread(file, &segment, sizeof segment, at) == sizeof segment ? 0 : -1, path);
		if (segment.p_type == PT_LOAD)
			read_range(file, guest, segment.p_paddr, segment.p_filesz, segment.p_offset);
	}
	close(file);
	return header.e_entry;
}

/* Loads the initrd at the top of memory and names it in the zero page. */
static inline void load_initrd(struct guest *guest, struct boot_params *params, const char *path)
{
	int file = check(open(path, O_RDONLY | O_CLOEXEC), path);
	struct stat status;

	check(fstat(file, &status), path);
	params->hdr.ramdisk_size = status.st_size;
	params->hdr.ramdisk_image = (guest->bytes - status.st_size) & ~0xfffull;
	read_range(file, guest, params->hdr.ramdisk_image, status.st_size, 0);
	close(file);
}

static inline struct boot_params *write_zero_page(struct guest *guest, const char *command_line)
{
	struct boot_params *params = (void *)(guest->memory + ZERO_PAGE);

	params->hdr.boot_flag = 0xaa55;
	params->hdr.header = 0x53726448;        /* "HdrS" */
	params->hdr.type_of_loader = 0xff;
	params->hdr.loadflags = LOADED_HIGH;
	params->hdr.kernel_alignment = 0x1000000;
	params->hdr.cmd_line_ptr = COMMAND_LINE;
	params->hdr.cmdline_size = strlen(command_line);
	strcpy((char *)guest->memory + COMMAND_LINE, command_line);
	params->e820_entries = 2;
	params->e820_table[0] = (struct boot_e820_entry){ 0, LOW_MEMORY_END, E820_USABLE };
	params->e820_table[1] = (struct boot_e820_entry){ HIGH_MEMORY, guest->bytes - HIGH_MEMORY, E820_USABLE };
	return params;
}

static inline void set_checksum(uint8_t *table, unsigned bytes, unsigned at)
{
	uint8_t sum = 0;

	table[at] = 0;
	for (unsigned i = 0; i < bytes; i++)
		sum += table[i];
	table[at] = -sum;
}

/* One CPU, an ISA bus, an I/O APIC with the ISA interrupts one to one (0 on pin 2), and the CPU's two local pins. */
static inline void write_mp_table(struct guest *guest)
{
	uint8_t *pointer = guest->memory + MP_TABLE, *table = pointer + 16, *entry = table + 44;
	uint32_t table_address = MP_TABLE + 16, local_apic = LOCAL_APIC;

	memcpy(pointer, "_MP_\0\0\0\0\1\4\0\0\0\0\0", 16);
	memcpy(pointer + 4, &table_address, 4);
	set_checksum(pointer, 16, 10);

	memcpy(entry, (uint8_t[20]){ 0, 0, 0x14, 3, 0, 6, 0, 0, 0x01, 0x02 }, 20);
	entry += 20;
	memcpy(entry, "\1\0ISA   ", 8);
	entry += 8;
	memcpy(entry, (uint8_t[8]){ 2, 1, 0x11, 1, IO_APIC & 0xff, IO_APIC >> 8 & 0xff, IO_APIC >> 16 & 0xff, IO_APIC >> 24 }, 8);
	entry += 8;
	for (uint8_t irq = 0; irq < 16; irq++) {
		if (irq == 2)
			continue;
		memcpy(entry, (uint8_t[8]){ 3, 0, 0, 0, 0, irq, 1, irq == 0 ? 2 : irq }, 8);
		entry += 8;
	}
	memcpy(entry, (uint8_t[8]){ 4, 3, 0, 0, 0, 0, 0, 0 }, 8);          /* ExtINT on LINT0 */
	memcpy(entry + 8, (uint8_t[8]){ 4, 1, 0, 0, 0, 0, 0xff, 1 }, 8);   /* NMI on LINT1 */
	entry += 16;

	uint16_t bytes = entry - table, entries = 3 + 15 + 2;

	memcpy(table, "PCMP", 4);
	memcpy(table + 4, &bytes, 2);
	table[6] = 4;
	memcpy(table + 8, "KVMPS   REFERENCE   ", 20);
	memcpy(table + 34, &entries, 2);
	memcpy(table + 36, &local_apic, 4);
	set_checksum(table, bytes, 7);
}

/* Long mode with the first GiB mapped to itself, and RSI at the zero page. */
static inline void enter_long_mode(struct guest *guest, int vcpu, uint64_t rip)
{
	uint64_t *gdt = (void *)(guest->memory + GDT), *tables = (void *)(guest->memory + PAGE_TABLES);
	struct kvm_segment code = { .limit = ~0u, .selector = 0x10, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1 };
	struct kvm_segment data = { .limit = ~0u, .selector = 0x18, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1 };
	struct kvm_regs regs = { .rip = rip, .rsi = ZERO_PAGE, .rsp = STACK, .rflags = 2 };
	struct kvm_sregs sregs;

	gdt[2] = 0x00af9b000000ffff;
	gdt[3] = 0x00cf93000000ffff;
	tables[0] = (PAGE_TABLES + 0x1000) | 3;
	tables[512] = (PAGE_TABLES + 0x2000) | 3;
	for (uint64_t i = 0; i < 512; i++)
		tables[1024 + i] = i << 21 | 0x83;

	IOCTL(vcpu, KVM_GET_SREGS, &sregs);
	sregs.gdt.base = GDT;
	sregs.gdt.limit = 4 * 8 - 1;
	sregs.idt.limit = 0;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 |= 0x80000001;
	sregs.cr3 = PAGE_TABLES;
	sregs.cr4 |= 0x20;
	sregs.efer |= 0x500;
	IOCTL(vcpu, KVM_SET_SREGS, &sregs);
	IOCTL(vcpu, KVM_SET_REGS, &regs);
}

#endif
