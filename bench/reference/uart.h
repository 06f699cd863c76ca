/* The transmitting half of a 16550A [16550] on IRQ 4: enough for Linux to find one and to write to it by interrupts. */
#ifndef UART_H
#define UART_H

#include "common.h"

#include <stdbool.h>

#define UART 0x3f8
#define UART_IRQ 4
#define IER_THRI 2
#define IIR_NONE 1
#define IIR_THRI 2
#define LCR_DLAB 0x80
#define MCR_LOOP 0x10
#define LSR_EMPTY 0x60
#define MSR_CONNECTED 0xb0

static struct {
	uint8_t ier, lcr, mcr, scratch, fifo_bits, divisor[2];
	bool thre_pending, line;
} uart;

/* Raises or lowers IRQ 4 when the UART's transmitter interrupt changed. */
static inline void update_line(int vm)
{
	bool level = uart.thre_pending && uart.ier & IER_THRI;
	struct kvm_irq_level irq = { .irq = UART_IRQ, .level = level };

	if (level != uart.line)
		IOCTL(vm, KVM_IRQ_LINE, &irq);
	uart.line = level;
}

static inline void write_uart(int vm, unsigned offset, uint8_t value, void (*transmit)(uint8_t byte))
{
	if (offset < 2 && uart.lcr & LCR_DLAB) {
		uart.divisor[offset] = value;
		return;
	}
	switch (offset) {
	case 0:
		if (!(uart.mcr & MCR_LOOP))
			transmit(value);
		uart.thre_pending = true;
		break;
	case 1:
		uart.thre_pending |= value & ~uart.ier & IER_THRI;
		uart.ier = value & 0x0f;
		break;
	case 2: uart.fifo_bits = value & 1 ? 0xc0 : 0; break;
	case 3: uart.lcr = value; break;
	case 4: uart.mcr = value & 0x1f; break;
	case 7: uart.scratch = value; break;
	}
	update_line(vm);
}

static inline uint8_t read_uart(int vm, unsigned offset)
{
	if (offset < 2 && uart.lcr & LCR_DLAB)
		return uart.divisor[offset];
	switch (offset) {
	case 0: return 0;
	case 1: return uart.ier;
	case 2:
		if (!uart.line)
			return uart.fifo_bits | IIR_NONE;
		uart.thre_pending = false;
		update_line(vm);
		return uart.fifo_bits | IIR_THRI;
	case 3: return uart.lcr;
	case 4: return uart.mcr;
	case 5: return LSR_EMPTY;
	case 6:
		if (uart.mcr & MCR_LOOP)
			return (uart.mcr & 1) << 5 | (uart.mcr & 2) << 3 | (uart.mcr & 4) << 4 | (uart.mcr & 8) << 4;
		return MSR_CONNECTED;
	default: return uart.scratch;
	}
}

#endif
