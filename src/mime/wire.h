#ifndef WIRE_H
#define WIRE_H

/*
 * Values of a mail's fields as strings of IMAP (RFC 9051 section 4.3), in a
 * text that grows in an arena.  What can stand between quotes is quoted, the
 * rest is a literal.  NUL, which neither may hold, becomes U+FFFD, as with
 * Dovecot.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

enum {
	/*
	 * A hundred times what large mails take.  An octet of a field can
	 * take forty: what is shown for an address that is missing.
	 */
	MIME_WIRE_MAX = 16 << 20,
};

struct mime_wire {
	struct arena *arena;
	char *p;
	size_t n, room;
	bool full;		/* more than MIME_WIRE_MAX, and so nothing */
};

void mime_wire_init(struct mime_wire *w, struct arena *a);
/* What was written; lives in the arena. */
struct str mime_wire_text(const struct mime_wire *w);
/* Octets of the protocol, as they are. */
void mime_wire_put(struct mime_wire *w, struct str s);
void mime_wire_number(struct mime_wire *w, uint64_t v);
/* A string; NIL when s.p is NULL. */
void mime_wire_string(struct mime_wire *w, struct str s);
/* The same for a text that people read: blanks made one, none at its ends. */
void mime_wire_human(struct mime_wire *w, struct str s);

/*
 * A field's value as servers show it: without blanks in front and without
 * line ends, in the arena or where it stands; p NULL if value.p is.
 */
struct str mime_shown_text(struct arena *a, struct str value);

#endif
