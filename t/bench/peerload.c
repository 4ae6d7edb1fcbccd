/*
 * One measurement of a server that runs already, for peers.py.
 *
 * usage: peerload PORT plain|tls WHAT N [M]
 *   latency N       medians of N sessions in turn, with a pause before each:
 *                   us to greeting, of LOGIN
 *   sessions N M    N processes with M sessions each: sessions a second
 *   fetch N         N times mail 1 of INBOX: octets a second
 *   append N M      N times a mail of M octets into "Up": octets a second
 *   hold N          N idle sessions until standard input ends: nothing
 * Prints the figures on one line.  Exit: 0, 1 when a session fails.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "timing.h"

enum {
	TURNS_MAX = 1000,
	/* What a session leaves behind is no part of the next one, us. */
	PAUSE = 20000,
};

static void
latency(const struct load_target *t, int n, int m)
{
	static double greeting[TURNS_MAX], login[TURNS_MAX];
	double us[LOAD_STEPS];

	(void)m;
	n = n < TURNS_MAX ? n : TURNS_MAX;
	for (int i = 0; i < n; i++) {
		usleep(PAUSE);
		load_session(t, us);
		greeting[i] = us[LOAD_GREETING];
		login[i] = us[LOAD_LOGIN];
	}
	printf("%.1f %.1f\n", median(greeting, n), median(login, n));
}

static void
sessions(const struct load_target *t, int n, int m)
{
	printf("%.2f\n", n * m / load_sessions(t, n, m));
}

static void
fetch(const struct load_target *t, int n, int m)
{
	(void)m;
	printf("%.0f\n", load_fetch(t, n));
}

static void
append(const struct load_target *t, int n, int m)
{
	printf("%.0f\n", load_append(t, (size_t)m, n));
}

static void
hold(const struct load_target *t, int n, int m)
{
	struct load_held *h = load_hold(t, n);
	char c;

	(void)m;
	puts("held");
	while (read(0, &c, 1) > 0)
		;
	load_release(h);
}

static const struct {
	char name[10];
	void (*run)(const struct load_target *t, int n, int m);
} whats[] = {
	{ "latency", latency }, { "sessions", sessions }, { "fetch", fetch },
	{ "append", append }, { "hold", hold },
};

int
main(int argc, char **argv)
{
	struct load_target t;

	if (argc < 5)
		errx(2, "usage: peerload PORT plain|tls WHAT N [M]");
	t = (struct load_target){ (uint16_t)atoi(argv[1]),
	    strcmp(argv[2], "tls") == 0 };
	setvbuf(stdout, NULL, _IOLBF, 0);
	load_init();
	for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
		if (strcmp(argv[3], whats[i].name) == 0) {
			whats[i].run(&t, atoi(argv[4]),
			    argc > 5 ? atoi(argv[5]) : 1);
			return 0;
		}
	errx(2, "%s: nothing to measure", argv[3]);
}
