/*
 * The reader of a server's responses.  Properties: however the input is cut,
 * the events are the same; no event takes or shows octets it was not given;
 * no token holds a line end; and what is written from the events is read as
 * the same events.
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

/* ---- written again ------------------------------------------------------- */

static void
write_status(struct trace *w, const struct imap_response *r)
{
	static const char names[][8] = { "OK", "NO", "BAD", "BYE",
	    "PREAUTH" };

	say(w, r->tag.n > 0 ? r->tag : STR("*"));
	say(w, STR(" "));
	say(w, str_c(names[r->status]));
	say(w, STR(" "));
	if (r->code.p != NULL) {
		say(w, STR("["));
		say(w, r->code);
		say(w, r->code_args.n > 0 ? STR(" ") : STR(""));
		say(w, r->code_args);
		say(w, STR("] "));
	}
	say(w, r->text);
	say(w, STR("\r\n"));
}

static void
write_literal(struct trace *w, const struct imap_response *r, bool octets)
{
	char head[32];
	int n = snprintf(head, sizeof head, "%s{%llu}\r\n",
	    r->literal8 ? "~" : "", (unsigned long long)r->size);

	say(w, (struct str){ head, (size_t)n });
	if (octets)
		say(w, r->token);
	else
		for (uint64_t i = 0; i < r->size && i < INPUT_MAX; i++)
			say(w, STR("x"));
}

static void
write_begin(struct trace *w, const struct imap_response *r)
{
	char number[24];
	int n = snprintf(number, sizeof number, "%llu ",
	    (unsigned long long)r->number);

	say(w, STR("* "));
	if (r->has_number)
		say(w, (struct str){ number, (size_t)n });
	say(w, r->name);
}

static void
write_token(struct trace *w, const struct imap_response *r)
{
	struct str quote = r->kind == IMAP_TOK_QUOTED ? STR("\"") : STR("");

	if (r->kind == IMAP_TOK_LITERAL) {
		write_literal(w, r, true);
		return;
	}
	say(w, quote);
	say(w, r->token);
	say(w, quote);
}

static void
write_event(struct trace *w, const struct imap_response *r,
    enum imap_resp_event e)
{
	switch (e) {
	case IMAP_RESP_STATUS: write_status(w, r); break;
	case IMAP_RESP_CONTINUE:
		say(w, STR("+ "));
		say(w, r->text);
		say(w, STR("\r\n"));
		break;
	case IMAP_RESP_BEGIN: write_begin(w, r); break;
	case IMAP_RESP_ITEM: say(w, r->text); break;
	case IMAP_RESP_TOKEN: write_token(w, r); break;
	case IMAP_RESP_LITERAL: write_literal(w, r, false); break;
	case IMAP_RESP_END: say(w, STR("\r\n")); break;
	case IMAP_RESP_NEED:
	case IMAP_RESP_ERROR: break;
	}
}

/* ---- read ---------------------------------------------------------------- */

/* What came of it, and the same written again. */
static struct trace written;

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
		if (e == IMAP_RESP_ERROR)
			return -1;
		say_event(t, r, e);
		write_event(&written, r, e);
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

	t->n = written.n = 0;
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
	static struct trace whole, cut, first;
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
	/* the last octets may be half a line in either */
	memcpy(first.text, written.text, first.n = written.n);
	if (first.n == sizeof first.text)
		return 0;
	run((struct str){ first.text, first.n }, first.n + 1, &cut);
	assert(cut.n <= whole.n && memcmp(whole.text, cut.text, cut.n) == 0);
	if (first.n > 0 && first.text[first.n - 1] == '\n')
		assert(cut.n == whole.n);
	return 0;
}
