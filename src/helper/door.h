#ifndef DOOR_H
#define DOOR_H

/*
 * A UNIX socket at which one line is a command and gets an answer, for as
 * many lines as a client sends.  Clients are not trusted to read, to end
 * their lines or to go away.
 */

#include <stdio.h>
#include <sys/types.h>

#include "loop.h"
#include "str.h"

enum {
	/* More wait in the kernel's queue until one is gone. */
	DOOR_CLIENTS = 32,
	/* Of a command; longer ones end the connection. */
	DOOR_LINE = 4096,
	/* To take an answer, or to end a line that has begun, ms. */
	DOOR_SLOW = 5000,
	/* Between two commands, ms. */
	DOOR_IDLE = 300000,
	DOOR_WHY = 120,
};

struct door_client {
	int fd;			/* -1: a free row */
	int64_t since;		/* ms: of its last octet, in or out */
	size_t n;		/* of line */
	char *answer;		/* being sent, malloc'd; NULL: none */
	size_t sent, answer_n;
	bool last;		/* it said it has no more */
	char line[DOOR_LINE];
};

struct door {
	struct loop *loop;
	int fd;			/* listens */
	void (*run)(void *ctx, struct str line, FILE *out);
	void *ctx;
	struct door_client clients[DOOR_CLIENTS];
};

/* The listening socket that the service manager gave under a name, or -1. */
int door_given(const char *name);
/*
 * One made at path with a mode, in place of what was left there.  The
 * descriptor, or -1 with why_r (DOOR_WHY octets).
 */
int door_make(const char *path, mode_t mode, char *why_r);

/*
 * Serve a listening socket: run is called with each line, without its end, and
 * writes the answer to out.  false: the loop has no room.
 */
bool door_open(struct door *d, struct loop *l, int fd,
    void (*run)(void *ctx, struct str line, FILE *out), void *ctx);

#endif
