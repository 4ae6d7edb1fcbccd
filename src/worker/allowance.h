#ifndef ALLOWANCE_H
#define ALLOWANCE_H

/*
 * What one mail may take of a worker: processor time and address space.  The
 * kernel ends a worker that takes more, which costs that mail.
 */

#include <stdint.h>

enum {
	/*
	 * Seconds for any mail: libmagic and archives have budgets of their
	 * own below it; and for so many octets one more, which is forty times
	 * what taking apart, decoding and writing anew need.
	 */
	ALLOWANCE_CPU_S = 40,
	ALLOWANCE_CPU_OCTETS = 4 << 20,
	/*
	 * MB: programs and databases, an arena, what archives inflate to; and
	 * a mail is mapped, decoded and written.
	 */
	ALLOWANCE_AS_MB = 1024,
	ALLOWANCE_AS_TIMES = 3,
};

/* Begin a mail of so many octets. */
void allowance_begin(uint64_t octets);

#endif
