#ifndef STR_H
#define STR_H

/*
 * Slices.  A struct str points into a buffer, an arena or static storage and
 * owns nothing; whoever hands one out says how long it lives.  It may hold
 * NUL and any other octet.  All case folding is ASCII only, in every locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
#define STR_NULL ((struct str){ NULL, 0 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str
str_c(const char *cstr)
{
	return (struct str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline char
ascii_up(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static inline bool
ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool str_eq(struct str a, struct str b);
bool str_ieq(struct str a, struct str b);
/* Does s begin with prefix? str_istarts folds case. */
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);

/*
 * Take the part of *s before the first sep; *s becomes what follows it.
 * false, with *head_r the whole of *s and *s empty, when there is no sep.
 */
bool str_cut(struct str *s, char sep, struct str *head_r);
/* Without blanks and tabs at either end. */
struct str str_trim(struct str s);

/*
 * A decimal number, digits only, at most max; leading zeros are accepted.
 * false when empty, when another octet occurs or when it is larger.
 */
bool str_u64(struct str s, uint64_t max, uint64_t *v_r);

/*
 * Glob on octets: '*' any run, '?' one octet; linear in s times stars.
 * icase folds ASCII.
 */
bool str_glob(struct str pattern, struct str s, bool icase);

/* Is s valid UTF-8 (RFC 3629: no overlongs, no surrogates), NUL excluded? */
bool str_utf8(struct str s);
/* Take the character at the front of valid UTF-8 that is not empty. */
uint32_t str_take_utf8(struct str *s);

/* Overwrite with zeros in a way the compiler keeps: for secrets. */
void str_wipe(void *p, size_t n);

#endif
