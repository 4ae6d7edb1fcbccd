#ifndef REPORT_H
#define REPORT_H

/*
 * What is wrong with a configuration, collected: everything that can be found
 * in one run is told in one run, in the order of the text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"

struct arena;

enum {
	/* More than this is one mistake repeated by a generator. */
	REPORT_MAX = 200,
	/* One message; values in it are cut by the caller. */
	REPORT_LINE = 1000,
};

enum report_kind { REPORT_WARNING, REPORT_ERROR };

struct report_item {
	struct report_item *next;
	enum report_kind kind;
	struct conf_line at;	/* line 0: the whole file */
	const char *text;
};

struct report {
	struct arena *arena;	/* the compile run's */
	struct report_item *first;	/* by source and line */
	unsigned errors, warnings;	/* listed or not */
};

/* The same text at the same place is kept once. */
void report_add(struct report *r, enum report_kind kind, struct conf_line at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Add all that another one lists. */
void report_merge(struct report *r, const struct report *other);

/*
 * All of it, a line each: "FILE:LINE: text" or "FILE:LINE: warning: text".
 * names[source] is how to call a source.  malloc'd.
 */
char *report_print(const struct report *r, const char *const *names);
/* The same as a JSON array of {file, line (0: the whole file), severity
 * ("error", "warning"), text}.  malloc'd. */
char *report_print_json(const struct report *r, const char *const *names);

#endif
