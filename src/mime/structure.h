#ifndef STRUCTURE_H
#define STRUCTURE_H

/*
 * BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2), as they go on the wire.
 * Text without a charset is said to be in US-ASCII, a multipart without parts
 * has an empty one, as with Dovecot.
 */

#include <stdbool.h>

#include "part.h"
#include "wire.h"

/*
 * Of a part with all that is in it.  in: the mail's octets; extended:
 * BODYSTRUCTURE.
 */
void mime_structure_put(struct mime_wire *w, struct str in,
    const struct mime_part *m, bool extended);

#endif
