#ifndef WORK_H
#define WORK_H

/*
 * What one engine does for a mail: its connections and what each is busy
 * with, the time it has, its places among all sessions'.  For scan.c, which
 * keeps the objects and waits for all engines.
 */

#include "lane.h"

/* An object for an engine. */
enum job_state { JOB_NONE, JOB_WAITING, JOB_BUSY, JOB_DONE };

struct job {
	enum job_state state;
	unsigned tries;
	int64_t start;		/* clock_ms() when its turn came; 0: not yet */
	struct scan_result result;
};

struct slot {
	bool used;
	uint64_t serial;	/* they are served in the order they came */
	struct scan_object object;
	struct job *jobs;	/* a row for each engine */
};

/* What an engine calls the signatures that it answered by. */
struct version {
	char text[SCAN_VERSION];	/* "": it does not tell */
	bool heard;			/* some connection answered */
	bool mixed;			/* another told another */
};

struct engine {
	const struct scan_engine *conf;
	const struct scan_protocol *protocol;
	struct lane lanes[SCAN_LANES];
	struct slot *at[SCAN_LANES];	/* what each lane is busy with */
	int place[SCAN_LANES];	/* among all sessions, -1: none */
	int64_t left;		/* ms of its timeout, for this mail */
	int64_t deadline;	/* while it works; 0: it does not */
	int64_t waits_since;	/* for a place; 0: it does not */
	int64_t enter_at;	/* clock_ms(): then look for one again */
	int64_t not_before;	/* clock_ms(): then connect again */
	int64_t backoff;
	const char *given_up;	/* for this mail, why; NULL: it is not */
	const char *why;	/* of the last connection that failed */
	struct version version;		/* of this mail */
};

struct scan {
	struct engine *engines;
	size_t n;
	struct slot slots[SCAN_OBJECTS_MAX];
	uint64_t serial;
	int64_t deadline;
	int places;		/* -1: none */
	struct str user;
};

void work_init(struct engine *e, const struct scan_engine *conf);
/* Another mail begins: it has all its time. */
void work_begin(struct engine *e);

/* Give lanes what waits, those that are open first; connect others. */
void work_assign(struct scan *s, struct engine *e);
/* A lane's descriptor is ready for what it waits for. */
void work_event(struct scan *s, struct engine *e, int lane);
/* End what is over its time. */
void work_expire(struct scan *s, struct engine *e);
/* When to do that, or look for something: clock_ms(), at most until. */
int64_t work_next(struct scan *s, struct engine *e, int64_t until);
/* Nobody waits for it now: its time stands still, until work_go(). */
void work_stop(struct engine *e);
void work_go(struct engine *e);
/* A lane is done with its object, one way or the other. */
void work_put_down(struct scan *s, struct engine *e, int lane);

#endif
