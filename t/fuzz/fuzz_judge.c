/*
 * What a command asks for and does.  Properties: the command as the proxy
 * sends it asks for and does the same, so that what was judged is what the
 * server gets; and what was there when a literal was announced is there when
 * the command is whole, so that nothing refused early would have been
 * permitted late.
 */

#include <assert.h>

#include "append.h"
#include "effect.h"
#include "emit.h"
#include "item.h"
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 4000, LINE_MAX_HERE = 4000,
	LITERAL_TAKEN = 3000,
	ARENA_HERE = 4 << 20,
};

struct judged {
	uint64_t items, extensions;
	bool deletes, text;
};

static struct judged
judge(const struct imap_command *c)
{
	return (struct judged){ imap_command_items(c),
	    imap_append_exts(c, IMAP_COMING_NONE), imap_may_delete(c),
	    imap_may_search_text(c) };
}

static bool
same(const struct judged *a, const struct judged *b)
{
	return a->items == b->items && a->extensions == b->extensions &&
	    a->deletes == b->deletes && a->text == b->text;
}

/* Is nothing of the one missing in the other? */
static bool
within(const struct judged *a, const struct judged *b)
{
	return (a->items & ~b->items) == 0 &&
	    (a->extensions & ~b->extensions) == 0 &&
	    a->deletes <= b->deletes && a->text <= b->text;
}

/*
 * The next command, literals collected; false at the end.  early: what was
 * known of it at its literals.
 */
static bool
next(struct imap_reader *r, struct str *in, struct judged *early)
{
	size_t used;

	*early = (struct judged){ 0 };
	for (;;) {
		enum imap_event e = imap_reader_feed(r, *in, &used);
		struct judged now;

		in->p += used;
		in->n -= used;
		switch (e) {
		case IMAP_EV_NEED:
		case IMAP_EV_FATAL:
			return false;
		case IMAP_EV_COMMAND:
			return true;
		case IMAP_EV_BAD:
			imap_reader_reset(r);
			*early = (struct judged){ 0 };
			break;
		case IMAP_EV_LITERAL:
			now = judge(&r->cmd);
			early->items |= now.items;
			early->extensions |= now.extensions;
			early->deletes |= now.deletes;
			early->text |= now.text;
			if (r->literal > LITERAL_TAKEN) {
				imap_reader_answer(r, IMAP_REFUSE);
				*early = (struct judged){ 0 };
			} else {
				imap_reader_answer(r, IMAP_COLLECT);
				/* as the session has it of an upload */
				r->node->mail = imap_commands[r->cmd.row].
				    flags & IMAP_CMD_UPLOAD;
			}
			break;
		}
	}
}

static void
arena_full(void *ctx)
{
	(void)ctx;
	__builtin_trap();
}

/* Is it an upload as the session takes it? */
static bool
taken(const struct imap_command *c)
{
	const struct imap_arg *a = imap_append_first(c);

	if (!(imap_commands[c->row].flags & IMAP_CMD_UPLOAD))
		return true;
	for (; a != NULL; a = a->next) {
		if (imap_arg_is(a, "UTF8") && a->next != NULL)
			a = a->next;
		else if ((a->kind == IMAP_ARG_LIST && !imap_append_flags(a)) ||
		    (a->kind == IMAP_ARG_QUOTED && !imap_append_date(a)))
			return false;
	}
	return true;
}

static void
check(struct arena *a, const struct imap_reader *r)
{
	struct judged whole = judge(&r->cmd), sent, early;
	struct imap_reader again;
	struct imap_wire wire;
	struct str text;

	imap_emit_command(a, STR("X1"), &r->cmd, r->utf8, &wire);
	text = wire.text;
	imap_reader_init(&again, a);
	again.max_line = SIZE_MAX / 2;
	again.utf8 = r->utf8;
	assert(next(&again, &text, &early) && text.n == 0);
	sent = judge(&again.cmd);
	assert(same(&whole, &sent));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct judged early, whole;
	struct imap_reader r;
	struct arena a;

	if (n == 0 || n > INPUT_MAX)
		return 0;
	arena_init(&a, ARENA_HERE, arena_full, NULL);
	imap_reader_init(&r, &a);
	r.max_line = LINE_MAX_HERE;
	r.utf8 = n % 2;
	while (next(&r, &in, &early)) {
		whole = judge(&r.cmd);
		if (taken(&r.cmd)) {
			assert(within(&early, &whole));
			check(&a, &r);
		}
		imap_reader_reset(&r);
	}
	arena_fini(&a);
	return 0;
}
