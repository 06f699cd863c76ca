/*
 * Boots an extracted 64-bit Linux kernel with one CPU and says when a text came and when the machine ended.
 *
 *   enter-elf [-m MIB] [-i INITRD] [-a COMMAND_LINE] [-u UNTIL] [-c] [-q] VMLINUX
 *
 *   -u TEXT  stop when TEXT appears on the console     -c  hide CMPXCHG16B from the guest
 *   -q       do not show the console
 *
 * The console goes to standard output, the times to standard error: milliseconds from the first KVM_RUN, and from
 * the start of the program. Exit status 0 at the text or the guest's reset, 1 at an unexpected exit.
 */
#include "linux-setup.h"
#include "uart.h"

#define CONSOLE_BYTES (1 << 20)

static char console[CONSOLE_BYTES];
static size_t console_length;
static const char *until;
static bool quiet, found, reset;

/* Keeps and shows a byte, and looks whether it ends the text waited for. */
static void put_console(uint8_t byte)
{
	size_t length = until ? strlen(until) : 0;

	if (console_length == CONSOLE_BYTES)
		return;
	console[console_length++] = byte;
	if (!quiet)
		putchar(byte);
	if (!quiet && byte == '\n')
		fflush(stdout);
	found |= length && console_length >= length && memcmp(console + console_length - length, until, length) == 0;
}

static void dispatch_io(int vm, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool is_uart = (run->io.port & ~7) == UART && run->io.size == 1, write = run->io.direction == KVM_EXIT_IO_OUT;

	for (unsigned i = 0; i < run->io.count; i++, data += run->io.size) {
		if (is_uart && write)
			write_uart(vm, run->io.port - UART, *data, put_console);
		else if (is_uart)
			*data = read_uart(vm, run->io.port - UART);
		else if (write)
			reset |= (run->io.port == 0x64 && *data == 0xfe) || (run->io.port == 0xcf9 && *data & 4);
		else
			memset(data, run->io.port == 0x64 ? 0 : 0xff, run->io.size);
	}
}

/* The host's CPUID as one virtual CPU shows it: the hypervisor bit set, no topology of the host's, no PMU. */
static void filter_cpuid(struct kvm_cpuid2 *cpuid, bool hide_cx16)
{
	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

		if (entry->function == 1) {
			entry->ebx = (entry->ebx & 0xffff) | 1 << 16;
			entry->ecx |= 1u << 31 | 1 << 24;
			entry->ecx &= hide_cx16 ? ~(1u << 13) : ~0u;
		} else if (entry->function == 0xa) {
			entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
		} else if (entry->function == 0xb || entry->function == 0x1f) {
			entry->edx = 0;
		}
	}
}

/* What firmware leaves behind: fast strings, write-back memory, and the PIC through the local APIC's LINT0. */
static void set_boot_state(int vcpu)
{
	struct { struct kvm_msrs header; struct kvm_msr_entry entries[2]; } msrs = {
		.header.nmsrs = 2,
		.entries = { { .index = 0x1a0, .data = 1 }, { .index = 0x2ff, .data = 0x806 } },
	};
	struct kvm_lapic_state lapic;
	uint32_t lint0 = 0x700, lint1 = 0x400;

	IOCTL(vcpu, KVM_SET_MSRS, &msrs);
	IOCTL(vcpu, KVM_GET_LAPIC, &lapic);
	memcpy(lapic.regs + 0x350, &lint0, 4);
	memcpy(lapic.regs + 0x360, &lint1, 4);
	IOCTL(vcpu, KVM_SET_LAPIC, &lapic);
}

/* Runs until the text, a reset or a shutdown; returns the reason in words, or NULL after an unexpected exit. */
static const char *run_vcpu(int vm, int vcpu, struct kvm_run *run)
{
	while (!found && !reset) {
		if (ioctl(vcpu, KVM_RUN, 0) < 0) {
			check(errno == EINTR ? 0 : -1, "KVM_RUN");
			continue;
		}
		switch (run->exit_reason) {
		case KVM_EXIT_IO: dispatch_io(vm, run); break;
		case KVM_EXIT_MMIO: memset(run->mmio.data, 0xff, run->mmio.is_write ? 0 : run->mmio.len); break;
		case KVM_EXIT_SHUTDOWN: return "triple fault";
		default: fprintf(stderr, "unexpected exit %u\n", run->exit_reason); return NULL;
		}
	}
	return found ? "text" : "reset";
}

int main(int argc, char **argv)
{
	int64_t start = nanoseconds();
	const char *initrd = NULL, *command_line = "console=ttyS0";
	struct guest guest = { .bytes = 64 << 20 };
	bool hide_cx16 = false;

	for (int option; (option = getopt(argc, argv, "m:i:a:u:cq")) != -1;) {
		switch (option) {
		case 'm': guest.bytes = strtoull(optarg, NULL, 0) << 20; break;
		case 'i': initrd = optarg; break;
		case 'a': command_line = optarg; break;
		case 'u': until = optarg; break;
		case 'c': hide_cx16 = true; break;
		case 'q': quiet = true; break;
		default: return 2;
		}
	}
	if (optind != argc - 1 || guest.bytes < 16 << 20 || guest.bytes > 1024 << 20 || strlen(command_line) > 2047) {
		fprintf(stderr, "usage: %s [-m 16..1024] [-i INITRD] [-a COMMAND_LINE] [-u UNTIL] [-c] [-q] VMLINUX\n", argv[0]);
		return 2;
	}

	int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = create_vm(kvm);

	guest.memory = map(guest.bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	set_memory(vm, guest.memory, guest.bytes);
	create_irqchip(vm);

	int vcpu = IOCTL(vm, KVM_CREATE_VCPU, 0);
	struct kvm_run *run = map(IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), MAP_SHARED, vcpu);
	struct kvm_cpuid2 *cpuid = supported_cpuid(kvm);

	filter_cpuid(cpuid, hide_cx16);
	IOCTL(vcpu, KVM_SET_CPUID2, cpuid);
	set_boot_state(vcpu);

	uint64_t entry = load_kernel(&guest, argv[optind]);
	struct boot_params *params = write_zero_page(&guest, command_line);

	if (initrd)
		load_initrd(&guest, params, initrd);
	write_mp_table(&guest);
	enter_long_mode(&guest, vcpu, entry);

	int64_t entered = nanoseconds();
	const char *reason = run_vcpu(vm, vcpu, run);
	int64_t ended = nanoseconds();

	fflush(stdout);
	if (!reason)
		return 1;
	fprintf(stderr, "%s: %.1f ms after KVM_RUN, %.1f ms after the start of the program\n",
	        reason, (ended - entered) / 1e6, (ended - start) / 1e6);
	if (until && !found)
		fprintf(stderr, "the text never came\n");
	return until && !found;
}
