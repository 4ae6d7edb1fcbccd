#ifndef CURRENT_H
#define CURRENT_H

/*
 * The configuration in force: finds the cache, sees whether its sources
 * changed, and has the compiler make a new one when it may.  A bad edit never
 * takes the service down: the last good cache stays in force.
 */

#include "conf.h"

enum {
	/* A session waits this long for the compiler, ms. */
	CURRENT_COMPILE_MS = 2000,
	/* What it keeps of the compiler's report, octets. */
	CURRENT_REPORT = 1024,
};

enum current_state {
	CURRENT_FRESH,		/* compiled from the sources as they are */
	CURRENT_STALE,		/* last good one; the sources changed */
};

struct current {
	const char *cfg;	/* the configuration file */
	const char *cache;	/* the cache's path */
	const char *compiler;	/* path of test-imap4 */
	enum conf_check check;	/* how thoroughly a cache is looked at */
	bool keeps;		/* writes a cache that is missing, too */

	/* set by current_open */
	enum current_state state;
	bool compiled;		/* this call made a new cache */
	bool refused;		/* this call had the new text refused, or
				 * failed to compile it: see report */
	int unable;		/* errno: it may not write beside the cache */
	char report[CURRENT_REPORT];	/* of the refused text; else "" */
};

/*
 * Open the cache in force.  A stale one is recompiled by the one process
 * that gets the lock beside it, if it may write there; a text that was
 * refused is tried again when it changes, or after a minute, and reported
 * once.  Without any usable cache the text is compiled into a memfd for this
 * process alone, or by who keeps the cache to its place.
 * 0, or ERR_CONFIG with cf->why and, where the compiler said more, u->report.
 */
int current_open(struct current *u, struct conf *cf);

#endif
