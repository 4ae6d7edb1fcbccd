#ifndef KEEPER_H
#define KEEPER_H

/*
 * The process that keeps the cache up to date: it watches the configuration's
 * files and has test-imap4 compile them when they change.  It alone may write
 * the cache, runs as who started the helper, and hears nobody but the kernel.
 */

#include "current.h"

enum {
	/* Of what is said of a change: names, or the compiler's report. */
	KEEPER_TEXT = CURRENT_REPORT + 512,
	/* An editor's several steps are one change, ms. */
	KEEPER_SETTLE = 100,
	/* Looks without being told, s: files on the network tell nothing. */
	KEEPER_LOOK = 60,
};

enum keeper_event {
	KEEPER_COMPILED,	/* text: what changed */
	KEEPER_REFUSED,		/* text: the compiler's report */
	KEEPER_STALE,		/* text: why the last good one stays */
	KEEPER_FRESH,		/* again as it was compiled */
	KEEPER_FAILED,		/* text: there is no usable cache */
};

struct keeper_report {
	int32_t event;
	char text[KEEPER_TEXT];
};

/*
 * The child's whole life: reports of changes to fd (SOCK_SEQPACKET), which
 * wakes it to look, too, with one octet.  c is the configuration in force.
 * Ends with the other end of fd.  Never returns.
 */
_Noreturn void keeper_run(int fd, int parent, struct current *u,
    struct conf *c);

#endif
