#ifndef ROWS_H
#define ROWS_H

/*
 * The built-in tables that sets of commands, capabilities, mechanisms, FETCH
 * items and extensions of APPEND are written over, in one shape.  Row 0 is
 * UNKNOWN: what the proxy does not know.
 */

#include "keys.h"
#include "str.h"

enum row_kind {
	ROW_ALLOW,	/* part of the default */
	ROW_ASK,	/* only when named, or by "*" */
	ROW_NEVER,	/* cannot be admitted */
};

struct rows {
	const char *what;	/* "command" */
	unsigned (*count)(void);	/* at most CONF_BITS */
	const char *(*name)(unsigned row);
	enum row_kind (*kind)(unsigned row);
	int (*row)(struct str name);	/* -1: no such row */
	/* the first 64 rows a name stands for together, or NULL */
	uint64_t (*group)(struct str name);
};

extern const struct rows rows_commands, rows_capabilities, rows_mechanisms,
    rows_items, rows_extensions;

/* The table of a key's type, NULL when its values are no rows. */
const struct rows *rows_of(const struct conf_key *k);

#endif
