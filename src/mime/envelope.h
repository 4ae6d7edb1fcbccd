#ifndef ENVELOPE_H
#define ENVELOPE_H

/*
 * ENVELOPE of a message (RFC 9051 section 7.5.2), as it goes on the wire.  Of
 * fields that are repeated the last counts; addresses are those of all.
 */

#include "part.h"
#include "wire.h"

/* in: the octets of the mail that m is a part of. */
void mime_envelope_put(struct mime_wire *w, struct str in,
    const struct mime_part *m);

#endif
