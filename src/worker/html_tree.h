#ifndef HTML_TREE_H
#define HTML_TREE_H

/*
 * A document's tree, built by gumbo as browsers build theirs.  gumbo is given
 * a skeleton: the tags without their attributes, the blanks, and a word of
 * four octets for each text, which names it; neither attributes nor text
 * change what the tree is like.  So its work goes by the number of tags, and
 * what is hidden in values never reaches it.
 *
 * gumbo looks through its stack of open elements for most tokens, which
 * makes 10^6 elements in each other cost 10^12 steps.  Elements that are not
 * closed in good order are therefore counted before: tags that surely end
 * each other (p, li, td ...) aside, each of them may stay on that stack.
 */

#include <gumbo.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "html_lex.h"
#include "html_out.h"
#include "str.h"

enum {
	/*
	 * Elements open at a time: mails nest 60, old ones leave hundreds of
	 * font and b open.
	 */
	HTML_OPEN_MAX = 2048,
	/* Octets of a document; newsletters have 100 KB, 32 MB is no letter. */
	HTML_IN_MAX = 32 << 20,
	/* Of a DOCTYPE that is heeded. */
	HTML_DOCTYPE_MAX = 512,
	/* A name of four octets has 24 bits. */
	HTML_PIECES_MAX = 1 << 24,
};

/* A tag or text of the document. */
struct html_piece {
	uint32_t off, n;	/* of a tag: its attributes */
	uint32_t skeleton;	/* of a tag: where it is in the skeleton */
	uint16_t tag;		/* GumboTag */
	uint8_t kind;		/* enum html_token_kind */
};

struct html_tree {
	struct arena *arena;
	struct str in;
	struct html_piece *pieces;	/* malloc'd */
	size_t n, room;
	struct html_out skeleton;
	uint16_t open[HTML_OPEN_MAX];
	unsigned nopen, most;		/* now, and ever */
	bool foreign;		/* there was svg or math */
	uint32_t html_at, body_at;	/* which, + 1 */
	GumboOutput *out;
	const char *why;
};

/*
 * 0, or ERR_LIMIT with why.  Memory of gumbo comes from the arena, whose
 * overflow handler is called where it is not enough.  html_tree_fini() in
 * any case.
 */
int html_tree_build(struct html_tree *t, struct arena *a, struct str in);
void html_tree_fini(struct html_tree *t);

/* The tag an element was made by; NULL: by no tag. */
const struct html_piece *html_tree_tag(const struct html_tree *t,
    const GumboNode *n);
struct str html_piece_str(const struct html_tree *t,
    const struct html_piece *p);
/* The text that follows a tag as the content of script and its like. */
struct str html_tree_raw(const struct html_tree *t,
    const struct html_piece *tag);
/*
 * What is at the front of a text of gumbo's: a run of blanks, *p_r NULL, or
 * a text; false at its end.
 */
bool html_tree_text(const struct html_tree *t, const char **s,
    struct str *blanks_r, const struct html_piece **p_r);

#endif
