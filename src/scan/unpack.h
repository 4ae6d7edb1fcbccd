#ifndef UNPACK_H
#define UNPACK_H

/*
 * Members of an archive, one level down, by libarchive: zip, tar, 7z, cab,
 * rar, iso, and single files in gzip, bzip2, xz or zstd, where a
 * compressed tar counts as the tar.  Octets are in memory, nothing is written
 * anywhere, and every way in which little becomes much has a limit.
 */

#include <stdint.h>

#include "str.h"
#include "zip.h"

enum {
	/* clamd's MaxFiles is 10,000; each may take libmagic a millisecond. */
	UNPACK_MEMBERS_MAX = 1000,
	/* Inflated, all members together; clamd's MaxScanSize is 400 MB. */
	UNPACK_OCTETS_MAX = 256 << 20,
	/*
	 * Inflated by octet of the archive, once it is more than the floor:
	 * logs reach 30, deflate at most 1032.
	 */
	UNPACK_RATIO_MAX = 200,
	UNPACK_RATIO_FLOOR = 16 << 20,
	/* For one archive, unless the caller's deadline comes first. */
	UNPACK_MS_MAX = 10000,
	/* Handed out of each member as its head: what libmagic is given. */
	UNPACK_HEAD = 65536,
	/* Given to libarchive at a time: bounds what it does between checks. */
	UNPACK_CHUNK = 16384,
};

struct unpack {
	struct archive *a;		/* libarchive's; NULL: closed */
	const char *kind;		/* "zip", "tar", "gzip" ... */
	const char *why;		/* constant; set with an error */
	unsigned marks;			/* UNPACK_ */
	uint32_t members;		/* so far, folders too */
	uint64_t inflated;		/* read from members so far */

	struct str octets;		/* the archive's, the caller's */
	size_t at;
	int64_t deadline;
	char *head;			/* UNPACK_HEAD octets, malloc'd */
	size_t head_n, head_at;
	bool head_is_all;		/* the member has no octets behind it */
	bool limited;			/* a limit was reached */
};

struct unpack_member {
	struct str name;	/* with its folders; UTF-8, or as it stands */
	struct str head;	/* its first octets; live until the next call */
	bool encrypted;		/* head is empty */
};

/*
 * Before the process is sealed: what names in UTF-8 need of the system.
 * Without it, and where it fails, such names are empty.
 */
void unpack_prepare(void);

/*
 * 1: an archive; 0: none that is known.  Damage shows in marks once
 * unpack_next() has been at the end.  The octets outlive u.
 */
int unpack_open(struct unpack *u, struct str octets, int64_t deadline);
/*
 * The next member that has octets: 1; 0 at the end, when marks are complete.
 * ERR_LIMIT (UNPACK_CUT is set) or ERR_SYNTAX (UNPACK_DAMAGED or _ENCRYPTED):
 * there is no next one.
 */
int unpack_next(struct unpack *u, struct unpack_member *m_r);
/*
 * Octets of this member, from its first on: how many; 0 at its end, also of
 * one that cannot be read (marks); ERR_LIMIT, ERR_SYNTAX as above.
 */
int64_t unpack_read(struct unpack *u, char *out, size_t n);
void unpack_close(struct unpack *u);

#endif
