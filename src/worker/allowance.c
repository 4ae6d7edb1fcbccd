#include <sys/resource.h>

#include "allowance.h"

/* Sanitizers reserve terabytes; gcc and clang say it differently. */
#if defined(__SANITIZE_ADDRESS__)
#define BOUNDLESS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BOUNDLESS 1
#endif
#endif

/* The hard limit stays: the next mail may need more. */
static void
set(int resource, uint64_t value)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0)
		return;
	r.rlim_cur = value < r.rlim_max ? value : r.rlim_max;
	(void)setrlimit(resource, &r);
}

void
allowance_begin(uint64_t octets)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) == 0)
		set(RLIMIT_CPU, (uint64_t)u.ru_utime.tv_sec +
		    (uint64_t)u.ru_stime.tv_sec + ALLOWANCE_CPU_S +
		    octets / ALLOWANCE_CPU_OCTETS);
#ifndef BOUNDLESS
	set(RLIMIT_AS, ((uint64_t)ALLOWANCE_AS_MB << 20) +
	    ALLOWANCE_AS_TIMES * octets);
#endif
}
