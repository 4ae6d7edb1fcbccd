#ifndef PLACES_H
#define PLACES_H

/*
 * How much the workers of all sessions ask of an engine at once.  A place is
 * an octet of one file, taken by a record lock (fcntl(2)): the kernel gives
 * back what a process held however it ended, and nobody has to be asked.  The
 * file is empty and stays so.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* Places of an engine that are looked at in one try. */
	PLACES_LOOKS = 16,
	/* Places an engine may have. */
	PLACES_MAX = 1 << 16,
	/*
	 * When to look again: the longer one waits the more often, so that
	 * who waited longest comes first most of the time.
	 */
	PLACES_NEW_MS = 40,
	PLACES_OLD_MS = 5,
	PLACES_OLD_AFTER_MS = 2000,
};

/*
 * The file, made for a user if this process may: its descriptor, or -1 with
 * errno.  Locks are of the process: a child has none of its parent's.
 */
int places_open(const char *path, uid_t uid, gid_t gid);
/*
 * A place among max of the engine of that title, other than mine, which this
 * process holds already (-1: none): its number, or -1 when none is seen free.
 */
int places_enter(int fd, struct str title, unsigned max, int mine);
void places_leave(int fd, struct str title, int place);
/* ms until the next try, for who has waited so long. */
int64_t places_again(int64_t waited);

#endif
