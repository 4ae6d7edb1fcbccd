#ifndef CHARSET_H
#define CHARSET_H

/*
 * Charsets of mails made UTF-8 by iconv(3), which loads what it needs when a
 * charset is first used.  Only those of a table, which holds what mails are
 * really written in: iconv knows hundreds, and obeys names with a slash.
 */

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flag.h"
#include "str.h"

/*
 * Octets n octets may need in UTF-8.  What needs more, as no charset of the
 * table does, counts as unknown.
 */
#define MIME_CHARSET_ROOM(n) ((n) * 4 + 16)

enum { MIME_CHARSET_ROWS = 55 };

/* Each charset is opened once at most: many names cost no more than few. */
struct mime_charsets {
	struct {
		iconv_t cd;
		bool tried, open;
	} row[MIME_CHARSET_ROWS];
};

void mime_charsets_init(struct mime_charsets *c);
void mime_charsets_fini(struct mime_charsets *c);
/* Open all of them: for who will not be able to load anything. */
void mime_charsets_load(struct mime_charsets *c);
/*
 * in as UTF-8 into out, which holds MIME_CHARSET_ROOM(in.n); returns how many
 * octets.  What means nothing becomes U+FFFD, in an unknown charset all that
 * is not ASCII; adds to *flags.
 */
size_t mime_charset_utf8(struct mime_charsets *c, struct str charset,
    struct str in, char *out, uint64_t *flags);

#endif
