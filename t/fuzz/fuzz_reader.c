/*
 * The reader of client commands.  Properties: however the input is cut, the
 * events are the same; and a command as the proxy writes it is one command
 * again, which is written the same way once more, with one CRLF outside its
 * literals.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "emit.h"
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 4000, LINE_MAX_HERE = 2000,
	LITERAL_TAKEN = 3000,
	ARENA_HERE = 4 << 20,
	TRACE_MAX = 1 << 16,
};

/* What happened, as text. */
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
arena_full(void *ctx)
{
	(void)ctx;
	abort();
}

static bool
is_upload(const struct imap_command *c)
{
	return imap_commands[c->row].flags & IMAP_CMD_UPLOAD;
}

/* Read text, collecting literals, as exactly one command. */
static void
read_again(struct arena *a, struct str text, bool utf8,
    struct imap_reader *r)
{
	enum imap_event e;
	size_t used, at = 0;

	imap_reader_init(r, a);
	r->max_line = SIZE_MAX / 2;
	r->utf8 = utf8;
	while ((e = imap_reader_feed(r, (struct str){ text.p + at,
	    text.n - at }, &used)) == IMAP_EV_LITERAL) {
		at += used;
		imap_reader_answer(r, IMAP_COLLECT);
	}
	assert(e == IMAP_EV_COMMAND && at + used == text.n);
}

static void
check_command(struct arena *a, const struct imap_reader *r, struct trace *t)
{
	struct imap_wire once, twice;
	struct imap_reader again;

	imap_emit_command(a, STR("X1"), &r->cmd, r->utf8, &once);
	say(t, once.text);
	if (is_upload(&r->cmd))
		return;		/* its octets went past the reader */
	read_again(a, once.text, r->utf8, &again);
	assert(again.cmd.row == r->cmd.row && again.cmd.uid == r->cmd.uid);
	imap_emit_command(a, STR("X1"), &again.cmd, r->utf8, &twice);
	assert(str_eq(once.text, twice.text));
	assert(once.nstops == twice.nstops);
}

/* Answers that depend on the input alone, so that all cuts agree. */
static uint64_t
answer(struct imap_reader *r)
{
	if (r->literal > LITERAL_TAKEN || r->literal % 5 == 1) {
		imap_reader_answer(r, IMAP_REFUSE);
		return 0;
	}
	if (is_upload(&r->cmd)) {
		imap_reader_answer(r, IMAP_STREAM);
		return r->literal;
	}
	imap_reader_answer(r, IMAP_COLLECT);
	return 0;
}

static void
say_event(struct trace *t, const struct imap_reader *r, enum imap_event e)
{
	char text[64];
	int n = snprintf(text, sizeof text, "[%d %d]", e,
	    e == IMAP_EV_LITERAL ? (int)r->literal : 0);

	say(t, (struct str){ text, (size_t)n });
	if (e != IMAP_EV_FATAL)
		say(t, r->cmd.tag);
}

/* What is in in; how much of it was used. -1: the stream is over. */
static int64_t
feed(struct arena *a, struct imap_reader *r, struct str in, uint64_t *stream,
    struct trace *t)
{
	size_t at = 0, used;

	for (;;) {
		size_t skip = *stream < in.n - at ? *stream : in.n - at;
		enum imap_event e;

		at += skip;
		*stream -= skip;
		if (*stream > 0)
			return (int64_t)at;
		e = imap_reader_feed(r, (struct str){ in.p + at, in.n - at },
		    &used);
		assert(used <= in.n - at);
		at += used;
		if (e == IMAP_EV_NEED)
			return (int64_t)at;
		say_event(t, r, e);
		if (e == IMAP_EV_FATAL)
			return -1;
		if (e == IMAP_EV_LITERAL) {
			*stream = answer(r);
			continue;
		}
		if (e == IMAP_EV_COMMAND)
			check_command(a, r, t);
		imap_reader_reset(r);
	}
}

static void
run(struct str in, bool utf8, size_t step, struct trace *t)
{
	struct arena a;
	struct imap_reader r;
	uint64_t stream = 0;
	size_t head = 0, tail = 0;

	t->n = 0;
	arena_init(&a, ARENA_HERE, arena_full, NULL);
	imap_reader_init(&r, &a);
	r.max_line = LINE_MAX_HERE;
	r.utf8 = utf8;
	while (tail < in.n) {
		int64_t used;

		tail = in.n - tail < step ? in.n : tail + step;
		used = feed(&a, &r, (struct str){ in.p + head, tail - head },
		    &stream, t);
		if (used < 0)
			break;
		head += (size_t)used;
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct trace whole, cut;
	static const size_t steps[] = { 1, 7 };
	struct str in = { (const char *)data, n };
	bool utf8 = n % 2;

	if (n == 0 || n > INPUT_MAX)
		return 0;
	run(in, utf8, n, &whole);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		run(in, utf8, steps[i], &cut);
		assert(whole.n == cut.n &&
		    memcmp(whole.text, cut.text, cut.n) == 0);
	}
	return 0;
}
