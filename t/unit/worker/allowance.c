/* What one mail may take; t/unit/worker/keeper.c has those that take more. */

#include <sys/resource.h>

#include "allowance.h"
#include "tap.h"

static uint64_t
soft(int resource)
{
	struct rlimit r;

	return getrlimit(resource, &r) < 0 ? 0 : r.rlim_cur;
}

int
main(void)
{
	uint64_t cpu, more;

	allowance_begin(0);
	cpu = soft(RLIMIT_CPU);
	tap_ok(cpu >= ALLOWANCE_CPU_S && cpu < ALLOWANCE_CPU_S + 5,
	    "a mail has seconds of the processor");
	allowance_begin(100 * (uint64_t)ALLOWANCE_CPU_OCTETS);
	more = soft(RLIMIT_CPU);
	tap_ok(more >= cpu + 100 && more < cpu + 105, "a large one has more");
	allowance_begin(0);
	tap_ok(soft(RLIMIT_CPU) < more, "and the next has not");
#ifndef __SANITIZE_ADDRESS__
	tap_int((int64_t)ALLOWANCE_AS_MB << 20, (int64_t)soft(RLIMIT_AS),
	    "address space is limited");
	allowance_begin(1000);
	tap_int(((int64_t)ALLOWANCE_AS_MB << 20) + 1000 * ALLOWANCE_AS_TIMES,
	    (int64_t)soft(RLIMIT_AS), "but for the mail itself");
#endif
	return tap_done();
}
