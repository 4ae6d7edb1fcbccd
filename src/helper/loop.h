#ifndef LOOP_H
#define LOOP_H

/*
 * imap4-helper's loop: a table of descriptors and one of clocks, each with
 * the function to call.  Nothing may block in one.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	/* 40 clients of two sockets, these, the children, slack. */
	LOOP_SOURCES = 64,
	LOOP_CLOCKS = 8,
};

struct loop {
	struct loop_source {
		int fd;			/* -1: a free row */
		short events;		/* poll(2) */
		void (*ready)(void *ctx, int fd, short revents);
		void *ctx;
	} sources[LOOP_SOURCES];
	struct loop_clock {
		int64_t every, due;	/* ms; every 0: a free row */
		void (*tick)(void *ctx);
		void *ctx;
	} clocks[LOOP_CLOCKS];
	bool stop;			/* set by who wants loop_run() to end */
};

void loop_init(struct loop *l);
/* Call ready when there is one of the events; false: no room. */
bool loop_add(struct loop *l, int fd, short events,
    void (*ready)(void *ctx, int fd, short revents), void *ctx);
/* Other events for a descriptor. */
void loop_want(struct loop *l, int fd, short events);
/* Forget it; also from within a ready function.  Not closed. */
void loop_remove(struct loop *l, int fd);
/* Call tick every so many ms from now on; false: no room. */
bool loop_every(struct loop *l, int64_t ms, void (*tick)(void *ctx),
    void *ctx);
/* Until l->stop.  0, or -1 with errno when poll(2) fails. */
int loop_run(struct loop *l);

#endif
