#ifndef LANE_H
#define LANE_H

/*
 * A connection to an engine: connecting, at each of its addresses in turn,
 * and one object after the other, as the engine's protocol wants it.  For
 * scan.c and the protocols only.
 */

#include "io.h"
#include "scan.h"

enum {
	/* Of an answer that is not yet understood. */
	LANE_REPLY_MAX = 256 << 10,
	/* Octets of an object that are put at a time. */
	LANE_PIECE = 32768,
	/* What more() puts at most: a piece, and what stands around it. */
	LANE_PUT_MAX = LANE_PIECE + 2048,
};

struct lane;

/* How an engine is spoken to. */
struct scan_protocol {
	/*
	 * Put (io_put) what is to be sent next: 1; 0 when it is the other
	 * side's turn; ERR_*, with the lane's why.
	 */
	int (*more)(struct lane *l);
	/*
	 * Octets have come to io.in, or the end (l->eof): 1 the result is
	 * made; 0 more is needed; ERR_*, with why: the answer is no answer.
	 */
	int (*hear)(struct lane *l);
	/* A last word before closing; NULL: none. */
	struct str bye;
	/* An antispam engine: no word of its own blocks. */
	bool spam;
};

extern const struct scan_protocol scan_clamd, scan_clamd_fd, scan_icap,
	scan_spamd, scan_rspamd;

enum lane_state { LANE_CLOSED, LANE_CONNECTING, LANE_IDLE, LANE_BUSY };

struct lane {
	/* permanent */
	const struct scan_engine *engine;
	const struct scan_protocol *protocol;

	/* of the connection */
	enum lane_state state;
	struct io io;
	size_t address;		/* row */
	int64_t connect_by;	/* clock_ms(): then the next address */
	uint32_t requests;	/* sent on this connection */
	char version[SCAN_VERSION];	/* signatures; "": it did not tell */
	bool greeted;		/* icap: OPTIONS is answered */
	bool reqmod;		/* icap: it has REQMOD, no RESPMOD */
	uint64_t preview;	/* octets it wants, or UINT64_MAX: all */

	/* of the object; reset by lane_ask() */
	const struct scan_object *object;
	struct scan_result *result;
	struct str user;
	int phase;		/* the protocol's own */
	uint64_t sent;		/* octets of the object */
	uint64_t matched;	/* icap: of the answer's body, equal to its */
	uint64_t left;		/* icap: of the answer's head, or chunk */
	int pass_fd;		/* to go with the next octet, or -1 */
	int own_fd;		/* that one, when it was made for it */
	bool eof;		/* the engine sends no more */
	bool keep;		/* the connection serves the next object */
	const char *why;	/* constant, of the last error */
};

void lane_init(struct lane *l, const struct scan_engine *e,
    const struct scan_protocol *p);
/* Close at once; with goodbye, say it first if it can be said. */
void lane_close(struct lane *l, bool goodbye);

/* Connect to the address l->address: 0 begun, ERR_* with why. */
int lane_connect(struct lane *l);
/* It is writable: 1 connected (LANE_IDLE), ERR_* with why. */
int lane_connected(struct lane *l);
/* On an idle connection: has the engine closed it, or spoken unasked? */
bool lane_stale(const struct lane *l);

/* Begin with an object, on a connection that is idle. */
void lane_ask(struct lane *l, const struct scan_object *o,
    struct scan_result *r, struct str user);
/* What to poll the connection for. */
short lane_events(const struct lane *l);
/*
 * Go on as far as it goes without waiting: 1 the result is made, and the
 * connection is idle or closed; 0 it goes on; ERR_EOF, ERR_IO: it broke
 * before there was an answer; other ERR_*, with why: the answer counts for
 * nothing.  After errors the connection is closed.
 */
int lane_step(struct lane *l);

/* ---- for protocols ------------------------------------------------------ */

/* The engine told what its signatures are; too long, it did not. */
void lane_version(struct lane *l, struct str version);

/*
 * Put up to max octets of the object, from l->sent on: how many, 0 when all
 * are sent; ERR_IO with why.
 */
int64_t lane_body(struct lane *l, size_t max);
/* Octets that lane_body() would put. */
size_t lane_body_next(const struct lane *l, size_t max);
/* more() of those who send a head and then the whole object. */
int lane_question(struct lane *l, int (*head)(struct lane *));
/* All octets of the object went out. */
bool lane_all_sent(const struct lane *l);
/* io_put, and say so when it does not fit: 1, or ERR_LIMIT. */
int lane_put(struct lane *l, struct str s);
int lane_printf(struct lane *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What may go into a request: a word of printable ASCII, no blank. */
enum { LANE_VALUE_MAX = 255 };
bool lane_is_word(struct str s);
/* "Name: value\r\n"; a value that is no such word is left out, false. */
bool lane_field(struct lane *l, const char *name, struct str value);

#endif
