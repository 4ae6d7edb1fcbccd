#ifndef FEED_READER_H
#define FEED_READER_H

/*
 * A client's octets through the reader, piece by piece, and what came of them
 * as text, for tests: "C tag WORD args", "B tag why", "L size", "F why".
 */

#include <stdio.h>
#include <stdlib.h>

#include "reader.h"
#include "tap.h"

struct feed {
	size_t max_line;
	bool utf8;
	enum imap_answer answer;	/* to every literal */
	bool refuse_too_big;		/* and those over 64 KB are refused */
};

struct render {
	char *p;
	size_t n;
	FILE *f;
};

static inline void
render_str(FILE *f, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7f)
			fprintf(f, "\\x%02x", c);
		else
			putc(c, f);
	}
}

static inline void
render_one(FILE *f, const struct imap_arg *a)
{
	static const char mark[] = " QL8";

	if (a->kind == IMAP_ARG_ATOM) {
		render_str(f, a->s);
		return;
	}
	fprintf(f, "%c", mark[a->kind]);
	if (a->s.p == NULL)
		fprintf(f, "<%llu>", (unsigned long long)a->size);
	else {
		putc('\'', f);
		render_str(f, a->s);
		putc('\'', f);
	}
}

/* Recursion is as deep as the reader lets lists be. */
static inline void
render_args(FILE *f, const struct imap_arg *a)
{
	for (const char *sp = ""; a != NULL; a = a->next, sp = " ") {
		fputs(sp, f);
		if (a->kind < IMAP_ARG_LIST) {
			render_one(f, a);
			continue;
		}
		render_str(f, a->s);
		putc(a->kind == IMAP_ARG_LIST ? '(' : '[', f);
		render_args(f, a->list);
		putc(a->kind == IMAP_ARG_LIST ? ')' : ']', f);
		if (a->partial.n > 0)
			fprintf(f, "<%.*s>", STR_ARG(a->partial));
	}
}

static inline void
render_event(FILE *f, const struct imap_reader *r, enum imap_event e)
{
	const struct imap_command *c = &r->cmd;

	switch (e) {
	case IMAP_EV_COMMAND:
		fprintf(f, "C %.*s %s%s", STR_ARG(c->tag),
		    imap_commands[c->row].name, c->args ? " " : "");
		render_args(f, c->args);
		fputs("\n", f);
		break;
	case IMAP_EV_BAD:
		fprintf(f, "B %.*s: %s\n",
		    r->tag_read ? (int)c->tag.n : 1,
		    r->tag_read ? c->tag.p : "*", r->why);
		break;
	case IMAP_EV_FATAL:
		fprintf(f, "F %s%s\n", r->why, r->too_big ? " (size)" : "");
		break;
	case IMAP_EV_LITERAL:
		fprintf(f, "L %s%s\n", r->sync ? "sync" : "now",
		    r->literal8 ? " 8" : "");
		break;
	case IMAP_EV_NEED:
		break;
	}
}

static inline void
answer(struct imap_reader *r, const struct feed *o, size_t *skip)
{
	enum imap_answer say = o->answer;

	if (o->refuse_too_big && r->literal > 65536)
		say = IMAP_REFUSE;
	if (say == IMAP_STREAM)
		*skip = (size_t)r->literal;
	imap_reader_answer(r, say);
}

/* Use what is pending; false once the stream is dead. */
static inline bool
use(struct imap_reader *r, const struct feed *o, struct str *in, size_t *skip,
    FILE *f)
{
	enum imap_event e;
	size_t used;

	for (;;) {
		size_t n = *skip < in->n ? *skip : in->n;

		in->p += n;
		in->n -= n;
		*skip -= n;
		if (*skip > 0)
			return true;
		e = imap_reader_feed(r, *in, &used);
		in->p += used;
		in->n -= used;
		render_event(f, r, e);
		if (e == IMAP_EV_FATAL)
			return false;
		if (e == IMAP_EV_NEED)
			return true;
		if (e == IMAP_EV_LITERAL)
			answer(r, o, skip);
		else
			imap_reader_reset(r);
	}
}

static inline char *
feed_reader(void *ctx, const struct str *pieces, size_t n)
{
	const struct feed *o = ctx;
	struct arena a;
	struct imap_reader r;
	size_t total = 0, fill = 0, skip = 0;
	char *in, *out = NULL;
	size_t out_n;
	FILE *f = open_memstream(&out, &out_n);

	for (size_t i = 0; i < n; i++)
		total += pieces[i].n;
	in = malloc(total + 1);
	arena_init(&a, 64 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = o->max_line ? o->max_line : 65536;
	r.utf8 = o->utf8;

	struct str pending = { in, 0 };

	for (size_t i = 0; i < n; i++) {
		memcpy(in + fill, pieces[i].p, pieces[i].n);
		fill += pieces[i].n;
		pending.n = (size_t)(in + fill - pending.p);
		if (!use(&r, o, &pending, &skip, f))
			break;
	}
	fclose(f);
	arena_fini(&a);
	free(in);
	return out;
}

#endif
