#include <assert.h>
#include <stdio.h>

#include "emit.h"

enum {
	/* "{", 20 digits, "}" CRLF, "~" */
	LITERAL_HEAD = 26,
};

/* Text that grows in the arena; earlier copies are gone with the command. */
struct text {
	struct arena *a;
	char *p;
	size_t n, cap;
	size_t *stops;
	size_t nstops, capstops;
	bool utf8, upper;
};

static void
put(struct text *t, struct str s)
{
	if (t->n + s.n > t->cap) {
		size_t cap = (t->n + s.n) * 2 + 128;
		char *p = arena_alloc(t->a, cap);

		if (t->n > 0)
			memcpy(p, t->p, t->n);
		t->p = p;
		t->cap = cap;
	}
	if (s.n > 0)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void
put_char(struct text *t, char c)
{
	put(t, (struct str){ &c, 1 });
}

static void
put_stop(struct text *t)
{
	if (t->nstops == t->capstops) {
		size_t cap = t->capstops * 2 + 4;
		size_t *p = arena_alloc(t->a, cap * sizeof *p);

		if (t->nstops > 0)
			memcpy(p, t->stops, t->nstops * sizeof *p);
		t->stops = p;
		t->capstops = cap;
	}
	t->stops[t->nstops++] = t->n;
}

bool
imap_quotable(struct str s, bool utf8)
{
	if (s.n > IMAP_QUOTED_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			return false;
	}
	return !utf8 || str_utf8(s);
}

static void
put_quoted(struct text *t, struct str s)
{
	put_char(t, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			put_char(t, '\\');
		put_char(t, s.p[i]);
	}
	put_char(t, '"');
}

static void
put_literal(struct text *t, const struct imap_arg *a)
{
	char head[LITERAL_HEAD];
	uint64_t size = a->s.p ? a->s.n : a->size;
	int n = snprintf(head, sizeof head, "%s{%llu}\r\n",
	    a->kind == IMAP_ARG_LITERAL8 ? "~" : "",
	    (unsigned long long)size);

	put(t, (struct str){ head, (size_t)n });
	put_stop(t);
	if (a->s.p != NULL)
		put(t, a->s);
}

static void
put_atom(struct text *t, struct str s)
{
	if (!t->upper) {
		put(t, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		put_char(t, ascii_up(s.p[i]));
}

/* One argument without what it holds; true when a list was opened. */
static bool
put_open(struct text *t, const struct imap_arg *a)
{
	switch ((enum imap_arg_kind)a->kind) {
	case IMAP_ARG_ATOM:
		put_atom(t, a->s);
		return false;
	case IMAP_ARG_QUOTED:
	case IMAP_ARG_LITERAL:
		if (a->s.p != NULL && !a->mail &&
		    imap_quotable(a->s, t->utf8))
			put_quoted(t, a->s);
		else
			put_literal(t, a);
		return false;
	case IMAP_ARG_LITERAL8:
		put_literal(t, a);
		return false;
	case IMAP_ARG_LIST:
		put_char(t, '(');
		return true;
	case IMAP_ARG_SECTION:
		for (size_t i = 0; i < a->s.n; i++)
			put_char(t, ascii_up(a->s.p[i]));
		put_char(t, '[');
		return true;
	}
	return false;
}

static void
put_close(struct text *t, const struct imap_arg *a)
{
	put_char(t, a->kind == IMAP_ARG_LIST ? ')' : ']');
	if (a->partial.n > 0) {
		put_char(t, '<');
		put(t, a->partial);
		put_char(t, '>');
	}
}

/* The tree, without recursion: depth is bounded by the reader. */
static void
put_args(struct text *t, const struct imap_arg *a)
{
	enum { DEPTH = 64 };
	const struct imap_arg *stack[DEPTH + 1];
	size_t depth = 0;
	bool first = true;

	for (;;) {
		while (a == NULL) {
			if (depth == 0)
				return;
			a = stack[--depth];
			put_close(t, a);
			a = a->next;
			first = false;
		}
		if (!first || depth == 0)
			put_char(t, ' ');
		first = false;
		if (put_open(t, a)) {
			assert(depth <= DEPTH);
			stack[depth++] = a;
			a = a->list;
			first = true;
		} else {
			a = a->next;
		}
	}
}

static void
finish(struct text *t, bool end, struct imap_wire *w_r)
{
	if (end)
		put(t, STR("\r\n"));
	*w_r = (struct imap_wire){
		.text = { t->p, t->n }, .stops = t->stops, .nstops = t->nstops,
	};
}

static bool
ends_streamed(const struct imap_arg *a)
{
	/* UTF8 (~{n}: the streamed literal is the last of a last list */
	while (a != NULL && (a->next != NULL || a->kind == IMAP_ARG_LIST))
		a = a->next != NULL ? a->next : a->list;
	return a != NULL && a->kind >= IMAP_ARG_LITERAL &&
	    a->kind <= IMAP_ARG_LITERAL8 && a->s.p == NULL;
}

void
imap_emit_command(struct arena *a, struct str tag,
    const struct imap_command *c, bool utf8, struct imap_wire *w_r)
{
	struct text t = { .a = a, .utf8 = utf8 };

	put(&t, tag);
	put(&t, c->uid ? STR(" UID ") : STR(" "));
	t.upper = true;
	put_atom(&t, c->word);
	t.upper = false;
	put_args(&t, c->args);
	if (ends_streamed(c->args)) {
		/* nothing may follow the header: closing brackets come later */
		t.n = t.stops[t.nstops - 1];
		finish(&t, false, w_r);
	} else {
		finish(&t, true, w_r);
	}
}

void
imap_emit_more(struct arena *a, const struct imap_arg *first, bool utf8,
    unsigned how, struct imap_wire *w_r)
{
	struct text t = { .a = a, .utf8 = utf8 };

	if (how & IMAP_MORE_CLOSE)
		put_char(&t, ')');
	put_args(&t, first);
	if (ends_streamed(first))
		t.n = t.stops[t.nstops - 1];
	finish(&t, how & IMAP_MORE_END, w_r);
}
