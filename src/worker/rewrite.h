#ifndef REWRITE_H
#define REWRITE_H

/*
 * A mail written anew: what mail-filter corrects and what ACLs want, at once,
 * and then what mail-filter finds in the outcome, until it finds nothing.
 * Whoever calls has a place for octets, and maps what was written there.
 */

#include "actions.h"
#include "filter.h"
#include "part.h"
#include "splice.h"

struct rewrite_place {
	/* Room for size octets, which out takes; 0 or ERR_*. */
	int (*begin)(void *ctx, uint64_t size, struct mime_sink *out_r);
	/*
	 * All are written: the same octets, which stay until there was one
	 * more begin and its finish.  p NULL: they cannot be had.
	 */
	struct str (*finish)(void *ctx);
	void *ctx;
};

enum {
	/* Rows of filter's corrections among those that are logged. */
	REWRITE_FILTER_ROWS = 16,
};

struct rewrite {
	struct arena *arena;
	struct mime_charsets *charsets;
	const struct conf_mail_filter *rules;
	bool same_length;
	struct actions *actions;	/* NULL: corrections only */
	/* what came out */
	struct filter filter;		/* what it found at first */
	struct str octets;		/* the original ones, if unchanged */
	bool changed;
	bool resized;			/* same_length could not be kept */
	char why[FILTER_WHY];		/* of an error */
	struct mail_edit_done *done;	/* in the arena */
	uint32_t ndone;
};

/*
 * octets were taken apart as mail.  0; ERR_REFUSED, mail-filter rejects it or
 * it cannot be corrected; ERR_CONFIG; ERR_LIMIT, what came out cannot be
 * taken apart; or what the place said.  After an error nothing of the mail
 * may be delivered.
 */
int rewrite_mail(struct rewrite *r, struct str octets,
    const struct mime_part *mail, const struct rewrite_place *place)
    __attribute__((warn_unused_result));

#endif
