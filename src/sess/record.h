#ifndef RECORD_H
#define RECORD_H

/*
 * The statistics records of a session, with Kernun's layouts: SESSION-START,
 * ACL, REQUEST, SESSION-END, PROXY-EVENT, and the named failures.
 * IN is server to client, OUT client to server.
 */

#include "session.h"

void record_start(const struct sess *s);
/* phase 1 session, 2 command; name NULL: no ACL matched. */
void record_acl(const struct sess *s, int phase, struct str parent,
    struct str name, bool accepted, const char *reason);
/* A finished command; status "OK" "NO" "BAD"; by: proxy or server. */
void record_request(const struct sess *s, const struct queued *q,
    const char *status, bool by_proxy);
/*
 * A command that the proxy refuses, perhaps for a mailbox it names; dry:
 * would, but for dry-run.
 */
void record_refused(const struct sess *s, unsigned row, const char *why,
    struct str mailbox, bool dry);
/* SESSION-END and PROXY-EVENT. */
void record_end(const struct sess *s);
/* stage= and why of what ended the session or failed a candidate. */
void record_failed(const struct sess *s, enum log_id id, const char *why);

#endif
