#ifndef ACL_REGEX_H
#define ACL_REGEX_H

/*
 * Regular expressions: PCRE2 behind a table of functions, the module regex.so
 * (module_get("regex", &why)).  Expressions are anchored at both ends and see
 * octets; '.' matches every one of them.  No JIT: the process may not make
 * memory executable.
 */

#include <stddef.h>

#include "module.h"
#include "str.h"

enum {
	/*
	 * Steps, depth of backtracking and KB of heap of one match.  The
	 * subjects are names of a few KB; an honest expression takes some
	 * thousand steps, and this many take about 10 ms.
	 */
	REGEX_MATCH_LIMIT = 500000,
	REGEX_DEPTH_LIMIT = 5000,
	REGEX_HEAP_KB = 2048,
	/* A longer expression is a mistake, or a list that wants a set. */
	REGEX_PATTERN_MAX = 4096,
	/* Prepared at once: looked for one by one. */
	REGEX_READY_MAX = 64,
};

enum regex_result {
	REGEX_NO,
	REGEX_MATCH,
	REGEX_UNDECIDED,	/* a limit was reached, or no memory */
};

struct regex_engine {
	struct module_head head;

	/* *why_r, a constant text, for REGEX_UNDECIDED only. */
	enum regex_result (*match)(struct str pattern, struct str subject,
	    const char **why_r);

	/*
	 * Would the pattern compile?  0, or ERR_SYNTAX with a text in why
	 * (n octets) and the octet where it goes wrong.
	 */
	int (*check)(struct str pattern, char *why, size_t n, size_t *at_r);

	/*
	 * Compile a pattern once for all later matches, in this process and
	 * those it forks; it must outlive them.  One too many, or that does
	 * not compile, is compiled at each match.
	 */
	void (*prepare)(struct str pattern);
	/* Give back what was prepared. */
	void (*forget)(void);
};

extern const struct regex_engine engine_regex;

#endif
