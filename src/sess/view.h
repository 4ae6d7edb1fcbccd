#ifndef VIEW_H
#define VIEW_H

/*
 * FETCH items answered from a mail that was judged: which octets of it, or
 * which of the index's texts, stand behind an item's name (RFC 9051 section
 * 7.5.2).  Answers come in pieces, so that nothing is copied together.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch.h"
#include "index.h"
#include "item.h"

/* Rows of imap/item's table, by who answers them in a session that scans. */
#define VIEW_BIT(id) IMAP_ITEM_BIT(IMAP_ITEM_##id)
/* The server: what is no part of the mail. */
#define VIEW_META (VIEW_BIT(FLAGS) | VIEW_BIT(UID) | VIEW_BIT(INTERNALDATE) | \
	VIEW_BIT(MODSEQ) | VIEW_BIT(EMAILID) | VIEW_BIT(THREADID) | \
	VIEW_BIT(SAVEDATE) | VIEW_BIT(X_GM_MSGID) | VIEW_BIT(X_GM_THRID) | \
	VIEW_BIT(X_GM_LABELS))
/* The mail's index. */
#define VIEW_VALUES (VIEW_BIT(SIZE) | VIEW_BIT(ENVELOPE) | VIEW_BIT(BODY) | \
	VIEW_BIT(BODYSTRUCTURE))
#define VIEW_OCTETS (VIEW_BIT(BODY_ALL) | VIEW_BIT(BODY_HEADER) | \
	VIEW_BIT(BODY_FIELDS) | VIEW_BIT(BODY_TEXT) | VIEW_BIT(BODY_PART) | \
	VIEW_BIT(BODY_MIME) | VIEW_BIT(BINARY) | VIEW_BIT(BINARY_SIZE))
/* All that can be asked for while mails are scanned. */
#define VIEW_ROWS (VIEW_META | VIEW_VALUES | VIEW_OCTETS | VIEW_BIT(PARTIAL))

enum view_form {
	VIEW_NIL,
	VIEW_TEXT,		/* on the wire as it is */
	VIEW_LITERAL,
	VIEW_DECODED,		/* part's body has to be decoded first */
	VIEW_DECODED_SIZE,
};

/* Octets of the mail from off on, or, with p, those at p. */
struct view_piece {
	const char *p;
	uint64_t off, n;
};

/* What an item asks for, and how far it is answered. */
struct view {
	enum view_form form;
	const struct mail_index *x;
	const struct mail_part *part;
	struct imap_section section;
	const struct imap_arg *fields;	/* names; NULL: the span itself */
	struct view_piece whole;	/* unless fields */
	uint64_t size;			/* of the answer */
	struct str asked;		/* "0.10", or empty */
	bool binary;			/* of BINARY, of a part that is there */
	/* of the octets behind one another: where the next piece begins */
	uint32_t field;
	bool end_line;			/* the empty line is still to come */
	uint64_t skip, left;
	char number[24];		/* RFC822.SIZE */
};


/*
 * Does an item that was asked for need the mail itself, so that lazy listings
 * cannot answer it from what the server says?
 */
bool view_content(const struct imap_arg *item);
/* Does it set \Seen? */
bool view_seen(const struct imap_arg *item);

/* Begin the answer to one item (no macro), of a row of VIEW_VALUES|OCTETS. */
void view_begin(struct view *v, const struct mail_index *x,
    const struct imap_arg *item);
/*
 * The part's body is n octets, decoded: VIEW_DECODED becomes a literal whose
 * pieces are of those, VIEW_DECODED_SIZE a text.
 */
void view_decoded(struct view *v, uint64_t n);
/* The next piece; false at the end.  Of a literal they have size octets. */
bool view_next(struct view *v, struct view_piece *p_r);

/*
 * An item's name as its response has it, with its blank; NUL-terminated.
 * Longer ones than IMAP_ITEM_MAX are not asked for (imap_item_asked()).
 */
enum { VIEW_NAME = 9000 };
size_t view_name(const struct imap_arg *item, char out[VIEW_NAME]);

#endif
