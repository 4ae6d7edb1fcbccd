#ifndef DOOR_H
#define DOOR_H

/*
 * A UNIX socket of the helper's: a client sends one line, gets the answer and
 * the connection is closed.  Who may connect is the socket's mode.  Clients
 * are not trusted to end their lines, to read or to go away.
 */

#include <stdio.h>
#include <sys/types.h>

#include "loop.h"
#include "str.h"

enum {
	/* At once; one more is told so and closed.  See JAIL_NOFILE. */
	DOOR_CLIENTS = 32,
	DOOR_CLIENTS_FEW = 8,
	/* Of a line: longer ones are an error. */
	DOOR_LINE = 4096,
	/* For a line to come, and for its answer to be read, ms. */
	DOOR_WAIT = 5000,
	/* Answers that wait to be read, together: a page of 65,536 sessions. */
	DOOR_HELD = 128 << 20,
	DOOR_WHY = 160,
	/* From the service manager; the helper's units name three. */
	DOORS_GIVEN_MAX = 16,
};

/*
 * Answers a line, which has no end, to out.  fd is the client's, for who it
 * is; "error: " begins an answer that is one.
 */
typedef void door_run(void *ctx, int fd, struct str line, FILE *out);

struct door {
	struct loop *loop;
	int fd;				/* listens; -1: none */
	door_run *run;
	void *ctx;
	int most;			/* clients */
	uint64_t tickets;		/* that were given */
	size_t held;
	struct door_client {
		int fd;			/* -1: a free row */
		size_t n;		/* octets of line */
		char line[DOOR_LINE + 1];
		char *answer;		/* malloc'd; NULL: none yet */
		size_t size, sent;
		int64_t deadline;
		uint64_t ticket;	/* of an answer that comes later; 0 */
		FILE *out;		/* where to */
	} clients[DOOR_CLIENTS];
};

/* How many descriptors the service manager gave; no program gets them. */
int door_all_given(void);
/* In a child of ours, all of them: close those that are not its business. */
void door_leave_given(int all, int but);
/* The listening socket that the service manager gave under a name, or -1. */
int door_given(const char *name);
/*
 * One made at path with a mode, before the jail; that of a helper that is gone
 * is replaced.  The descriptor, or -1 with why_r (DOOR_WHY octets).
 */
int door_make(const char *path, mode_t mode, char *why_r);

/*
 * Serve it in a loop; with fd -1 nothing.  run, ctx and most are set.  false:
 * the loop has no room.
 */
bool door_open(struct door *d, struct loop *l, int fd);

/*
 * In a door_run, when the answer to fd's line comes later: a ticket, not 0.
 * out stays open until door_done(), which has to come: the client waits.
 */
uint64_t door_later(struct door *d, int fd);
/* Where the answer goes; NULL: the client is gone, and there is no more. */
FILE *door_out(struct door *d, uint64_t ticket);
/* All of it was written. */
void door_done(struct door *d, uint64_t ticket);

#endif
