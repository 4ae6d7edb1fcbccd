#ifndef HTML_OUT_H
#define HTML_OUT_H

/*
 * Octets written to memory that has a limit.  What does not fit is left out
 * and remembered, so that writers need not ask after each word.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct html_out {
	char *p;		/* malloc'd, grown as needed */
	size_t n, room, max;
	bool full;		/* more than max was written */
};

void html_out_init(struct html_out *o, size_t max);
void html_out_fini(struct html_out *o);
void html_out_grow(struct html_out *o, size_t n);

static inline void
html_put(struct html_out *o, struct str s)
{
	if (s.n > o->room - o->n)
		html_out_grow(o, s.n);
	if (o->full || s.n == 0)
		return;
	memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

static inline void
html_put_char(struct html_out *o, char c)
{
	if (o->n == o->room)
		html_out_grow(o, 1);
	if (!o->full)
		o->p[o->n++] = c;
}

/* Back to what it was when it had n octets. */
static inline void
html_out_cut(struct html_out *o, size_t n)
{
	if (n < o->n)
		o->n = n;
}

/* What was written since it had `from` octets. */
static inline struct str
html_out_str(const struct html_out *o, size_t from)
{
	return from < o->n ? (struct str){ o->p + from, o->n - from } :
	    STR("");
}

/*
 * Text, without controls, with the line ends HTML has.  < and > become
 * references; references of the text stay as they are unless raw, when & is
 * an octet like others.
 */
void html_put_text(struct html_out *o, struct str text, bool raw);
/* A value in double quotes. */
void html_put_quoted(struct html_out *o, struct str value);
/* A code point as UTF-8; what is none becomes U+FFFD. */
void html_put_rune(struct html_out *o, uint32_t c);

#endif
