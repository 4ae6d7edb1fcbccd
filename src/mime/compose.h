#ifndef COMPOSE_H
#define COMPOSE_H

/*
 * Header fields of ours (RFC 5322 section 2.2): ASCII, folded at 78 columns,
 * with encoded words (RFC 2047) where the text is not ASCII.  Whatever a text
 * says, what is made of it is one field: line ends, NUL and other controls
 * never get into it.  Results live in the arena and end with CRLF.
 */

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "charset.h"
#include "param.h"
#include "str.h"

enum {
	/* RFC 5322 section 2.1.1 and RFC 2047 section 2. */
	MIME_FOLD_AT = 78,
	MIME_WORD_MAX = 75,
	/*
	 * Octets of a text that is made a field; the rest is cut off.  Ours
	 * are a line; what others said that is kept, a list of names.
	 */
	MIME_TEXT_MAX = 8 << 10,
	/* They fit a line of 998, so that nothing has to be cut or encoded. */
	MIME_KEPT_MAX = 900,
	/* Octets of a file's name, as file systems have, and of a parameter. */
	MIME_NAME_MAX = 255,
};

/* Printable ASCII, no colon, not empty, as a field's name has to be? */
bool mime_name_good(struct str name);
/* Is a field, as it is written, one of this name to some reader? */
bool mime_name_is(struct str written, struct str name);

/*
 * UTF-8 without controls, without what turns the direction of text or cannot
 * be seen, one line; what is not UTF-8 becomes '?'.  At most max octets.
 */
struct str mime_clean(struct arena *a, struct str text, size_t max);
/* As a file's name: no path, no dots or blanks at its ends; "" stays "". */
struct str mime_clean_name(struct arena *a, struct str name);

/* "Name: text".  The name is good; the text is cleaned here. */
struct str mime_compose(struct arena *a, struct str name, struct str text);
/*
 * The same for what somebody else wrote: encoded words stay as they are, what
 * is not ASCII becomes '?'.  At most MIME_KEPT_MAX octets of it.
 */
struct str mime_compose_kept(struct arena *a, struct str name,
    struct str text);

enum mime_compose_how {
	/* What looks like an encoded word is encoded, too. */
	MIME_COMPOSE_TEXT,
	MIME_COMPOSE_8BIT,	/* encoded words stay as they are */
	MIME_COMPOSE_PLAIN,	/* nothing is encoded: the text is ASCII */
};
/* A text that is clean. */
struct str mime_compose_as(struct arena *a, struct str name, struct str clean,
    enum mime_compose_how how);

/*
 * A field in pieces, of n octets together: folds stand between pieces that
 * are apart.  A word is written encoded.
 */
struct mime_line {
	struct arena *arena;
	char *p;
	size_t n, room, column;
};
void mime_line_begin(struct mime_line *l, struct arena *a, struct str name,
    size_t n);
void mime_line_put(struct mime_line *l, struct str s, bool apart, bool word);
struct str mime_line_end(struct mime_line *l);

/*
 * A text as words for the front of a field's value: before_word, what follows
 * is an encoded word, and a blank between the two would not be seen.
 */
struct str mime_compose_words(struct arena *a, struct str text,
    bool before_word);
/*
 * "Name: main; param=value; ...", for Content-Type and its like.  Values that
 * are no tokens are quoted, those that are not ASCII written as RFC 2231 has
 * it; they are cleaned here.  main is one token, or two with a slash.
 */
struct mime_pair { struct str name, value; };
struct str mime_compose_value(struct arena *a, struct str name,
    struct str main, const struct mime_pair *pairs, size_t n);

/* An RFC 2045 token? */
bool mime_token_good(struct str s);

#endif
