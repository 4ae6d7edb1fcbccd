#ifndef RESPOND_H
#define RESPOND_H

/*
 * The server's side of the conversation: responses are read, judged and
 * written anew for the client.  What is passed hangs on the response, not on
 * the command that is pending; tagged answers are found by the proxy's tag.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "mailbox.h"
#include "str.h"

struct sess;

/* The data line being passed on. */
struct respond {
	bool drop;		/* the whole line */
	bool drop_item;		/* this FETCH item and its value */
	bool content;		/* this item carries a mail's octets */
	bool binary;		/* its value may be a literal8 */
	bool name_due;		/* a literal with a mailbox name comes */
	size_t name;		/* its octets */
	unsigned items;		/* FETCH items that went on */
	bool collect;		/* the line is download's */
	struct buf *sink;	/* values go there, not to the client */
	struct mailbox_filter mailbox;
};

/* Use what the server sent; true when something moved. */
bool respond_turn(struct sess *s);
/*
 * Is nothing more to be read from the server, until what was read has found
 * its way?  What waits in the buffer must not be moved meanwhile.
 */
bool respond_paused(const struct sess *s);
/* Take the names of a CAPABILITY list over as the server's offer. */
void respond_capabilities(struct sess *s, struct str names);
/*
 * A server's text as a client may see it: printable, cut, never empty; in
 * out, which holds IMAP_TEXT_MAX + 1 octets.
 */
struct str respond_text(const struct sess *s, struct str text, char *out);

#endif
