#ifndef ZIP_H
#define ZIP_H

/*
 * What a zip's two sets of headers say of the same members (APPNOTE 4.3):
 * readers that go by the central directory and those that go by the local
 * headers, or that unpack what stands between, must see the same.  Nothing is
 * unpacked here.
 */

#include "str.h"

enum {
	/* Octets that may stand between members: a data descriptor's. */
	ZIP_DESCRIPTOR_MAX = 24,
};

/* What is found, and what unpack.h adds for all kinds of archives. */
enum {
	UNPACK_ENCRYPTED = 1,	/* a member, or the list of them */
	UNPACK_DAMAGED = 2,	/* its structure is broken or contradicts */
	UNPACK_OVERLAP = 4,	/* members share octets: a bomb */
	UNPACK_HIDDEN = 8,	/* octets that no member covers */
	UNPACK_CUT = 16,	/* not all of it was looked at */
};

/* UNPACK_ bits; linear in s but for a sort of the members. */
unsigned zip_check(struct str s);

#endif
