/* What the reference programs share: errors that end the program, a clock, and the start of a VM. */
#ifndef COMMON_H
#define COMMON_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CPUID_ENTRIES 256

/* Returns a system call's result, or ends the program with the call's name and errno. */
static inline int check(int result, const char *call)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "%s: %s\n", call, strerror(errno));
	exit(2);
}

#define IOCTL(fd, request, argument) check(ioctl(fd, request, argument), #request)

static inline void *map(size_t bytes, int flags, int fd)
{
	void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	check(address == MAP_FAILED ? -1 : 0, "mmap");
	return address;
}

static inline int64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* A VM with the two areas below 4 GiB that VT-x needs for real mode. */
static inline int create_vm(int kvm)
{
	int vm = IOCTL(kvm, KVM_CREATE_VM, 0);
	uint64_t identity_map = 0xfffbc000;

	IOCTL(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
	IOCTL(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	return vm;
}

static inline void set_memory(int vm, void *memory, uint64_t bytes)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)memory,
	};

	IOCTL(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* The interrupt controller and the PIT; call it after set_memory: a slot set later costs milliseconds. */
static inline void create_irqchip(int vm)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	IOCTL(vm, KVM_CREATE_IRQCHIP, 0);
	IOCTL(vm, KVM_CREATE_PIT2, &pit);
}

static inline struct kvm_cpuid2 *supported_cpuid(int kvm)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof *cpuid + CPUID_ENTRIES * sizeof cpuid->entries[0]);

	cpuid->nent = CPUID_ENTRIES;
	IOCTL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	return cpuid;
}

/* Real mode with all segments at zero, as at reset but for CS. */
static inline void enter_real_mode(int vcpu, uint64_t rip)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rip = rip, .rflags = 2 };

	IOCTL(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	IOCTL(vcpu, KVM_SET_SREGS, &sregs);
	IOCTL(vcpu, KVM_SET_REGS, &regs);
}

#endif
