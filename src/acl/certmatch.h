#ifndef CERTMATCH_H
#define CERTMATCH_H

/* What policy asks of a peer's certificate. */

#include <stdbool.h>

#include "certinfo.h"
#include "conf.h"
#include "truth.h"

/* What was judged; the first part that failed, or could not be decided. */
enum certmatch_part {
	CERTMATCH_PRESENT,
	CERTMATCH_VERIFIED,
	CERTMATCH_FINGERPRINT,
	CERTMATCH_SAN,
	CERTMATCH_SUBJECT,
	CERTMATCH_ISSUER,
	CERTMATCH_PARTS
};

/*
 * A match that is not written holds.  A certificate that is absent, or not
 * verified against an anchor, never satisfies a written one.  san matches
 * case-insensitively; a positive one wants some name of the certificate, a
 * negative one forbids each.  *part_r and *why_r (a constant text) are set
 * when the result is not HOLDS.  ci may be NULL.
 */
enum acl_truth certmatch(const struct conf *c, const struct conf_certmatch *m,
    const struct certinfo *ci, enum certmatch_part *part_r,
    const char **why_r);

/*
 * For client-cert-match and server-cert-match: what cannot be decided does
 * not match.
 */
bool acl_certmatch(const struct conf *c, const struct conf_certmatch *m,
    const struct certinfo *ci, const char **why_r);

struct regex_engine;

/* Compile the expressions of a set, of a match for sessions that are forked. */
void acl_patterns_prepare(const struct conf *c, const struct conf_strset *set,
    const struct regex_engine *re);
void acl_certmatch_prepare(const struct conf *c, const struct conf_certmatch *m,
    const struct regex_engine *re);

#endif
