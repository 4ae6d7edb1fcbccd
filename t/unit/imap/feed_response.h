#ifndef FEED_RESPONSE_H
#define FEED_RESPONSE_H

/*
 * A server's octets through the reader, piece by piece, and what came of them
 * as text, for tests.  Tokens of data are written as they would be sent on.
 */

#include <stdio.h>
#include <stdlib.h>

#include "response.h"
#include "tap.h"

static inline void
show(FILE *f, struct str s)
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
show_status(FILE *f, const struct imap_response *r)
{
	static const char names[][8] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

	fprintf(f, "%.*s %s", r->tag.n ? (int)r->tag.n : 1,
	    r->tag.n ? r->tag.p : "*", names[r->status]);
	if (r->code.p != NULL) {
		fputs(" [", f);
		show(f, r->code);
		fputs(r->code_args.n ? " " : "", f);
		show(f, r->code_args);
		fputs("]", f);
	}
	fputs(r->cut ? " cut" : " ", f);
	show(f, r->text);
	fputs("\n", f);
}

static inline void
show_event(FILE *f, const struct imap_response *r, enum imap_resp_event e)
{
	switch (e) {
	case IMAP_RESP_NEED:
		break;
	case IMAP_RESP_ERROR:
		fprintf(f, "! %s\n", r->why);
		break;
	case IMAP_RESP_CONTINUE:
		fputs("+ ", f);
		show(f, r->text);
		fputs("\n", f);
		break;
	case IMAP_RESP_STATUS:
		show_status(f, r);
		break;
	case IMAP_RESP_BEGIN:
		fputs("* ", f);
		if (r->has_number)
			fprintf(f, "%llu ", (unsigned long long)r->number);
		fputs(r->row == IMAP_DATA_UNKNOWN ? "?" : "", f);
		show(f, r->name);
		break;
	case IMAP_RESP_ITEM:
		fputs("@", f);
		show(f, r->text);
		break;
	case IMAP_RESP_TOKEN:
		fputs(r->kind == IMAP_TOK_QUOTED ? "\"" :
		    r->kind == IMAP_TOK_LITERAL ? "L'" : "", f);
		show(f, r->token);
		fputs(r->kind == IMAP_TOK_QUOTED ? "\"" :
		    r->kind == IMAP_TOK_LITERAL ? "'" : "", f);
		break;
	case IMAP_RESP_LITERAL:
		fprintf(f, "%s{%llu}", r->literal8 ? "~" : "",
		    (unsigned long long)r->size);
		break;
	case IMAP_RESP_END:
		fputs("\n", f);
		break;
	}
}

/* Use what is pending; false once the stream is dead. */
static inline bool
use(struct imap_response *r, struct str *in, uint64_t *skip, FILE *f)
{
	enum imap_resp_event e;
	size_t used;

	for (;;) {
		size_t n = *skip < in->n ? (size_t)*skip : in->n;

		in->p += n;
		in->n -= n;
		*skip -= n;
		if (*skip > 0)
			return true;
		e = imap_response_next(r, *in, &used);
		show_event(f, r, e);
		in->p += used;
		in->n -= used;
		if (e == IMAP_RESP_ERROR)
			return false;
		if (e == IMAP_RESP_NEED)
			return true;
		if (e == IMAP_RESP_LITERAL)
			*skip = r->size;
	}
}

static inline char *
feed_response(void *ctx, const struct str *pieces, size_t n)
{
	struct imap_response r;
	size_t total = 0, fill = 0, out_n;
	uint64_t skip = 0;
	char *in, *out = NULL;
	FILE *f = open_memstream(&out, &out_n);

	(void)ctx;
	for (size_t i = 0; i < n; i++)
		total += pieces[i].n;
	in = malloc(total + 1);
	imap_response_init(&r);

	struct str pending = { in, 0 };

	for (size_t i = 0; i < n; i++) {
		memcpy(in + fill, pieces[i].p, pieces[i].n);
		fill += pieces[i].n;
		pending.n = (size_t)(in + fill - pending.p);
		if (!use(&r, &pending, &skip, f))
			break;
	}
	fclose(f);
	free(in);
	return out;
}

#endif
