#ifndef HTML_H
#define HTML_H

/*
 * The HTML filter: a document in, a document out that has what its rules
 * admit and nothing else.  It is decoded once, parsed as HTML5 (html_tree.h),
 * and written from that tree in UTF-8, which it declares (html_write.h);
 * filtered again it stays as it is.  Blanks at its end go.  What cannot be filtered is an error,
 * which the caller treats as it treats what it cannot judge.
 *
 * Work and memory go by the octets of the document, whatever is in it.
 */

#include <stdint.h>

#include "charset.h"
#include "html_out.h"
#include "html_rules.h"
#include "str.h"

enum {
	/* Octets that every result may have, and what more by octet read. */
	HTML_OUT_FLOOR = 64 << 10,
	HTML_OUT_RATIO = 2,
	/*
	 * What gumbo may take: 16 MB, and by octet read.  Mails take 10 to
	 * 30; where misnested tags are many it makes copies.
	 */
	HTML_MEMORY_FLOOR = 16 << 20,
	HTML_MEMORY_RATIO = 64,
};

struct html {
	struct html_out out;
	uint32_t gone[HTML_GONES];
	uint64_t flags;		/* MIME_CHARSET_*, of mime/charset */
	const char *why;	/* of an error, constant */
};

/*
 * in: the octets of a part, decoded; declared: its charset, or "".  0 with
 * h->out, or ERR_LIMIT with h->why.  html_fini() in any case.
 */
int html_filter(struct html *h, const struct html_rules *rules,
    struct mime_charsets *charsets, struct str in, struct str declared)
    __attribute__((warn_unused_result));
void html_fini(struct html *h);

#endif
