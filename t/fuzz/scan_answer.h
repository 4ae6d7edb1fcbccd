#ifndef SCAN_ANSWER_H
#define SCAN_ANSWER_H

/*
 * What the fuzzers of scanners' answers share.  Properties: however an answer
 * is cut into pieces, it is the same; names and reasons are visible; a score
 * lies in its range.
 */

#include <assert.h>

#include "lane_talk.h"

enum { SCAN_ANSWER_MAX = 2000 };

static inline bool
scan_answer_has(struct str s, struct str part)
{
	return s.n > 0 && memmem(s.p, s.n, part.p, part.n) != NULL;
}

static inline void
scan_answer_text(const char *s)
{
	for (; *s != '\0'; s++)
		assert(*s >= ' ' && *s <= '~');
}

/* The word on "hello", or NULL: there is none. */
static inline const struct scan_result *
scan_answer(const struct scan_protocol *p, struct str in)
{
	static struct lane_talk whole, split;
	struct str ones[SCAN_ANSWER_MAX];
	const struct scan_result *r = &whole.result;

	whole = split = (struct lane_talk){ .protocol = p,
	    .object = STR("hello"), .closes = true };
	if (in.n == 0 || in.n > SCAN_ANSWER_MAX)
		return NULL;
	for (size_t i = 0; i < in.n; i++)
		ones[i] = (struct str){ in.p + i, 1 };
	lane_talk(&whole, &in, 1);
	lane_talk(&split, ones, in.n);
	if (whole.rc <= 0)
		return NULL;
	scan_answer_text(r->name);
	scan_answer_text(r->why);
	assert(r->score == SCAN_SCORE_UNKNOWN ||
	    (r->score >= 0 && r->score <= SCAN_SCORE_MAX * 1000));
	/* what comes behind an answer depends on when it comes */
	if (strstr(r->why, "more than it was asked") == NULL)
		assert(split.rc > 0 && split.result.status == r->status &&
		    split.result.score == r->score &&
		    strcmp(split.result.name, r->name) == 0);
	return r;
}

#endif
