#ifndef HIRE_H
#define HIRE_H

/*
 * Getting a mail worker.  The keeper (imap4-mail) is a process started while
 * nothing is known of any client: by a session of nowait mode before its jail,
 * by wait mode's parent before it loads a key.  A session hands it the far
 * ends of two socketpairs: work, on which it starts a worker when something
 * is asked, and another when that one dies; and reins, whose closing ends the
 * worker and on which one octet has it killed and replaced.
 */

#include <stdbool.h>

/* What a keeper finds when it is executed, and says when it cannot be. */
enum {
	HIRE_CONTROL_FD = 3,
	HIRE_CACHE_FD = 4,
	HIRE_FAILED = 127,
	/* The octet that comes with work and reins. */
	HIRE_PAIR = 'w',
};

struct mail_worker {
	int work, reins;		/* -1: none */
};

/*
 * Start a keeper that has the configuration in cache_fd: a descriptor to ask
 * it at, or -1 with *why_r.  ready is false when it waits until it is first
 * asked before it executes anything: for who may never need it.
 */
int mail_keeper_start(const char *path, int cache_fd, bool ready,
    const char **why_r);
/* Has it ended?  Then it hires no more workers; another has to be started. */
bool mail_keeper_gone(int keeper);
/*
 * A worker for this session; 0, or ERR_IO with *why_r.  Who needs no other
 * closes the keeper's descriptor then.
 */
int mail_hire(int keeper, struct mail_worker *w, const char **why_r);
/*
 * It takes too long: have it killed, and the next one started when asked.
 * MAIL_DIED says that it is done, with killed = 1: nothing is asked before.
 */
void mail_worker_kill(struct mail_worker *w);
void mail_worker_end(struct mail_worker *w);

#endif
