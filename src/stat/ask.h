#ifndef ASK_H
#define ASK_H

/*
 * Asking the monitor, for imap4-stat: who may read the scoreboard reads it;
 * others ask imap4-helper, at the first of its sockets that lets them.
 */

#include "query.h"

enum {
	/* For the helper to answer, seconds. */
	ASK_WAIT = 10,
	/* An answer: a page of 65,536 sessions. */
	ASK_MAX = 64 << 20,
};

enum { ASK_SOCKETS = 2 };

/* Who is asked. */
enum ask_whom {
	ASK_EITHER,		/* the helper when the scoreboard is closed */
	ASK_RATHER_HELPER,	/* the scoreboard when it does not answer */
	ASK_HELPER,
};

struct ask {
	struct query query;	/* folder, owner, name, config */
	const char *sockets[ASK_SOCKETS];	/* paths; NULL: none */
	enum ask_whom whom;
};

/*
 * The answer to a command, to out.  0; ERR_REFUSED when the answer is an
 * error; ERR_IO when there is nobody to ask, with a message in out.
 */
int ask_run(const struct ask *a, struct str line, FILE *out);

/* How something is shown again and again. */
struct ask_watch {
	unsigned every;		/* seconds; 0: once */
	unsigned lines;		/* at most so many of the answer; 0: all */
	bool clear;		/* the screen, each time */
};

/* ask_run() once in a while; an error goes to err and is the end. */
int ask_watch(const struct ask *a, struct str line,
    const struct ask_watch *how, FILE *out, FILE *err);

#endif
