/*
 * The reader of a server's responses.  Properties: however the input is cut,
 * the events are the same; no event takes or shows octets it was not given;
 * no token holds a line end.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 4000, TRACE_MAX = 1 << 17 };

struct trace {
	char text[TRACE_MAX];
	size_t n;
};

static void
say(struct trace *t, struct str s)
{
	if (s.n == 0 || t->n + s.n > sizeof t->text)
		return;
	memcpy(t->text + t->n, s.p, s.n);
	t->n += s.n;
}

static void
say_event(struct trace *t, const struct imap_response *r,
    enum imap_resp_event e)
{
	bool token = e == IMAP_RESP_TOKEN;
	char text[64];
	int n = snprintf(text, sizeof text, "[%d %d %d]", e,
	    token ? (int)r->kind : 0, e == IMAP_RESP_BEGIN ? (int)r->row : 0);

	say(t, (struct str){ text, (size_t)n });
	if (token)
		say(t, r->token);
	if (e == IMAP_RESP_STATUS || e == IMAP_RESP_CONTINUE ||
	    e == IMAP_RESP_ITEM)
		say(t, r->text);
	if (e == IMAP_RESP_STATUS) {
		say(t, r->tag);
		say(t, r->code);
		say(t, r->code_args);
	}
}

/* An event's slices lie in the octets it took. */
static void
check_slice(struct str in, size_t used, struct str s)
{
	assert(s.n == 0 || (s.p >= in.p && s.p + s.n <= in.p + used));
}

static void
check_event(const struct imap_response *r, enum imap_resp_event e,
    struct str in, size_t used)
{
	if (e == IMAP_RESP_NEED || e == IMAP_RESP_ERROR)
		return;
	assert(used > 0 && used <= in.n);
	if (e == IMAP_RESP_TOKEN)
		check_slice(in, used, r->token);
	if (e == IMAP_RESP_STATUS || e == IMAP_RESP_CONTINUE ||
	    e == IMAP_RESP_ITEM)
		check_slice(in, used, r->text);
	if (e == IMAP_RESP_STATUS) {
		check_slice(in, used, r->tag);
		check_slice(in, used, r->code);
		check_slice(in, used, r->code_args);
	}
	/* only these hold a line end */
	if ((e == IMAP_RESP_TOKEN && r->kind != IMAP_TOK_LITERAL) ||
	    e == IMAP_RESP_ITEM ||
	    e == IMAP_RESP_BEGIN)
		assert(memchr(in.p, '\n', used) == NULL);
}

/* What is in in; how much was used, -1 after an error. */
static int64_t
feed(struct imap_response *r, struct str in, uint64_t *literal,
    struct trace *t)
{
	size_t at = 0, used;

	for (;;) {
		size_t skip = *literal < in.n - at ? *literal : in.n - at;
		struct str rest = { in.p + at + skip, in.n - at - skip };
		enum imap_resp_event e;

		at += skip;
		*literal -= skip;
		if (*literal > 0)
			return (int64_t)at;
		e = imap_response_next(r, rest, &used);
		check_event(r, e, rest, used);
		at += used;
		if (e == IMAP_RESP_NEED)
			return (int64_t)at;
		say_event(t, r, e);
		if (e == IMAP_RESP_ERROR)
			return -1;
		if (e == IMAP_RESP_LITERAL)
			*literal = r->size;
	}
}

static void
run(struct str in, size_t step, struct trace *t)
{
	struct imap_response r;
	uint64_t literal = 0;
	size_t head = 0, tail = 0;

	t->n = 0;
	imap_response_init(&r);
	while (tail < in.n) {
		/* exactly what has come, so that reading past it shows */
		char *have;
		int64_t used;

		tail = in.n - tail < step ? in.n : tail + step;
		have = malloc(tail - head);
		assert(have != NULL);
		memcpy(have, in.p + head, tail - head);
		used = feed(&r, (struct str){ have, tail - head }, &literal,
		    t);
		free(have);
		if (used < 0)
			break;
		head += (size_t)used;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct trace whole, cut;
	static const size_t steps[] = { 1, 7 };
	struct str in = { (const char *)data, n };

	if (n == 0 || n > INPUT_MAX)
		return 0;
	run(in, n, &whole);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		run(in, steps[i], &cut);
		assert(whole.n == cut.n &&
		    memcmp(whole.text, cut.text, cut.n) == 0);
	}
	return 0;
}
