#ifndef LANE_TALK_H
#define LANE_TALK_H

/*
 * A protocol's conversation over a socketpair: what the engine is to say is
 * given, in pieces, and what it was asked is kept.  For unit tests and
 * fuzzers of the protocols in scan/.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lane.h"
#include "tap.h"

enum { LANE_TALK_ASKED = 65536 };

struct lane_talk {
	const struct scan_protocol *protocol;
	struct scan_engine engine;
	struct scan_address address;
	struct str object, user;
	bool closes;		/* the engine closes when all is said */
	/* made by the conversation */
	struct scan_result result;
	char asked[LANE_TALK_ASKED];
	size_t nasked;
	int rc;			/* of lane_step(): 1, 0 not yet, ERR_* */
	bool kept;		/* the connection is there for the next one */
	char version[SCAN_VERSION];
	const char *why;	/* of an error */
};

/* Keep what the lane sent to fd. */
static inline void
lane_talk_heard(struct lane_talk *t, int fd)
{
	ssize_t k;

	while (t->nasked < sizeof t->asked && (k = recv(fd, t->asked +
	    t->nasked, sizeof t->asked - t->nasked, MSG_DONTWAIT)) > 0)
		t->nasked += (size_t)k;
}

static inline void
lane_talk_step(struct lane_talk *t, struct lane *l, int fd)
{
	if (t->rc == 0)
		t->rc = lane_step(l);
	if (t->rc < 0)
		t->why = l->why;
	lane_talk_heard(t, fd);
}

/* Ask about the object; the engine says the pieces, whatever it is asked. */
static inline void
lane_talk(struct lane_talk *t, const struct str *pieces, size_t n)
{
	struct scan_object o = scan_memory(t->object);
	struct lane l;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	t->address.path = "/engine";
	t->engine.addresses = &t->address;
	t->engine.naddresses = 1;
	t->rc = 0;
	t->nasked = 0;
	t->why = "";
	lane_init(&l, &t->engine, t->protocol);
	io_init(&l.io, pair[0], LANE_REPLY_MAX, 0);
	if (io_setup_socket(pair[0], 0, 0) < 0)
		abort();
	l.state = LANE_CONNECTING;
	lane_connected(&l);
	lane_ask(&l, &o, &t->result, t->user);
	lane_talk_step(t, &l, pair[1]);
	for (size_t i = 0; i < n && t->rc == 0; i++) {
		if (send(pair[1], pieces[i].p, pieces[i].n, MSG_NOSIGNAL) < 0)
			break;
		lane_talk_step(t, &l, pair[1]);
	}
	if (t->closes) {
		shutdown(pair[1], SHUT_WR);
		lane_talk_step(t, &l, pair[1]);
	}
	t->kept = l.state == LANE_IDLE;
	memcpy(t->version, l.version, sizeof t->version);
	lane_close(&l, false);
	close(pair[1]);
}

/* For tap_feed_split(): the result as text, malloc'd. */
static inline char *
lane_talk_feed(void *ctx, const struct str *pieces, size_t n)
{
	struct lane_talk *t = ctx;
	char *text = malloc(1024);

	if (text == NULL)
		abort();
	lane_talk(t, pieces, n);
	if (t->rc > 0)
		snprintf(text, 1024, "%s %d %s|%s%s",
		    scan_status_name(t->result.status),
		    t->result.score == SCAN_SCORE_UNKNOWN ? -1 :
		    t->result.score, t->result.name, t->result.why,
		    t->kept ? " kept" : "");
	else if (t->rc < 0)
		snprintf(text, 1024, "%s %s", err_name(t->rc), t->why);
	else
		snprintf(text, 1024, "waits");
	return text;
}

/* In every split the engine's words give want; their name. */
static inline void
lane_talk_test(struct lane_talk *t, struct str says, const char *want,
    const char *name)
{
	struct tap_feed feed = { lane_talk_feed, t };
	char *got = tap_feed_split(&feed, says, name);

	tap_cstr(want, got, "%s", name);
	free(got);
}

#endif
