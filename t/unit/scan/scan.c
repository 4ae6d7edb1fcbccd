/*
 * Objects, and engines that work on them at once: t/e2e/scanners.t has real
 * ones.
 */

#include <time.h>

#include "scan_peer.h"

static void
test_several(void)
{
	struct peer p[3];
	struct set t;
	int a, b, c;
	int64_t t0;

	start(&p[0], "a", CLEAN, 0);
	start(&p[1], "b", FOUND, 0);
	start(&p[2], "c", SILENT, 0);
	open_set(&t, p, 3, 400);
	scan_begin(t.scan, clock_after(5000), STR_NULL);
	a = submit(&t, "one");
	b = submit(&t, "two");
	c = submit(&t, "three");
	tap_cstr("not yet", word(&t, a, 0), "before it runs");
	t0 = clock_ms();
	tap_int(0, scan_run(t.scan, clock_after(50)), "for a while");
	tap_ok(clock_ms() - t0 < 300, "and no longer");
	tap_cstr("free", word(&t, a, 0), "what is known is known");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "to the end");
	tap_ok(clock_ms() - t0 < 1500, "all at once");
	tap_cstr("free", word(&t, c, 0), "one engine");
	tap_cstr("found Bad", word(&t, b, 1), "another");
	tap_cstr("error: timeout", word(&t, a, 2), "a silent one");
	tap_cstr("error: timeout", word(&t, c, 2),
	    "is not waited for again by the next object");
	scan_begin(t.scan, clock_after(100), STR_NULL);
	a = submit(&t, "four");
	t0 = clock_ms();
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "the next mail");
	tap_ok(clock_ms() - t0 < 350, "until its deadline");
	tap_cstr("free", word(&t, a, 0), "one engine");
	tap_cstr("error: timeout", word(&t, a, 2), "the silent one");
	scan_close(t.scan);
	for (int i = 0; i < 3; i++)
		stop(&p[i]);
}

static void
test_objects(void)
{
	struct peer p;
	struct set t;
	struct scan_object o = scan_memory(STR("12345"));
	int a, b, n = 0;

	start(&p, "a", CLEAN, 0);
	open_set(&t, &p, 1, 1000);
	t.engine[0].max_size = 5;
	a = submit(&t, "12345");
	b = submit(&t, "123456");
	tap_cstr("skipped: larger than max-checked-size", word(&t, b, 0),
	    "a larger one is skipped");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "the other one is not");
	tap_cstr("free", word(&t, a, 0), "and is judged");
	scan_forget(t.scan, a);
	tap_int(a, scan_submit(t.scan, &o, 0), "its number is used again");
	tap_cstr("skipped: not asked", word(&t, a, 0), "for no engine");
	while (submit(&t, "x") >= 0)
		n++;
	tap_int(SCAN_OBJECTS_MAX - 2, n, "there may be so many");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "all are judged");
	tap_cstr("free", word(&t, SCAN_OBJECTS_MAX - 1, 0), "to the last");
	scan_begin(t.scan, CLOCK_NEVER, STR_NULL);
	a = submit(&t, "x");
	scan_run(t.scan, clock_ms());
	scan_forget(t.scan, a);
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "one given up is nothing");
	a = submit(&t, "y");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "to the next");
	tap_cstr("free", word(&t, a, 0), "which is judged");
	o.fd = 999;
	a = scan_submit(t.scan, &o, 1);
	scan_run(t.scan, CLOCK_NEVER);
	tap_cstr("error: the octets to scan cannot be read", word(&t, a, 0),
	    "octets that are not there");
	scan_close(t.scan);
	stop(&p);
	tap_ok(scan_open(t.engine, SCAN_ENGINES_MAX + 1) == NULL,
	    "engines have a limit");
}

/* What is started goes on by itself, and is waited for later. */
static void
test_started(void)
{
	struct peer p;
	struct set t;
	int a, b;
	int64_t t0 = clock_ms();

	start(&p, "a", SLOW, 0);
	open_set(&t, &p, 1, 1000);
	scan_begin(t.scan, clock_after(5000), STR_NULL);
	a = submit(&t, "one");
	while (strcmp(word(&t, a, 0), "not yet") == 0 &&
	    clock_ms() - t0 < 3000)
		scan_start(t.scan);
	tap_cstr("free", word(&t, a, 0), "started again and again, it ends");
	b = submit(&t, "two");
	scan_start(t.scan);
	tap_cstr("not yet", word(&t, b, 0), "nobody waits at the start");
	tap_int(0, scan_run(t.scan, clock_after(SLOW_MS / 4)), "for a while");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "and again, to the end");
	tap_cstr("free", word(&t, b, 0), "what is at work is no timeout");
	scan_close(t.scan);
	stop(&p);
	start(&p, "a", SILENT, 0);
	open_set(&t, &p, 1, 100);
	scan_begin(t.scan, clock_after(5000), STR_NULL);
	a = submit(&t, "one");
	scan_start(t.scan);
	t0 = clock_ms();
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "one that is silent");
	tap_cstr("error: timeout", word(&t, a, 0), "has its time");
	tap_ok(clock_ms() - t0 < 1500, "and no more");
	scan_close(t.scan);
	stop(&p);
}

static int64_t
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Two at work, of which one has said its word. */
static void
test_idle(void)
{
	struct peer p[2];
	struct set t;
	int64_t used = cpu_ms();
	int a;

	start(&p[0], "a", CLEAN, 0);
	start(&p[1], "b", SILENT, 0);
	open_set(&t, p, 2, 1500);
	t.engine[0].timeout = 500;
	scan_begin(t.scan, clock_after(5000), STR_NULL);
	a = submit(&t, "one");
	tap_int(0, scan_run(t.scan, clock_after(900)), "one is silent");
	tap_cstr("free", word(&t, a, 0), "the other had its word");
	a = submit(&t, "two");
	tap_int(1, scan_run(t.scan, CLOCK_NEVER), "to the end");
	tap_cstr("free", word(&t, a, 0), "who is not at work has its time");
	tap_cstr("error: timeout", word(&t, a, 1), "who is silent has not");
	tap_ok(cpu_ms() - used < 100, "and nobody is busy with waiting");
	scan_close(t.scan);
	for (int i = 0; i < 2; i++)
		stop(&p[i]);
}

int
main(void)
{
	make_folder();
	test_several();
	test_started();
	test_idle();
	test_objects();
	rmdir(folder);
	return tap_done();
}
