#ifndef UPLOAD_H
#define UPLOAD_H

/*
 * Mails from the client: APPEND, MULTIAPPEND (RFC 3502), REPLACE (RFC 8508),
 * with literals that the client and the server are asked for one after the
 * other, so that the proxy keeps nothing of them.
 */

#include <stdbool.h>

#include "arg.h"

struct sess;

struct upload {
	bool running;		/* a literal was passed on; its rest is read */
	bool dead;		/* the server has answered; drain the client */
	bool in_list;		/* UTF8 (~{n}: the list is to be closed */
	struct imap_arg *last;	/* the last argument that was sent */
};

/* A literal of an upload was announced. */
void upload_literal(struct sess *s);
/* A whole upload command came without a streamed literal. */
void upload_command(struct sess *s, const struct imap_command *cmd);
/* The command's end came, behind streamed literals. */
void upload_finish(struct sess *s);
/* The server asked for the literal: so does the proxy, of the client. */
void upload_continued(struct sess *s);
/* The server's tagged answer came; asked: the client was asked to send. */
void upload_answered(struct sess *s, bool asked);
/* The client's line behind a literal was no continuation of the command. */
void upload_abandoned(struct sess *s);

bool upload_running(const struct sess *s);
/* Does the rest of a command in flight have to be read? */
bool upload_reading(const struct sess *s);

#endif
