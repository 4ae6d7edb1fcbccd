#ifndef RECALL_H
#define RECALL_H

/*
 * What engines said of a mail before, to any session: the verdict store
 * (mail/store.h) asked and told.  A mail that nobody knows is judged by one
 * session at a time, and so is one that is known if versions still are what
 * they were; the others wait for what it hears.  Without a store, or
 * once it failed, every mail is unknown and nobody waits.
 */

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "finding.h"
#include "store.h"

struct sess;
struct scan_mail;

enum {
	/* An engine's version that some session asked for so long ago holds. */
	RECALL_VERSION_S = 10,
	/* Waiting: when to look again, from first to last. */
	RECALL_LOOK_MS = 5,
	RECALL_LOOK_MAX_MS = 100,
	/* For a store that cannot be asked: whose lock somebody keeps. */
	RECALL_BUSY_MS = 1000,
	/* Clocks that were set back: what is younger than now is old. */
	RECALL_AHEAD_S = 60,
};

/* Of a session. */
struct recall {
	const struct store_engine *engine;
	struct store *store;		/* NULL: there is none */
	char *list;			/* FINDING_LIST_MAX; if there is one */
	bool busy;			/* it could not be asked just now */
	/* Which engine a value is of; 0: not known yet. */
	uint64_t ids[2 * CONF_ENGINES_MAX];
};

/* Of a mail. */
struct recall_mail {
	struct digest *digest;		/* while its octets come */
	uint8_t hash[STORE_HASH];
	bool hashed;
	bool claimed;			/* others wait for us */
	bool missed;			/* some engine has to be asked */
	bool unsure;			/* or has to tell its version */
	int64_t asked;			/* s since 1970: when they were */
	int64_t until;			/* it waits for another; 0: not */
	int64_t busy_until;		/* or for the store; 0: not */
	int64_t again;			/* clock_ms(): then look */
	int64_t pause;
};

/* The session's store becomes its, closed by recall_close(). */
void recall_open(struct sess *s);
void recall_close(struct sess *s);

/* A mail begins, its next octets, all were there. */
void recall_begin(struct sess *s, struct scan_mail *m);
void recall_octets(struct sess *s, struct scan_mail *m, struct str octets);
void recall_hash(struct sess *s, struct scan_mail *m);
/*
 * Is it to be judged now, by engines that patience (ms; 0: there are none) is
 * for?  Then *list_r has the findings of those that need not be asked, until
 * the next call.  Else another session has it judged: m->recall.again is when
 * to ask again.
 */
bool recall_ready(struct sess *s, struct scan_mail *m, int64_t patience,
    struct str *list_r);
/* What the worker said of engines: kept, if it may be. */
void recall_keep(struct sess *s, struct scan_mail *m, struct str findings);
/* It is judged, or will not be: others need not wait. */
void recall_end(struct sess *s, struct scan_mail *m);

#endif
