#ifndef UTF7_H
#define UTF7_H

/*
 * Mailbox names: modified UTF-7 (RFC 3501 section 5.1.3) and UTF-8, strictly:
 * a name has one spelling in either, so that policy and server cannot differ
 * on which mailbox is meant.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

/*
 * Room for the other form of n octets.  To UTF-8: 8 digits of base64 hold 3
 * UTF-16 units of at most 3 octets each, so at most 9/8.  To UTF-7: "&" and
 * "-" round every run of one character, which takes at least 2 octets for
 * at most 5 digits (one UTF-16 unit is 2 2/3 digits, a pair of 4 octets 5
 * 1/3), and "&" alone becomes "&-".
 */
#define IMAP_UTF8_ROOM(n) ((n) * 2)
#define IMAP_UTF7_ROOM(n) ((n) * 4 + 1)

/*
 * out holds IMAP_UTF8_ROOM(s.n).  false when s is not canonical modified
 * UTF-7: octets other than printable ASCII; base64 of printable ASCII, or
 * with bits left over, or of half a surrogate pair or of NUL; a shift that is
 * empty, open, or follows another.
 */
bool imap_utf7_decode(char *out, struct str s, size_t *n_r);
/*
 * out holds IMAP_UTF7_ROOM(s.n).  false when s is not UTF-8.
 */
bool imap_utf7_encode(char *out, struct str s, size_t *n_r);

/* Is it INBOX, whatever its case (RFC 9051 section 5.1)? */
bool imap_is_inbox(struct str name);

#endif
