#ifndef SHOWN_H
#define SHOWN_H

/*
 * Fields of MIME as Dovecot shows them in BODYSTRUCTURE, and finds boundaries
 * in them.  For well-formed fields that is the strict reading of param.h,
 * but that values of RFC 2231 stay as they are encoded; for others it is the
 * reading a client is told of, so it is ours, too.
 */

#include <stdbool.h>

#include "arena.h"
#include "param.h"
#include "str.h"

struct mime_shown_param {
	struct mime_shown_param *next;
	struct str name, value;
};

struct mime_shown {
	struct str type;	/* empty: it cannot be read */
	struct str subtype;	/* empty: there is none */
	/* Of all parameters the first MIME_PARAMS_MAX. */
	struct mime_shown_param *params;
};

/* A Content-Type; slices of value or in the arena. */
void mime_shown_type(struct arena *a, struct str value,
    struct mime_shown *s_r);
/* A Content-Disposition: no subtype. */
void mime_shown_word(struct arena *a, struct str value,
    struct mime_shown *s_r);
/* A Content-Transfer-Encoding; false: it is not one word. */
bool mime_shown_cte(struct str value, struct str *cte_r);
/*
 * The next of a Content-Language from *at on, which begins as 0; false: no
 * more.
 */
bool mime_shown_language(struct str value, size_t *at, struct str *s_r);
/* The first so named; NULL: none. */
const struct mime_shown_param *mime_shown_find(const struct mime_shown *s,
    struct str name);

#endif
