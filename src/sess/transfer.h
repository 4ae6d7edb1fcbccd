#ifndef TRANSFER_H
#define TRANSFER_H

/*
 * Literals on their way through: n octets from one leg to the other that
 * nobody looks at, copied through the legs' buffers or spliced in the kernel.
 * There is at most one in each direction.
 */

#include <stdbool.h>
#include <stdint.h>

#include "pump.h"

struct sess;

struct transfer {
	uint64_t left;			/* octets still to move or to drop */
	bool drop;			/* they go nowhere */
	bool spliced;
	/* It is to be a header: nothing may follow its empty line. */
	bool header, header_over;
	size_t line;			/* octets of its line so far */
	struct pump_splice splice;
};

enum transfer_dir { TRANSFER_IN, TRANSFER_OUT, TRANSFER_DIRS };

/* n octets follow; the header before them is already in the other's out. */
void transfer_begin(struct sess *s, enum transfer_dir dir, uint64_t n,
    bool drop);
/* What was begun is a header of a mail that nobody has judged. */
void transfer_is_header(struct sess *s, enum transfer_dir dir);
/* The rest goes nowhere. */
void transfer_drop(struct sess *s, enum transfer_dir dir);
bool transfer_active(const struct sess *s, enum transfer_dir dir);
/*
 * One round: true when octets moved.  A leg that breaks ends the session.
 */
bool transfer_turn(struct sess *s, enum transfer_dir dir);
/* Has everything there was gone, so that only its sender can go on? */
bool transfer_starved(const struct sess *s, enum transfer_dir dir);
/* Is a splice under way (it has a wait of its own)? */
bool transfer_spliced(const struct sess *s);
void transfer_wait(struct sess *s, int64_t deadline);

#endif
