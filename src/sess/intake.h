#ifndef INTAKE_H
#define INTAKE_H

/*
 * Uploads in a session that scans: the proxy asks for each literal itself,
 * spools it and has it judged while the command's rest is read.  Nothing is
 * said to the server before every mail of the command is let through; then
 * the command goes on with the lengths that the mails have by now.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arg.h"
#include "str.h"

struct sess;
struct queued;
struct scan_mail;

enum {
	/* Mails of one MULTIAPPEND: they lie in the spool together. */
	INTAKE_MAILS = 16,
};

struct intake {
	bool reading;		/* literals came, the command's end did not */
	bool active;		/* all of it is here */
	bool sending;		/* all is let through, the server gets it */
	bool pouring;		/* ... and has asked for octets */
	bool in_list;		/* UTF8 (~{n}: a bracket is to be closed */
	uint32_t number;	/* its row of the queue */
	struct scan_mail *mail[INTAKE_MAILS];
	unsigned n, sent;
	uint64_t take;		/* octets of a literal to come */
	uint64_t off;		/* of mail[sent], gone to the server */
	struct imap_arg *rest;	/* arguments not yet sent */
};

/* Is a whole command judged, or being sent? */
bool intake_active(const struct sess *s);
/* Is it judged, and the server not asked yet? */
bool intake_judging(const struct sess *s);
/* A literal with a mail was announced, and nothing is wrong with it. */
void intake_literal(struct sess *s);
/* Octets of it are taken from the client; true when some were. */
bool intake_take(struct sess *s);
bool intake_taking(const struct sess *s);
/* The command is complete. */
void intake_command(struct sess *s, const struct imap_command *cmd);
/* It was refused, or is no command: drop what came of it. */
void intake_forget(struct sess *s);
/* Is this its row, and has the server not got all mails yet? */
bool intake_unsent(const struct sess *s, const struct queued *q);
/* The server asked for the octets. */
void intake_continued(struct sess *s);
/* Its answer came. */
void intake_answered(struct sess *s, const struct queued *q);
/* Decide, send on; true when something moved. */
bool intake_turn(struct sess *s);

#endif
