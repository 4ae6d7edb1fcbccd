#ifndef MONITOR_H
#define MONITOR_H

/*
 * The helper's middle: without a capability, it hears the keeper about the
 * configuration, tells the catcher what to catch for whom listens, and says
 * in the log and to the service manager how things are.
 */

#include "catcher.h"
#include "keeper.h"
#include "loop.h"
#include "serve.h"
#include "verdicts.h"

enum {
	/* Of "STATUS=": systemctl shows one line. */
	MONITOR_STATUS = 512,
	/* Who begins or ends to listen is seen within it, ms. */
	MONITOR_LISTEN = 1000,
};

struct monitor {
	struct loop loop;
	/* In force; the first one stays mapped, the log is set by it. */
	struct conf *conf;
	bool renewed;
	const char *cache;
	int keeper, catcher, diag;	/* descriptors */
	int registrar;			/* the same, or -1 */
	uint32_t users;			/* it was started with; 0: without */
	/* Tells the service manager: "READY=1", "STATUS=..."; may be NULL. */
	void (*notify)(const char *state);
	int failed;			/* exit status of loop_run's end */

	struct list list;		/* as sent last */
	bool sent, answered, ready;
	struct catcher_answer answer;
	char config[MONITOR_STATUS / 2];	/* what is said of it */
	struct serve serve;
	struct verdicts verdicts;	/* its fd is set */
};

/*
 * Begin: sources and clocks in the loop, the first list sent.  conf, cache,
 * notify and the descriptors are set, serve is open, the process is sealed.
 * stale: the configuration in force is not that of the text.
 */
void monitor_begin(struct monitor *m, bool stale);

/* Entries the registrar is to keep at most; 0: none is wanted. */
uint32_t monitor_users(const struct conf *c);

/* Say how things are, again. */
void monitor_status(struct monitor *m);

#endif
