#ifndef INSPECT_H
#define INSPECT_H

/*
 * Looking into a mail that was taken apart: every body is decoded in every
 * reading, typed, searched for members of archives, and shown to the engines;
 * so is what only some readers take for a body.
 */

#include "engines.h"
#include "judged.h"
#include "typing.h"
#include "unpack.h"

enum {
	/*
	 * Mails in encoded bodies in encoded bodies ...: no reader looks
	 * deeper, and what is deeper is malformed.
	 */
	INSPECT_DEPTH_MAX = 5,
	/*
	 * Archives in archives.  clamd's MaxRecursion is 17, but it does not
	 * know every format, nor tells of passwords.
	 */
	INSPECT_ARCHIVES_MAX = 8,
	/*
	 * Octets of members of archives that are in archives, of one mail: as
	 * many as of an archive that is in none.  A member counts as so many
	 * at least: engines are asked about each, which makes 16,384.
	 */
	INSPECT_INSIDE = UNPACK_OCTETS_MAX,
	INSPECT_MEMBER = 16 << 10,
	/*
	 * Octets decoded for one mail, by octet of it, and for any: readings
	 * that differ are two or three, and what other readers find begins
	 * anywhere and goes on to the end.
	 */
	INSPECT_TIMES = 10,
	INSPECT_OCTETS = 64 << 20,
	/*
	 * Files in text that an encoding hid, of one mail: engines are asked
	 * about each.  As many as may stand in the mail itself.
	 */
	INSPECT_FILES_MAX = MIME_OTHERS_MAX,
};

struct inspect {
	struct typing *typing;
	struct engines *engines;
	struct scratch *scratch;
	/* Of a mail that is only measured: what readers differ in is not
	 * looked at. */
	bool measure;
	uint64_t left;			/* octets that may still be decoded */
	uint32_t files;			/* and looked for in what was */
	uint64_t inside;		/* and unpacked, of what was unpacked */
};

/* All of it; what could not be looked into shows in marks and verdicts. */
void inspect_mail(struct inspect *in, struct judged *j);

#endif
