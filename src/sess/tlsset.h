#ifndef TLSSET_H
#define TLSSET_H

/*
 * Contexts of TLS for many sessions: wait mode's parent makes them once, with
 * certificates and keys read, and every session it forks uses them.  A context
 * belongs to a row of ssl-params, a role and what is asked of the peer's
 * certificate, so that nothing of one policy serves another: a ticket is no
 * good in another context.  What is not in the set, a session makes for
 * itself.
 *
 * Sessions resume by tickets whose keys all children of the parent have and
 * nobody else; they live TLSSET_LIFE_MS.  Where a client's certificate is
 * asked for there are none: it is judged at each connection.
 */

#include <stdbool.h>

#include "conf.h"
#include "tls.h"

enum {
	/* Contexts of one set: .1 MB and 3 ms each. */
	TLSSET_MAX = 64,
	/* Then a context is made anew, and its ticket keys with it. */
	TLSSET_LIFE_MS = 12 * 3600 * 1000,
	/*
	 * A file that cannot be used is tried again after this, then after
	 * twice as long each time, up to the second one.
	 */
	TLSSET_RETRY_MS = 1000,
	TLSSET_RETRY_MAX_MS = 8 * 1000,
};

struct tlsset;

/*
 * All contexts that sessions of c can need; c must outlive the set.  Loads
 * the engine.  NULL when none is needed.  A file that cannot be read is
 * logged, and tried again by tlsset_refresh().
 */
struct tlsset *tlsset_new(const struct conf *c);
void tlsset_free(struct tlsset *set);

/*
 * Make those anew whose files have changed, or that are too old.  One that
 * cannot be made leaves the old one in force, and is logged once.  true: one
 * was made.
 */
bool tlsset_refresh(struct tlsset *set);

/* NULL when it is not there; set may be NULL. */
struct tls_ctx *tlsset_find(const struct tlsset *set, int32_t row,
    enum tls_role role, enum tls_verify verify);

#endif
