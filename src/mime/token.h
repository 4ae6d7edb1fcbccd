#ifndef TOKEN_H
#define TOKEN_H

/*
 * The tokens of structured fields (RFC 5322 section 3.2, RFC 2045 section
 * 5.1), as spans of the field's value.  Comments, blanks and folds between
 * tokens are skipped.  Comments may nest as they like, nothing recurses.
 * Reading a value to its end takes time linear in its length.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flag.h"
#include "str.h"

enum {
	/* Readers that recurse stop somewhere; nobody writes more than two. */
	MIME_COMMENT_DEPTH = 8,
};

enum mime_lex_mode {
	MIME_LEX_ADDRESS,	/* RFC 5322: atoms, domain literals */
	MIME_LEX_VALUE,		/* RFC 2045: tokens, "/" "=" "?" special */
};

enum mime_token_kind {
	MIME_TOKEN_END,
	MIME_TOKEN_ATOM,
	MIME_TOKEN_QUOTED,
	MIME_TOKEN_DOMAIN,	/* "[...]", MIME_LEX_ADDRESS only */
	MIME_TOKEN_SPECIAL,	/* one octet, which may be a control */
};

struct mime_token {
	enum mime_token_kind kind;
	struct str whole;	/* with its quotes or brackets */
	struct str text;	/* without them, as written */
	bool apart;		/* blanks or comments before it */
};

struct mime_lex {
	struct str in;
	size_t pos;		/* behind the last token */
	enum mime_lex_mode mode;
	bool no_escape;		/* '\' in a quoted string is itself */
	struct str comment;	/* what was in the last one, as written */
	uint64_t flags;
};

void mime_lex_init(struct mime_lex *l, struct str in,
    enum mime_lex_mode mode);
/* Always the same END once it came; spans live as long as in. */
enum mime_token_kind mime_lex_next(struct mime_lex *l,
    struct mime_token *t_r);
/* Is it this special? */
bool mime_token_is(const struct mime_token *t, char special);

/*
 * The text of a quoted string: backslashes and line ends taken out.  out
 * holds text.n octets.
 */
size_t mime_unquote(char *out, struct str text);

#endif
