/*
 * What clamd may say.  Properties: an object is free only by its exact words;
 * however the answer is cut into pieces, it is the same; names and reasons
 * are visible.
 */

#include <assert.h>

#include "lane_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 2000 };

static bool
has(struct str s, struct str part)
{
	return s.n > 0 && memmem(s.p, s.n, part.p, part.n) != NULL;
}

static void
check_text(const char *s)
{
	for (; *s != '\0'; s++)
		assert(*s >= ' ' && *s <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, ones[INPUT_MAX];
	struct lane_talk whole = { .protocol = &scan_clamd,
	    .object = STR("hello"), .closes = true };
	struct lane_talk split = whole;

	if (n == 0 || n > INPUT_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		ones[i] = (struct str){ in.p + i, 1 };
	lane_talk(&whole, &in, 1);
	lane_talk(&split, ones, n);
	if (whole.rc <= 0)
		return 0;
	check_text(whole.result.name);
	check_text(whole.result.why);
	if (whole.result.status == SCAN_FREE)
		assert(has(in, STR("2: stream: OK\0")) ||
		    has(in, STR("]: OK\0")));
	if (strstr(whole.result.why, "more than it was asked") == NULL)
		assert(split.rc > 0 &&
		    split.result.status == whole.result.status &&
		    strcmp(split.result.name, whole.result.name) == 0);
	return 0;
}
