#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "vis.h"

static int tests, failed;

static void
report(bool ok, const char *fmt, va_list ap)
{
	char name[512];

	if (tests++ == 0)
		setvbuf(stdout, NULL, _IOLBF, 0);
	vsnprintf(name, sizeof name, fmt, ap);
	for (char *p = name; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '#')
			*p = '.';
	printf("%sok %d - %s\n", ok ? "" : "not ", tests, name);
	failed += !ok;
}

#define REPORT(ok, fmt) do { \
	va_list ap_; \
	va_start(ap_, fmt); \
	report(ok, fmt, ap_); \
	va_end(ap_); \
} while (0)

bool
tap_ok(bool ok, const char *fmt, ...)
{
	REPORT(ok, fmt);
	return ok;
}

bool
tap_int(int64_t want, int64_t seen, const char *fmt, ...)
{
	REPORT(want == seen, fmt);
	if (want != seen)
		tap_diag("wanted %" PRId64 ", seen %" PRId64, want, seen);
	return want == seen;
}

bool
tap_str(struct str want, struct str seen, const char *fmt, ...)
{
	bool ok = (want.p == NULL) == (seen.p == NULL) && str_eq(want, seen);
	static char a[65536], b[65536];

	REPORT(ok, fmt);
	if (!ok)
		tap_diag("wanted \"%s\"\n  seen \"%s\"",
		    want.p ? vis(a, sizeof a, want) : "(null)",
		    seen.p ? vis(b, sizeof b, seen) : "(null)");
	return ok;
}

bool
tap_cstr(const char *want, const char *seen, const char *fmt, ...)
{
	bool ok = want == NULL || seen == NULL ? want == seen :
	    strcmp(want, seen) == 0;

	REPORT(ok, fmt);
	if (!ok)
		tap_diag("wanted \"%s\"\n  seen \"%s\"",
		    want ? want : "(null)", seen ? seen : "(null)");
	return ok;
}

void
tap_diag(const char *fmt, ...)
{
	char text[140000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s\n", line);
}

void
tap_skip(const char *why, const char *name)
{
	printf("ok %d - %s # SKIP %s\n", ++tests, name, why);
}

int
tap_done(void)
{
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}

static bool
same(const struct tap_feed *f, const struct str *pieces, size_t n,
    const char *want, size_t at)
{
	char *got = f->feed(f->ctx, pieces, n);
	bool ok = strcmp(got, want) == 0;

	if (!ok)
		tap_diag("split at %zu of %zu pieces\nwanted %s\n  seen %s", at,
		    n, want, got);
	free(got);
	return ok;
}

char *
tap_feed_split(const struct tap_feed *f, struct str input, const char *name)
{
	char *want = f->feed(f->ctx, &input, 1);
	struct str *one = calloc(input.n + 1, sizeof *one);
	bool ok = true;

	for (size_t i = 0; i < input.n; i++)
		one[i] = (struct str){ input.p + i, 1 };
	ok = same(f, one, input.n, want, 0);
	for (size_t i = 1; ok && i < input.n; i++) {
		struct str two[] = {
			{ input.p, i }, { input.p + i, input.n - i },
		};

		ok = same(f, two, 2, want, i);
	}
	free(one);
	tap_ok(ok, "%s, however it is split", name);
	return want;
}
