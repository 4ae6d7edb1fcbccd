#ifndef MODULE_H
#define MODULE_H

/*
 * Engines that a session loads only when its compiled configuration says it
 * can need them (tls.so, regex.so, resolve.so, store.so).  A module exports
 * one table engine_<name> that begins with struct module_head.  Its folder is
 * compiled in and never taken from the environment.  Programs that link the
 * rooms directly (test-imap4, unit tests) define module_static[] and load
 * nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "build.h"

struct module_head {
	char name[12];
	char build[BUILD_ID_SIZE];	/* must equal BUILD_ID */
};

#define MODULE_HEAD(n) { .name = n, .build = BUILD_ID }

/* Modules linked in; ends with a NULL row. */
extern const struct module_head *const module_static[];

/*
 * The table of a module, loaded on first use and kept.  NULL with a constant
 * reason in *why_r (missing, of another build ...), valid until the next call.
 */
const void *module_get(const char *name, const char **why_r);

/*
 * What module_get() does for one that is not there yet.  The statically linked
 * imap4-proxy has one of its own that fails, and module_loads false: sessions
 * that need a module are imap4-session's.
 */
const struct module_head *module_load(const char *name, const char **why_r);
extern const bool module_loads;

#endif
