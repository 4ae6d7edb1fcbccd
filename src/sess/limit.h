#ifndef LIMIT_H
#define LIMIT_H

/*
 * The session's limits of time and volume.  Breaking one ends the session
 * with "* BYE", after "NO [LIMIT]" where a tag is pending.
 */

#include "session.h"

/* When the next timer is due, clock_ms; CLOCK_NEVER. */
int64_t limit_deadline(const struct sess *s);
/* The server is not read from, or not asked yet: mails are being judged. */
bool limit_waits_for_us(const struct sess *s);
/* End the session if a timer is past or a volume is exceeded. */
void limit_check(struct sess *s);
/*
 * May a mail of n octets go on?  false: the session is ended.  in: server to
 * client.
 */
bool limit_mail(struct sess *s, bool in, uint64_t n);
/* A command was answered BAD: counts it; false ends the session. */
bool limit_bad(struct sess *s);

#endif
