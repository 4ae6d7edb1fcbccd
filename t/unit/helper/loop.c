/* The helper's loop: who is called, when, and what may change meanwhile. */

#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "loop.h"
#include "tap.h"

static struct loop l;
static int pipes[2][2];
static unsigned called[2], ticks;

static void
ready(void *ctx, int fd, short revents)
{
	int i = (int)(intptr_t)ctx;
	char c;

	(void)revents;
	called[i]++;
	tap_int(1, read(fd, &c, 1), "what is ready can be read");
	/* the first takes the second away, which is ready as well */
	if (i == 0)
		loop_remove(&l, pipes[1][0]);
}

static void
tick(void *ctx)
{
	(void)ctx;
	if (++ticks == 3)
		l.stop = true;
}

static void
test_sources(void)
{
	loop_init(&l);
	for (intptr_t i = 0; i < 2; i++) {
		if (pipe(pipes[i]) < 0 || write(pipes[i][1], "x", 1) != 1)
			_exit(1);
		tap_ok(loop_add(&l, pipes[i][0], POLLIN, ready, (void *)i),
		    "a source");
	}
	loop_every(&l, 5, tick, NULL);
	tap_int(0, loop_run(&l), "runs until it is told to stop");
	tap_ok(called[0] == 1 && called[1] == 0,
	    "who was taken away is not called");
	tap_int(3, ticks, "a clock ticks");
}

static void
test_wants(void)
{
	loop_init(&l);
	called[1] = ticks = 0;
	loop_add(&l, pipes[1][0], 0, ready, (void *)1);
	loop_every(&l, 2, tick, NULL);
	loop_run(&l);
	tap_int(0, called[1], "who wants nothing is not called");
	l.stop = false;
	ticks = 0;
	loop_want(&l, pipes[1][0], POLLIN);
	loop_run(&l);
	tap_int(1, called[1], "who wants something then is");
}

static void
test_room(void)
{
	unsigned n = 0;

	loop_init(&l);
	while (n < 1000 && loop_add(&l, 100 + (int)n, POLLIN, ready, NULL))
		n++;
	tap_int(LOOP_SOURCES, n, "so many sources and no more");
	loop_remove(&l, 100);
	tap_ok(loop_add(&l, 99, POLLIN, ready, NULL), "one goes, one comes");
	for (n = 0; n < 1000 && loop_every(&l, 1, tick, NULL); n++)
		;
	tap_int(LOOP_CLOCKS, n, "so many clocks and no more");
}

static void
test_missed(void)
{
	int64_t begin = clock_ms();

	loop_init(&l);
	ticks = 0;
	loop_every(&l, 20, tick, NULL);
	/* asleep for many ticks: one is made up for, not all */
	poll(NULL, 0, 100);
	loop_run(&l);
	tap_ok(clock_ms() - begin >= 139, "missed ticks are not made up for");
}

int
main(void)
{
	test_sources();
	test_wants();
	test_room();
	test_missed();
	return tap_done();
}
