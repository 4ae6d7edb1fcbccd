#ifndef FETCH_H
#define FETCH_H

/* FETCH items by what they carry (RFC 9051 section 6.4.5 and extensions). */

#include "arg.h"

/* Does this item, "BODY[1.2]<0>", carry octets of a message? */
bool imap_item_content(struct str name);
/* Does any item a FETCH asks for? */
bool imap_fetch_content(const struct imap_command *c);

#endif
