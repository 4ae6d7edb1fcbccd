#ifndef REPLY_H
#define REPLY_H

/*
 * What the proxy itself says to the client.  Texts come from lang.h in the
 * session's language; every line is whole and committed, or not there.
 */

#include "session.h"

/* "* OK [CAPABILITY ...] text" before a server is known. */
void reply_own_greeting(struct sess *s);
/* The server's greeting as the client gets it; text is sanitised. */
void reply_greeting(struct sess *s, bool preauth, struct str text);
/* "* CAPABILITY ..." as it is offered now. */
void reply_capability(struct sess *s);
/* "tag STATUS [CODE] text"; code "" for none. */
void reply_tagged(struct sess *s, const char *tag, const char *status,
    const char *code, enum lang_id text);
/* The same, and behind the text what it is about: " 4,7". */
void reply_tagged_about(struct sess *s, const char *tag, const char *status,
    const char *code, enum lang_id text, const char *about);
/* The command of this tag is still worked for (RFC 9585). */
void reply_progress(struct sess *s, const char *tag);
/* "* BAD text": the tag was not safely read. */
void reply_bad_untagged(struct sess *s, enum lang_id text);
/* "+ text". */
void reply_continue(struct sess *s, struct str text);

/*
 * Answer the command being read, in its turn: at once when nothing is before
 * it, else as a local row of the queue.  Counts and logs it.
 */
void reply_local(struct sess *s, const char *tag, unsigned row,
    const char *status, const char *code, enum lang_id text);
/* An OK of the proxy's own, with the untagged line that belongs to it. */
void reply_say(struct sess *s, const char *tag, unsigned row,
    enum queue_say say, const char *status, enum lang_id text);
/* The server closed after LOGOUT: say what it left unsaid. */
void reply_logged_out(struct sess *s);
/* What a row's client will be told, whatever the server answers. */
void reply_answer(const struct sess *s, struct queued *q, const char *status,
    const char *code, enum lang_id text);
/* To a SELECT that was refused: nothing is selected any more. */
void reply_deselected(struct sess *s, const struct queued *q);
/* Send local answers that have reached the head of the queue. */
void reply_due(struct sess *s);

/* The last words, "* BYE", as s->end has them, and what is still unsent. */
void reply_end(struct sess *s);

#endif
