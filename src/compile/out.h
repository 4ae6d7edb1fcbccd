#ifndef OUT_H
#define OUT_H

/*
 * A cache being written: one block that never moves, so that pointers into
 * it stay valid.  The same text gives the same octets: memory is zeroed,
 * strings are kept once in the order of their first use.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"

struct out {
	char *base;	/* CONF_MAX octets, touched as they are used */
	size_t n;
	bool full;	/* something did not fit */
	uint32_t *seen;	/* offsets of strings, by hash */
	size_t nseen, seen_cap;	/* cap is a power of two */
};

void out_init(struct out *o);
void out_fini(struct out *o);

/*
 * n zeroed elements; *ref_r says where.  n = 0 gives {0, 0} and NULL.  When
 * it does not fit, o->full is set and the memory is good for nothing but
 * being written to.
 */
void *out_table(struct out *o, size_t size, size_t align, uint32_t n,
    struct conf_ref *ref_r);
/* A string; an empty one is {0, 0}. */
struct conf_ref out_str(struct out *o, struct str s);
/* Forget strings seen: later ones do not share with earlier ones. */
void out_forget(struct out *o);

#endif
