/*
 * How fast the room mime takes mails apart: megabytes a second on one core,
 * for what mails are made of and for what is made to be slow.
 */

#include <stdio.h>
#include <stdlib.h>

#include "envelope.h"
#include "part.h"
#include "structure.h"
#include "timing.h"

enum {
	MEGABYTES = 32,
	ROUNDS = 5,
	/* 10,000 parts with their fields. */
	ARENA_MAX = 512 << 20,
	WINDOW = 1 << 20,
};

/* Head, then unit again and again up to MEGABYTES, at most most times. */
static const struct {
	const char *name, *head, *unit;
	size_t most;
} mails[] = {
	{ "base64, an attachment",
	    "Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n\r\n",
	    "Q29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PWIKCi0tYgpD"
	    "b250ZW50LT\r\n", 0 },
	{ "text of 60 octets a line", "A: b\r\n\r\n",
	    "the quick brown fox jumps over the lazy dog and on it goes\r\n",
	    0 },
	{ "one line", "A: b\r\n\r\n", "abcdefghijklmnopqrstuvwxyz", 0 },
	{ "empty lines", "A: b\r\n\r\n", "\r\n", 0 },
	{ "dashes", "A: b\r\n\r\n", "--\r\n", 0 },
	{ "uuencode that begins", "A: b\r\n\r\n",
	    "begin 644 x\r\n#0V%T\r\n#0V%T\r\n#0V%T\r\n#0V%T\r\n", 10000 },
	{ "10,000 parts",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
	    "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 9999 },
	{ "100,000 fields", "", "X-Own: some value\r\n", 100000 },
	{ "addresses", "To: x@y\r\n", "Cc: foo@bar, baz <qu@x.y>\r\n", 90000 },
};

static struct str
make(size_t i)
{
	size_t h = strlen(mails[i].head), u = strlen(mails[i].unit);
	size_t times = mails[i].most ? mails[i].most :
	    ((size_t)MEGABYTES << 20) / u;
	char *p = malloc(h + times * u);

	if (p == NULL)
		exit(1);
	memcpy(p, mails[i].head, h);
	for (size_t n = 0; n < times; n++)
		memcpy(p + h + n * u, mails[i].unit, u);
	return (struct str){ p, h + times * u };
}

/* The processor's time, us: others may run meanwhile. */
static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
once(struct str in, bool structure)
{
	double start = cpu_us();
	struct mime_parts p;
	struct mime_wire w;
	struct arena a;
	int r = 0;

	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_parts_init(&p, &a, in);
	for (size_t at = 0; r == 0; at += WINDOW)
		r = mime_parts_step(&p, at + WINDOW < in.n ? at + WINDOW :
		    in.n);
	if (r < 0)
		printf("%s\n", p.why);
	if (r > 0 && structure) {
		mime_wire_init(&w, &a);
		mime_structure_put(&w, in, p.mail, true);
		mime_envelope_put(&w, in, p.mail);
	}
	arena_fini(&a);
	return cpu_us() - start;
}

int
main(void)
{
	printf("%-26s %8s %12s %12s\n", "", "MB", "parts MB/s",
	    "with FETCH's");
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		struct str in = make(i);
		double us[2][ROUNDS];

		for (unsigned r = 0; r < ROUNDS; r++)
			for (unsigned s = 0; s < 2; s++)
				us[s][r] = once(in, s > 0);
		printf("%-26s %8.1f %12.0f %12.0f\n", mails[i].name,
		    (double)in.n / 1e6, (double)in.n / median(us[0], ROUNDS),
		    (double)in.n / median(us[1], ROUNDS));
		free((char *)in.p);
	}
	return 0;
}
