/* What engines say, cleaned and combined. */

#include <math.h>

#include "tap.h"
#include "verdict.h"

static const struct {
	const char *in;
	int32_t want;		/* -1: none */
} scores[] = {
	{ "0", 0 }, { "0.0", 0 }, { "5", 5000 }, { "15.0", 15000 },
	{ "4.25", 4250 }, { "4.2567", 4256 }, { "-1.5", 0 }, { "-0", 0 },
	{ "1000.0", 1000000 }, { "9999.9", 9999900 },
	{ "10000.5", 10000000 }, { "4000000000", 10000000 },
	{ "", -1 }, { "-", -1 }, { ".5", -1 }, { "5.", -1 }, { "+5", -1 },
	{ "1e3", -1 }, { "nan", -1 }, { "inf", -1 }, { "0x10", -1 },
	{ "1.2.3", -1 }, { " 1", -1 }, { "1 ", -1 }, { "--1", -1 },
	{ "99999999999999999999", -1 },
};

static void
test_scores(void)
{
	struct scan_result r;

	for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
		r.score = -1;
		tap_int(scores[i].want >= 0, scan_score(&r,
		    str_c(scores[i].in)), "'%s' is a score, or none",
		    scores[i].in);
		tap_int(scores[i].want, r.score, "'%s'", scores[i].in);
	}
	tap_ok(!scan_score_of(&r, NAN), "not a number");
	tap_ok(scan_score_of(&r, INFINITY) && r.score == 10000000,
	    "more than any");
	tap_ok(scan_score_of(&r, -INFINITY) && r.score == 0, "less than any");
	tap_ok(scan_score_of(&r, 7.1995) && r.score == 7200, "rounded");
}

/* Letters: f(ound) c(lean) s(kipped) u(nknown) e(rror). */
static const struct {
	const char *all, *kernun, *careful, *joined;
} combined[] = {
	{ "c", "c", "c", "c" },
	{ "e", "e", "e", "e" },
	{ "cf", "f", "f", "f" },
	{ "ef", "f", "f", "f" },
	{ "cs", "c", "s", "s" },
	{ "cu", "c", "u", "u" },
	{ "ce", "c", "e", "e" },
	{ "su", "s", "u", "u" },
	{ "se", "s", "e", "e" },
	{ "ue", "u", "e", "e" },
	{ "suce", "c", "e", "e" },
	{ "eusc", "c", "e", "e" },
	{ "escuf", "f", "f", "f" },
	{ "ccc", "c", "c", "c" },
};

static enum scan_status
status_of(char c)
{
	return (enum scan_status)(strchr("fcsue", c) - "fcsue");
}

static void
test_combined(void)
{
	for (size_t i = 0; i < sizeof combined / sizeof *combined; i++) {
		const char *all = combined[i].all;
		struct scan_result r[8], joined;
		const struct scan_result *list[8];
		size_t n = strlen(all);

		for (size_t k = 0; k < n; k++) {
			scan_say(&r[k], status_of(all[k]), STR_NULL, STR_NULL);
			r[k].ms = 10;
			list[k] = &r[k];
		}
		tap_int(status_of(*combined[i].kernun),
		    list[scan_combine(list, n, false)]->status,
		    "%s combined", all);
		tap_int(status_of(*combined[i].careful),
		    list[scan_combine(list, n, true)]->status,
		    "%s when all are required", all);
		joined = r[0];
		for (size_t k = 1; k < n; k++)
			scan_join(&joined, &r[k]);
		tap_int(status_of(*combined[i].joined), joined.status,
		    "%s of one engine", all);
		tap_int((int64_t)(10 * n), joined.ms, "and its time");
	}
}

int
main(void)
{
	struct scan_result r;
	char big[1000];

	scan_say(&r, SCAN_FOUND, STR("a\r\nX: \"b\"\xff"), STR_NULL);
	tap_cstr("a\\x0D\\x0AX: \\\"b\\\"\\xFF", r.name, "a name is cleaned");
	tap_cstr("", r.why, "and there is no reason");
	memset(big, 'x', sizeof big);
	scan_say(&r, SCAN_ERROR, STR_NULL, (struct str){ big, sizeof big });
	tap_int(SCAN_WHY - 1, (int64_t)strlen(r.why), "a reason is cut");
	tap_cstr("error", scan_status_name(r.status), "a status has a name");
	test_scores();
	test_combined();
	return tap_done();
}
