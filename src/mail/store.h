#ifndef STORE_H
#define STORE_H

/*
 * The verdict store: what engines said of mails, by the SHA-256 of a mail's
 * octets and the engine, in one file that all sessions share (LMDB, the
 * module store.so; module_get("store", &why)).  Never what an ACL made of it.
 *
 * Each process opens it for itself, before its jail; nothing is opened
 * afterwards.  LMDB's own locks are not used: they live in shared memory that
 * any session could spoil, and wait without end for who does not let go.
 * Instead there are record locks of a file beside it (open file descriptions',
 * fcntl(2)), which are tried for STORE_WRITE_MS at most and then done without,
 * and which the kernel gives back however a process ends.  A write that was
 * broken off has not happened.  Nothing is synced: what another boot wrote is
 * thrown away.
 *
 * Calls that fail leave the reason, a constant text, in *why_r; ERR_LIMIT:
 * others keep it busy, which is no fault.  Any other fault is for good: close
 * it, and do without.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "module.h"
#include "str.h"

enum {
	STORE_HASH = 32,		/* SHA-256 */
	/* Octets of a value: below, LMDB gives it no page of its own. */
	STORE_VALUE_MAX = 1024,
	/*
	 * A lock is held for some 50 us; whose holder was stopped, for ever.
	 * Who writes has to find a moment when nobody reads.
	 */
	STORE_LOCK_MS = 20,
	STORE_WRITE_MS = 200,
	/* Values removed under one lock. */
	STORE_BATCH = 256,
};

#define STORE_LOCK_SUFFIX "-lock"

struct store_key {
	uint8_t mail[STORE_HASH];
	uint64_t engine;
};

struct store_state {
	uint64_t values;
	uint64_t used, room;		/* octets of the file */
	int64_t oldest;			/* s since 1970; 0: there is none */
};

struct store;

struct store_engine {
	struct module_head head;

	/*
	 * The file, made if it is missing, of so many octets at most; NULL.
	 * What is damaged, larger, or another boot's, begins anew.
	 */
	struct store *(*open)(const char *path, uint64_t room,
	    const char **why_r);
	void (*close)(struct store *s);
	/*
	 * What is in the file at path is not to be used again: who opens it
	 * next begins anew.  0 or ERR_*.
	 */
	int (*condemn)(const char *path, const char **why_r);

	/* digest.h, once a store is open, or what it needs is prepared. */
	bool (*digest_prepare)(void);
	struct digest *(*digest_begin)(void);
	void (*digest_add)(struct digest *d, struct str octets);
	void (*digest_end)(struct digest *d, uint8_t out[STORE_HASH]);

	/* The value and when it was put: octets, 0 there is none, ERR_*. */
	int (*get)(struct store *s, const struct store_key *k,
	    char out[STORE_VALUE_MAX], int64_t *time_r, const char **why_r);
	/*
	 * In place of what was there.  When there is no room the oldest go.
	 * 0 or ERR_*.
	 */
	int (*put)(struct store *s, const struct store_key *k, int64_t time,
	    struct str value, const char **why_r);

	/*
	 * To be the one who has a mail judged, until release or the end of
	 * the process: false, another is.
	 */
	bool (*claim)(struct store *s, const uint8_t mail[STORE_HASH]);
	void (*release)(struct store *s, const uint8_t mail[STORE_HASH]);

	/* Remove a batch put before a time: how many, 0 none is left. */
	int (*expire)(struct store *s, int64_t before, const char **why_r);
	/* Remove a batch of one mail's, or of all (NULL): how many. */
	int (*forget)(struct store *s, const uint8_t *mail,
	    const char **why_r);
	int (*look)(struct store *s, struct store_state *out,
	    const char **why_r);
	/*
	 * A mail's values one after the other: *at is {mail, 0} at first.
	 * Octets, 0 there is no other, ERR_*.
	 */
	int (*next)(struct store *s, struct store_key *at,
	    char out[STORE_VALUE_MAX], int64_t *time_r, const char **why_r);
};

extern const struct store_engine engine_store;

#endif
