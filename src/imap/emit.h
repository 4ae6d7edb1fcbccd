#ifndef EMIT_H
#define EMIT_H

/*
 * Commands and strings as the proxy writes them: own tag, single blanks,
 * canonical words, CRLF, strings quoted where they can be and else as
 * literals that the server has to ask for (RFC 9051 section 4.3).
 */

#include "arena.h"
#include "arg.h"

enum {
	/* Longer strings go as literals: no server's line limit is near. */
	IMAP_QUOTED_MAX = 1000,
};

/*
 * A command's text in the arena.  stops[i] is an offset just behind a "{n}"
 * CRLF: the sender waits for "+" before it sends on.
 */
struct imap_wire {
	struct str text;
	const size_t *stops;
	size_t nstops;
};

/*
 * The whole command.  An argument the reader streamed must be the last: the
 * text then ends behind its header, which is the last stop, and what follows
 * it is the caller's.
 */
void imap_emit_command(struct arena *a, struct str tag,
    const struct imap_command *c, bool utf8, struct imap_wire *w_r);
/* What comes before and behind the arguments of imap_emit_more(). */
enum { IMAP_MORE_CLOSE = 1, IMAP_MORE_END = 2 };
/*
 * From argument first on, with the blank before it: what follows a streamed
 * literal.  CLOSE: after the bracket of the list it stood in; END: with CRLF.
 */
void imap_emit_more(struct arena *a, const struct imap_arg *first, bool utf8,
    unsigned how, struct imap_wire *w_r);

/* May s stand between quotes in this state? */
bool imap_quotable(struct str s, bool utf8);

#endif
