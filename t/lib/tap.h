#ifndef TAP_H
#define TAP_H

/*
 * TAP for unit tests.  Names continue a sentence.  stdout is line-buffered,
 * so a crash loses only itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* Report one test; returns ok. */
bool tap_ok(bool ok, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Wanted first, seen second. */
bool tap_int(int64_t want, int64_t seen, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool tap_str(struct str want, struct str seen, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool tap_cstr(const char *want, const char *seen, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap_skip(const char *why, const char *name);
/* Print the plan; the program's exit status. */
int tap_done(void);

/*
 * Give input to feed whole, octet by octet and in every two-way split.
 * feed(ctx, pieces, n) runs one way and returns a rendering of the result in
 * malloc'd memory; all must equal the first.  Reports one test.
 */
struct tap_feed {
	char *(*feed)(void *ctx, const struct str *pieces, size_t n);
	void *ctx;
};
/* The result of the whole input, malloc'd. */
char *tap_feed_split(const struct tap_feed *f, struct str input,
    const char *name);

#endif
