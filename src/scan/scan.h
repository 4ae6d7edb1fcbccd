#ifndef SCAN_H
#define SCAN_H

/*
 * Engines that judge octets: antivirus and antispam.  A mail's objects (the
 * mail as it came, each decoded part, each other reading of one) are
 * submitted, several engines work on them at once over a few connections
 * each, which stay open for the next object and the next mail; scan_run()
 * waits for all of it in one poll loop.
 *
 * What an engine cannot be asked is an error of its own, never a failure of
 * a call here and never "free": connections refused, closed or reset are
 * tried again, at every address, until the engine's timeout; answers that
 * are cut, doubled, too long or for something else count for nothing.
 * Ignore SIGPIPE.
 */

#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "shape.h"
#include "verdict.h"

enum {
	/* Of a policy's; a bit each. */
	SCAN_ENGINES_MAX = 64,
	/* Tried in their order for every connection. */
	SCAN_ADDRESSES_MAX = 16,
	/* Connections to one engine: the mail, and its parts beside it. */
	SCAN_LANES = 2,
	/* Objects submitted and not yet forgotten. */
	SCAN_OBJECTS_MAX = 256,
	/* Connections that break under one object: it may be what kills. */
	SCAN_TRIES_MAX = 3,
	/* An address that neither accepts nor refuses. */
	SCAN_CONNECT_MS = 3000,
	/* Between rounds over all addresses: doubled from one to the other. */
	SCAN_BACKOFF_MS = 50,
	SCAN_BACKOFF_MAX_MS = 2000,
	/* Of signatures, as the engine tells it. */
	SCAN_VERSION = 96,
};

enum scan_kind { SCAN_CLAMD, SCAN_CLAMD_FD, SCAN_ICAP, SCAN_SPAMD,
	SCAN_RSPAMD };

struct scan_address {
	const char *path;	/* of a Unix socket; NULL: addr */
	struct addr addr;	/* numeric, with its port */
};

/* An engine as it is configured; outlives the scan. */
struct scan_engine {
	const char *title;
	enum scan_kind kind;
	const struct scan_address *addresses;
	size_t naddresses;
	/*
	 * ms for all of one mail's objects, connecting included, waiting for
	 * other sessions not; 0: no limit of its own.
	 */
	int64_t timeout;
	uint64_t max_size;	/* larger objects are skipped; 0: none is */
	/* Objects of all sessions' that it gets at once; 0: no limit. */
	unsigned max_parallel;
	const struct shape *shape;	/* of TCP connections; NULL */
	const char *service;	/* icap: its name, "avscan"; else NULL */
	const char *host;	/* icap: of its URI; NULL: the address */
	/*
	 * icap: an answer 200 without a word on an infection is free whatever
	 * its body is; without it only when it is the object's.
	 */
	bool pass_body;
};

/* Octets: in memory, or of a file that can be read at any offset. */
struct scan_object {
	struct str octets;	/* of memory, when fd is -1 */
	int fd;
	uint64_t off, size;	/* of fd's; size also of memory */
};

struct scan;

/* NULL: no memory, or more engines than SCAN_ENGINES_MAX. */
struct scan *scan_open(const struct scan_engine *engines, size_t n);
void scan_close(struct scan *s);

/*
 * Keep max_parallel, by this file of places.h's, which the caller closes after
 * the scan; without one nobody does.
 */
void scan_places(struct scan *s, int fd);

/*
 * A mail begins: what was submitted before is forgotten.  After deadline
 * (clock_ms()) everything that is not answered is an error.  user: whom
 * antispam is to know it by, from the client: it is left out if it is not
 * fit; lives until the next begin.
 */
void scan_begin(struct scan *s, int64_t deadline, struct str user);
/*
 * Have the engines of a set of bits judge an object, whose octets stay where
 * they are until it is forgotten.  Its number, or ERR_LIMIT: run, and forget
 * some first.
 */
int scan_submit(struct scan *s, const struct scan_object *o,
    uint64_t engines) __attribute__((warn_unused_result));
/*
 * Have engines begin with what was submitted, and go on with what they are at,
 * as far as that goes without waiting.
 */
void scan_start(struct scan *s);
/*
 * Wait until every engine has said its word on every object, 1, or until
 * comes, 0.
 */
int scan_run(struct scan *s, int64_t until);
/*
 * The word of an engine (its row) on an object; "skipped" of one that was not
 * asked.  NULL while it is not known.  Lives until the object is forgotten.
 */
const struct scan_result *scan_result(const struct scan *s, int object,
    size_t engine);
/* Give up what is not answered, and give the number to the next object. */
void scan_forget(struct scan *s, int object);

/* Nothing will be asked for a while: say goodbye and close. */
void scan_rest(struct scan *s);
/*
 * Signatures that are no newer than those of the engine's answers on this
 * mail; "": it does not tell, they changed meanwhile, or it answered at
 * addresses that have others each.
 */
const char *scan_version(const struct scan *s, size_t engine);
/*
 * What the signatures of a set of engines are now, which scan_version() then
 * tells: they are shown an octet on a new connection each.
 */
void scan_ask_versions(struct scan *s, uint64_t engines, int64_t until);

static inline struct scan_object
scan_memory(struct str octets)
{
	return (struct scan_object){ .octets = octets, .fd = -1,
	    .size = octets.n };
}

#endif
