#ifndef OUTCOME_H
#define OUTCOME_H

/*
 * Where the octets of an edited mail go: small ones into memfds, a large one
 * into the file that the session lent.  A mail may be written several times;
 * the last two stay, so that one is read while the other is written.
 */

#include "rewrite.h"
#include "str.h"

enum {
	/* Larger ones go to the file, if there is one. */
	OUTCOME_MEMORY = 4 << 20,
	OUTCOME_BUFFER = 64 << 10,
};

struct outcome_octets {
	int fd;				/* a memfd; -1: none, or the file */
	bool filed;
	uint64_t size, written;
	struct str map;
};

struct outcome {
	int file;			/* the caller's; -1: none */
	struct outcome_octets o[2], *now;
	size_t n;			/* in buffer */
	char buffer[OUTCOME_BUFFER];
};

void outcome_begin(struct outcome *x, int file);
struct rewrite_place outcome_place(struct outcome *x);
/*
 * The octets written last, for the session: in_file, or a sealed memfd, which
 * becomes the caller's.  false: they cannot be had.
 */
bool outcome_take(struct outcome *x, bool *in_file_r, int *fd_r);
/* To read them meanwhile: the caller's to close. */
int outcome_fd(const struct outcome *x);
void outcome_end(struct outcome *x);

#endif
