#ifndef QUARANTINE_H
#define QUARANTINE_H

/*
 * Copies of mails, as they came, in a folder of bounded size.  A copy is two
 * files, NAME.eml and NAME.json, which says what it is; the names are of our
 * own making.  A file has its name only when all of it is on the disk, so
 * whoever is killed leaves none that is cut off, and none without a name; the
 * mail comes first, then its note.
 *
 * Several processes share a folder.  A full one refuses: nothing is deleted
 * to make room, and what was refused is not delivered instead.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	QUARANTINE_NAME = 48,	/* of a copy, without what follows a dot */
	/* What is counted is not what is there once an administrator cleans
	 * up; a folder that seems full is looked at, but not all the time. */
	QUARANTINE_LOOK_MS = 10000,
	/* To wait for others that count. */
	QUARANTINE_WAIT_MS = 5000,
};

struct quarantine {
	int dir;		/* -1: none */
	uint64_t max;		/* octets of all copies and notes; 0: any */
	int64_t looked;		/* clock_ms() of the last look; 0: none */
	uint64_t kept, refused;	/* mails */
	const char *why;	/* of an error, constant */
};

/* A mail, for its note.  "" is written as null. */
struct quarantine_note {
	struct str session, direction, user;
	struct str why;			/* it is here */
	struct str virus_status, virus;
	struct str message_id, subject;	/* any octets */
	int32_t spam;			/* x 1000 */
	bool spam_known, denied;
	/* ACLs that decided, "title file:line" each. */
	const struct str *acls;
	size_t nacls;
};

/* 0; ERR_IO, ERR_SUPPORT: the file system is not fit for it; with why. */
int quarantine_open(struct quarantine *q, const char *dir, uint64_t max)
    __attribute__((warn_unused_result));
void quarantine_close(struct quarantine *q);
/*
 * 1, with the copy's name in name (QUARANTINE_NAME octets); ERR_LIMIT, it is
 * full; ERR_TIMEOUT, others hold it; ERR_IO; with why.
 */
int quarantine_keep(struct quarantine *q, struct str mail,
    const struct quarantine_note *note, char *name)
    __attribute__((warn_unused_result));

#endif
