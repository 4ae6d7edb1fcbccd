#ifndef PEER_H
#define PEER_H

/*
 * The two ends that a transcript speaks for.  Both are pumped together: one
 * side's octets are always taken while the other's are waited for, so a test
 * stops only where the session itself does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script.h"
#include "str.h"

struct ssl_st;

struct peer {
	int fd;			/* -1: closed */
	struct ssl_st *ssl;	/* NULL: plain */
	bool packets;		/* SOCK_SEQPACKET: one send, one read */
	bool held;		/* not to be read now: a handshake is next */
	bool slow;		/* it reads nothing until it is told to */
	bool eof;		/* the session has closed its side */
	bool shut;		/* we have closed ours */
	char *in;
	size_t head, tail, cap;
};

struct pair {
	struct peer peer[SIDES];
	int64_t deadline;	/* clock_ms() */
	const char *why;	/* constant; set when a call fails */
};

void pair_init(struct pair *p, const int fd[SIDES],
    const bool packets[SIDES], int64_t deadline);
void pair_fini(struct pair *p);

/* What has come and was not consumed; until the next call. */
struct str peer_heard(const struct peer *peer);
void peer_consume(struct peer *peer, size_t n);

/*
 * Wait until something new has come to either side, ms at most.  false when
 * the deadline has passed.
 */
bool pair_wait(struct pair *p, int ms);

/*
 * Send s.  A session that has closed loses the octets; that is no failure.
 * false: p->why.
 */
bool pair_send(struct pair *p, enum side side, struct str s);
/*
 * Make sure that what is sent next is another read of the session's: waits
 * until it has read everything, where the socket does not see to it.
 */
bool pair_taken(struct pair *p, enum side side);

/*
 * Handshake.  options: "alpn=imap" "cert=client" "sni=NAME" "max=1.1"
 * "fails" "ca=no"; the client's side verifies nothing unless a test asks.
 */
bool pair_tls(struct pair *p, enum side side, struct str options,
    const char *certs);

/* FIN, after close_notify when orderly. */
void pair_shut(struct pair *p, enum side side, bool orderly);
void pair_drop(struct pair *p, enum side side);

#endif
