#include <limits.h>
#include <signal.h>
#include <time.h>

#include "clock.h"

static volatile sig_atomic_t stopped;

int64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_after(int64_t ms)
{
	if (ms == 0 || ms > CLOCK_NEVER / 2)
		return CLOCK_NEVER;
	return clock_ms() + ms;
}

int
clock_left(int64_t deadline)
{
	int64_t left;

	if (stopped)
		return 0;
	if (deadline == CLOCK_NEVER)
		return -1;
	left = deadline - clock_ms();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void
clock_stop(void)
{
	stopped = 1;
}

bool
clock_stopped(void)
{
	return stopped;
}
