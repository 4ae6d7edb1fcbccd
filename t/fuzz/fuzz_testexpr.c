/*
 * Test expressions: what is read prints to a text that reads as the same, of
 * which no octet differs; what is refused has a reason and a place in the
 * text; reading one after the other always ends.
 */

#include <assert.h>

#include "testexpr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_again(const struct testexpr *e)
{
	char text[TESTEXPR_TEXT], twice[TESTEXPR_TEXT];
	struct testexpr again;

	testexpr_print(e, text);
	assert(strlen(text) < sizeof text - 1);
	assert(testexpr_parse(str_c(text), &again) == 0);
	assert(memcmp(e, &again, sizeof again) == 0);
	assert(strcmp(testexpr_print(&again, twice), text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	struct tm now = { .tm_year = 126, .tm_mday = 1 }, tm;
	struct testexpr e;
	size_t at = 0, last = 0, count = 0;
	int r;

	while ((r = testexpr_next(s, &at, &e)) > 0) {
		assert(at > last && at <= n && s.p[at - 1] == ';');
		last = at;
		count++;
		check_again(&e);
		if (testexpr_time(&e, &now, &tm))
			assert(tm.tm_mday >= 1 && tm.tm_mday <= 31);
	}
	if (r < 0)
		assert(e.why[0] != '\0' && e.at <= n);
	r = testexpr_parse(s, &e);
	assert((r == 0) == (e.why[0] == '\0'));
	assert(r < 0 || count == 1);
	return 0;
}
