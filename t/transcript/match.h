#ifndef MATCH_H
#define MATCH_H

/* Texts of a script against what was heard, with the run's variables. */

#include "script.h"

enum { VARS_MAX = 64 };

struct vars {
	struct { struct str name, value; } var[VARS_MAX];
	size_t n;
};

void vars_fini(struct vars *v);

/*
 * Does s match? A variable that is not set yet takes a run of octets without
 * space, parenthesis, bracket or quote, at least one.
 */
bool match_text(const struct text *t, struct str s, struct vars *v);
/* Are all of the words in s, or (none) no one of them? ASCII case counts. */
bool match_words(struct str words, struct str s, bool all);
/*
 * The octets of a text, malloc'd; *n_r their number.  NULL when it uses a
 * variable that is not set, *missing_r its name.
 */
char *match_expand(const struct text *t, const struct vars *v, size_t *n_r,
    struct str *missing_r);

#endif
