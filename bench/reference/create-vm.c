/*
 * Microseconds from nothing to the first exit of a 16 MiB machine that runs raw code on a thread of its own.
 *
 *   create-vm [--irqchip] [--churn COUNT]
 *
 * Timed: KVM_CREATE_VM, guest memory and its slot, the interrupt controller if asked for, the vCPU with CPUID and
 * registers, its thread with its signal mask, and KVM_RUN to the first exit. Teardown is timed apart. The host's
 * CPUID is asked for once. Prints the first, cold figure (with /dev/kvm opened and CPUID asked for inside it) and the
 * median of 50 after 10 to warm up. With --churn: the mean of COUNT machines from nothing to nothing, teardown included.
 */
#include "common.h"

#include <pthread.h>
#include <signal.h>

#define MEMORY_BYTES (16u << 20)
#define CODE_ADDRESS 0x1000
#define WARM_UP 10
#define SAMPLES 50
#define KERNEL_SIGSET_BYTES 8

static const uint8_t code[] = {
	0xe6, 0x80,     /* out 0x80, al: an exit with an interrupt controller too, where hlt makes none */
	0xf4,           /* hlt */
};

struct machine {
	int vm, vcpu;
	uint8_t *memory;
	struct kvm_run *run;
	size_t run_bytes;
	pthread_t thread;
	int64_t first_exit;
};

static int kick_signal;

/* The vCPU's thread: the kick gets through only inside KVM_RUN. */
static void *run_vcpu(void *argument)
{
	struct machine *machine = argument;
	struct kvm_signal_mask *mask = alloca(sizeof *mask + KERNEL_SIGSET_BYTES);
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, kick_signal);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	pthread_sigmask(SIG_BLOCK, NULL, &signals);
	sigdelset(&signals, kick_signal);
	mask->len = KERNEL_SIGSET_BYTES;
	memcpy(mask->sigset, &signals, KERNEL_SIGSET_BYTES);
	IOCTL(machine->vcpu, KVM_SET_SIGNAL_MASK, mask);

	while (ioctl(machine->vcpu, KVM_RUN, 0) < 0)
		if (errno != EINTR)
			check(-1, "KVM_RUN");
	machine->first_exit = nanoseconds();
	return NULL;
}

static void create(struct machine *machine, int kvm, const struct kvm_cpuid2 *cpuid, int irqchip)
{
	machine->vm = create_vm(kvm);
	machine->memory = map(MEMORY_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	set_memory(machine->vm, machine->memory, MEMORY_BYTES);
	memcpy(machine->memory + CODE_ADDRESS, code, sizeof code);
	if (irqchip)
		create_irqchip(machine->vm);

	machine->vcpu = IOCTL(machine->vm, KVM_CREATE_VCPU, 0);
	machine->run_bytes = IOCTL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	machine->run = map(machine->run_bytes, MAP_SHARED, machine->vcpu);
	IOCTL(machine->vcpu, KVM_SET_CPUID2, cpuid);
	enter_real_mode(machine->vcpu, CODE_ADDRESS);
}

static void run_to_first_exit(struct machine *machine)
{
	check(-(errno = pthread_create(&machine->thread, NULL, run_vcpu, machine)), "pthread_create");
	pthread_join(machine->thread, NULL);
	if (machine->run->exit_reason != KVM_EXIT_IO || machine->run->io.port != 0x80) {
		fprintf(stderr, "unexpected exit %u\n", machine->run->exit_reason);
		exit(1);
	}
}

static void destroy(struct machine *machine)
{
	munmap(machine->run, machine->run_bytes);
	close(machine->vcpu);
	close(machine->vm);
	munmap(machine->memory, MEMORY_BYTES);
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* Machine after machine, each run to its first exit and freed. */
static void churn(int kvm, const struct kvm_cpuid2 *cpuid, int irqchip, int count)
{
	struct machine machine;
	int64_t start = 0;

	for (int i = -WARM_UP; i < count; i++) {
		if (i == 0)
			start = nanoseconds();
		create(&machine, kvm, cpuid, irqchip);
		run_to_first_exit(&machine);
		destroy(&machine);
	}
	printf("churn: %.1f us a machine\n", (nanoseconds() - start) / 1e3 / count);
}

int main(int argc, char **argv)
{
	int irqchip = 0, count = 0;
	int64_t started[SAMPLES], ended[SAMPLES];
	struct machine machine;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--irqchip") == 0) {
			irqchip = 1;
		} else if (strcmp(argv[i], "--churn") == 0 && i + 1 < argc && (count = atoi(argv[i + 1])) > 0) {
			i++;
		} else {
			fprintf(stderr, "usage: %s [--irqchip] [--churn COUNT]\n", argv[0]);
			return 2;
		}
	}
	kick_signal = SIGRTMIN + 1;

	int64_t start = nanoseconds();
	int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	struct kvm_cpuid2 *cpuid = supported_cpuid(kvm);

	if (count > 0) {
		churn(kvm, cpuid, irqchip, count);
		return 0;
	}
	create(&machine, kvm, cpuid, irqchip);
	run_to_first_exit(&machine);
	printf("cold: %.0f us to the first exit\n", (machine.first_exit - start) / 1e3);
	destroy(&machine);

	for (int i = -WARM_UP; i < SAMPLES; i++) {
		start = nanoseconds();
		create(&machine, kvm, cpuid, irqchip);
		run_to_first_exit(&machine);
		int64_t exited = nanoseconds();
		destroy(&machine);
		if (i < 0)
			continue;
		started[i] = machine.first_exit - start;
		ended[i] = nanoseconds() - exited;
	}
	qsort(started, SAMPLES, sizeof started[0], compare);
	qsort(ended, SAMPLES, sizeof ended[0], compare);
	printf("warm: %.0f us to the first exit, %.0f us for the teardown (medians of %d)\n",
	       started[SAMPLES / 2] / 1e3, ended[SAMPLES / 2] / 1e3, SAMPLES);
	return 0;
}
