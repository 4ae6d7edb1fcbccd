#ifndef ROWS_H
#define ROWS_H

/*
 * The built-in tables that sets of commands, capabilities and mechanisms are
 * written over, in one shape.  Row 0 is UNKNOWN: what the proxy does not know.
 */

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
};

extern const struct rows rows_commands, rows_capabilities, rows_mechanisms;

#endif
