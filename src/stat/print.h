#ifndef PRINT_H
#define PRINT_H

/*
 * The scoreboard printed.  Texts are escaped for what they are printed as;
 * a peer's octets never reach a terminal, a label or a page as they came.
 */

#include <stdio.h>

#include "fields.h"

/* The verdict store, for counters' sake. */
struct print_store {
	uint64_t values;
	uint64_t used, room;		/* octets */
};

struct print {
	struct board_look *r;
	const struct filter *filter;	/* NULL: all */
	const char *name;		/* of the configuration */
	const char *config;		/* hash in force, hex; NULL: unknown */
	const struct print_store *store;	/* NULL: not known */
};

/* One line a session, 80 columns at most, behind a line of titles. */
void print_list(const struct print *p, FILE *out);
/* Every field of the sessions, a line each; an empty line between two. */
void print_fields(const struct print *p, FILE *out);
/* Counters, "NAME VALUE" each. */
void print_counters(const struct print *p, FILE *out);
/* Everything as one JSON object. */
void print_json(const struct print *p, FILE *out);
/* OpenMetrics, up to "# EOF". */
void print_metrics(const struct print *p, FILE *out);
/* A static page, as Kernun's monitor makes. */
void print_html(const struct print *p, FILE *out);

#endif
