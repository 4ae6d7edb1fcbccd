#ifndef LOOK_H
#define LOOK_H

/*
 * Reading the scoreboard: for the monitor and its clients.  Any session may
 * have written any octet of it, so it is copied by pread (a mapping of a file
 * that shrinks would be a signal), every number is checked or harmless, every
 * text bounded.
 */

#include "board.h"
#include "display.h"

struct board_look {
	int fd;			/* -1: none */
	uint32_t n;		/* slots */
	struct board_slot *slots;	/* malloc'd copy of all */
	uint64_t counters[BOARD_COUNTERS];
	uint32_t live, dead;	/* slots of sessions; left by killed ones */
	const char *why;
	int error;		/* errno that goes with it, or 0 */
};

/* A session, as far as it tells the truth. */
struct board_row {
	uint32_t slot;
	uint32_t pid;
	struct addr from, to, server;
	int64_t age, idle;	/* ms, not negative */
	struct display d;	/* texts not terminated: look_text() */
};

/*
 * Open and load the board in folder; owner is the sessions' user.  0, or an
 * ERR_* with why and error.
 */
int look_open(struct board_look *r, const char *folder, uid_t owner);
/* Copy counters and slots again: 0, or ERR_IO. */
int look_load(struct board_look *r);
void look_close(struct board_look *r);

/* The session that has slot i now; false: none that tells about itself. */
bool look_row(const struct board_look *r, uint32_t i,
    struct board_row *row_r);
/* Is the session still there that a row is about? */
bool look_still(const struct board_look *r, const struct board_row *row);
/* A text of a row, up to its first NUL. */
struct str look_text(const char *field, size_t size);
#define LOOK_TEXT(field) look_text(field, sizeof(field))

#endif
