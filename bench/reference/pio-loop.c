/*
 * Nanoseconds of one port I/O exit: out of the guest, through a dispatch to a device, and back.
 *
 *   pio-loop [COUNT] [ROUNDS]      100,000 exits and 5 rounds unless told otherwise
 *
 * The guest is a 16 MiB machine without an interrupt controller that loops over `out dx, al` in real mode and halts.
 * The dispatch is the least that a monitor needs: a switch over the exit reason and a call through a table of ports.
 * The first round warms up and is not printed.
 */
#include "common.h"

#define MEMORY_BYTES (16u << 20)
#define CODE_ADDRESS 0x1000
#define COUNT_OFFSET 2
#define PORT 0x80

/* The same loop as tests/Guests/pio-loop. */
static const uint8_t code[] = {
	0x66, 0xb9, 0, 0, 0, 0,         /* mov ecx, COUNT       */
	0xba, PORT, 0x00,               /* mov dx, PORT         */
	0xb0, 0x55,                     /* mov al, 0x55         */
	0xee,                           /* out dx, al           */
	0x67, 0xe2, 0xfc,               /* addr32 loop to `out` */
	0xf4,                           /* hlt                  */
};

struct device {
	void (*write)(struct device *device, uint16_t offset, const uint8_t *data, unsigned size);
	uint64_t writes;
	uint8_t last;
};

struct port {
	struct device *device;
	uint16_t base;
};

static struct port ports[0x10000];

static void post_write(struct device *device, uint16_t offset, const uint8_t *data, unsigned size)
{
	(void)offset;
	(void)size;
	device->writes++;
	device->last = *data;
}

static void dispatch_io(struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	struct port *port = &ports[run->io.port];

	for (unsigned i = 0; i < run->io.count; i++, data += run->io.size) {
		if (run->io.direction == KVM_EXIT_IO_IN)
			memset(data, 0xff, run->io.size);
		else if (port->device)
			port->device->write(port->device, run->io.port - port->base, data, run->io.size);
	}
}

/* Runs the guest to its HLT and returns the nanoseconds that took. */
static int64_t run_to_halt(int vcpu, struct kvm_run *run)
{
	int64_t start = nanoseconds();

	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0) < 0) {
			if (errno == EINTR)
				continue;
			check(-1, "KVM_RUN");
		}
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			dispatch_io(run);
			break;
		case KVM_EXIT_HLT:
			return nanoseconds() - start;
		default:
			fprintf(stderr, "unexpected exit %u\n", run->exit_reason);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	unsigned rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 5;

	if (count == 0) {
		fprintf(stderr, "usage: %s [COUNT] [ROUNDS], with a COUNT of at least 1\n", argv[0]);
		return 2;
	}

	int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = create_vm(kvm);
	uint8_t *memory = map(MEMORY_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	set_memory(vm, memory, MEMORY_BYTES);
	memcpy(memory + CODE_ADDRESS, code, sizeof code);
	memcpy(memory + CODE_ADDRESS + COUNT_OFFSET, &count, sizeof count);

	int vcpu = IOCTL(vm, KVM_CREATE_VCPU, 0);
	struct kvm_run *run = map(IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), MAP_SHARED, vcpu);
	struct device post = { .write = post_write };

	IOCTL(vcpu, KVM_SET_CPUID2, supported_cpuid(kvm));
	ports[PORT] = (struct port){ &post, PORT };

	for (unsigned round = 0; round <= rounds; round++) {
		post.writes = 0;
		enter_real_mode(vcpu, CODE_ADDRESS);
		int64_t elapsed = run_to_halt(vcpu, run);

		if (post.writes != count) {
			fprintf(stderr, "the device saw %lu of %u writes\n", (unsigned long)post.writes, count);
			return 1;
		}
		if (round > 0)
			printf("%.1f ns per exit\n", (double)elapsed / count);
	}
	return 0;
}
