#ifndef REQUEST_H
#define REQUEST_H

/*
 * The client's side of the conversation: commands are read, judged, and sent
 * on as the proxy writes them, or answered here.
 */

#include "policy.h"
#include "session.h"

enum {
	/* A tag of ours: the prefix and a number of at most ten digits. */
	REQUEST_TAG = 24,
	/* A command of ours: ID with two addresses and ports. */
	REQUEST_OWN = 320,
};

/* Use what the client sent; true when something moved. */
bool request_turn(struct sess *s);
/* Is more input of the client wanted now? */
bool request_wants_input(const struct sess *s);
/* The server sent "+": what waited for it goes on. */
void request_continued(struct sess *s, struct str text);
/* The server answered the command that was being sent or continued. */
void request_answered(struct sess *s, struct queued *q);
/*
 * Send a command of the proxy's own; the session waits for its answer before
 * it sends another.
 */
void request_own(struct sess *s, unsigned row, const char *text);


/* ---- for the modules that handle one kind of command --------------------- */

/* A new remote row for a client's command. */
struct queued *request_queue(struct sess *s, struct str tag, unsigned row);
const char *request_tag(const struct sess *s, uint32_t number,
    char out[REQUEST_TAG]);
/*
 * Send text that is in the arena.  upload: it ends at the header of a literal
 * whose octets the client has yet to send.
 */
void request_send(struct sess *s, const struct imap_wire *wire, bool upload);
/* The same, and the command's memory stays until request_forget(). */
void request_send_kept(struct sess *s, const struct imap_wire *wire);
/* The literal that was announced, as judges want it. */
enum imap_coming request_coming(const struct sess *s);
/* Queue and send the whole command. */
struct queued *request_send_on(struct sess *s, const struct imap_command *cmd);
/* Answer it here, count and log it. */
void request_refuse(struct sess *s, struct str tag, unsigned row,
    const struct policy_verdict *v, const char *why);
/* The command in work is over: its memory is wiped and given back. */
void request_forget(struct sess *s);

#endif
