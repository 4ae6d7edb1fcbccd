#ifndef SPOOL_H
#define SPOOL_H

/*
 * Where a session keeps the octets of mails: memfds up to spool.memory all
 * together, and one large mail at a time in a file without a name that was
 * opened before the jail's last phase, with a second descriptor that can only
 * read.  Nothing is mapped: octets are read with pread, so no file that
 * shrinks can hurt its reader.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* Of a session; made before the seal, for no more than it will ever need. */
struct spool {
	uint64_t memory;		/* octets that memfds may hold */
	uint64_t used;			/* by memfds now */
	uint64_t max;			/* of one mail, 0: no limit */
	uint64_t min_free;		/* on the files' file system */
	/* What the session writes, and what workers write edited mails to. */
	struct spool_file {
		int fd, reader;		/* -1: there is none */
		bool taken;
	} file[2];
	const char *why;		/* why there are no files, constant */
};

/* The octets of one mail. */
struct spooled {
	int fd;				/* -1: none */
	uint64_t size;			/* written so far */
	uint64_t room;			/* of a memfd: counted in spool.used */
	int8_t file;			/* row of spool.file, -1: a memfd */
	bool sealed;
};

/* 0, or ERR_IO with why: then mails that do not fit memory have no place. */
int spool_open(struct spool *s, const char *dir, uint64_t memory,
    uint64_t max, uint64_t min_free);
void spool_close(struct spool *s);

/*
 * Room for a mail of n octets: 1; 0 when others have to be given up first;
 * ERR_LIMIT, over max; ERR_IO with s->why: there is no place, the disk is
 * full.
 */
int spool_begin(struct spool *s, uint64_t n, struct spooled *m_r);
/* 0, or ERR_IO with s->why; never more than spool_begin() was told. */
int spool_write(struct spool *s, struct spooled *m, struct str octets);
/*
 * Nothing more will be written: a descriptor that is fit for another process
 * and stays the spool's; ERR_IO.
 */
int spool_seal(struct spool *s, struct spooled *m);
/*
 * Up to n octets from off on to out: how many, 0 behind the end, ERR_IO.
 */
int64_t spool_read(const struct spooled *m, uint64_t off, char *out,
    size_t n);
void spool_drop(struct spool *s, struct spooled *m);
/*
 * Octets that came from a worker as a memfd, whose owner this becomes: checks
 * seals and size.  0; ERR_SYNTAX, and ERR_LIMIT when there is no room, close
 * it.
 */
int spool_adopt(struct spool *s, int fd, uint64_t size, struct spooled *m_r);
/*
 * A file that a worker may write an edited mail to, and what it wrote there:
 * a descriptor that stays the spool's, or -1; then 0 or ERR_SYNTAX.  Until
 * then, or until spool_lend_end(), nobody else gets it.
 */
int spool_lend(struct spool *s);
int spool_lent(struct spool *s, uint64_t size, struct spooled *m_r);
/* After spool_lend() only: it was not written to, or is not wanted. */
void spool_lend_end(struct spool *s);

#endif
