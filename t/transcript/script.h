#ifndef SCRIPT_H
#define SCRIPT_H

/*
 * Transcripts: what two peers say through the proxy and what each must hear.
 * A file holds cases; README in this folder is the format's reference.
 *
 * Everything is allocated once and lives as long as the program.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

enum side { CLIENT, SERVER, SIDES };

enum op {
	OP_SEND,	/* text */
	OP_HEAR,	/* a line that matches text */
	OP_OCTETS,	/* exactly text, no line end implied */
	OP_REST,	/* whatever else comes is of no interest */
	OP_QUIET,	/* the session sleeps and nothing more has come */
	OP_HOLD,	/* read nothing from now on */
	OP_READ,	/* read again */
	OP_EOF,		/* nothing more, then the end */
	OP_TLS,		/* handshake; text has its options */
	OP_CLOSE,	/* say orderly that nothing more is sent */
	OP_CUT,		/* the same without TLS's close_notify */
	OP_DROP,	/* hear no more either: the peer is gone */
	OP_PAUSE,	/* milliseconds; for time-outs only */
};

/* A text is pieces: octets, ${name}, or "..." (any octets; hearing only). */
enum piece_kind { PIECE_OCTETS, PIECE_VAR, PIECE_ANY };

struct piece {
	enum piece_kind kind;
	struct str s;		/* octets, or the variable's name */
};

struct text {
	struct piece *piece;
	size_t n;
};

struct step {
	enum op op;
	enum side side;
	struct text text;
	struct str with, without;	/* words; OP_HEAR */
	struct str nowhere;		/* octets; OP_HEAR */
	struct str source;		/* the line as written */
	unsigned line;
	bool fixed;			/* never split: from a use: file */
};

/* Lines that were written more than once, in order. */
struct lines {
	struct str *line;
	size_t n;
};

enum { SPLIT_CLIENT = 1, SPLIT_SERVER = 2 };

struct script {
	struct str name;
	const char *tls[SIDES];		/* "no" or ssl-params' mode */
	struct lines session, command, top;	/* lines of policy */
	struct lines ssl[SIDES];	/* ... in the leg's ssl-params */
	struct lines log, nolog;
	int split;			/* SPLIT_ bits */
	int result;			/* wanted enum sess_result; -1: any */
	bool scan;			/* mails are scanned */
	int maxrss;			/* KB */
	int pauses;			/* ms of all of them */
	int within;			/* ms from last step to exit; 0: any */
	const char *dial;		/* "ok" "refused" ...: the hook's act */
	struct step *step;
	size_t n;
	unsigned line;
};

struct scripts {
	struct script *script;
	size_t n;
};

/*
 * Read a file of cases; dir/inc/NAME.inc is what "use: NAME" means.  Ends the
 * program with a message when it cannot be understood: a transcript that
 * says nothing must not pass.
 */
void script_read(struct scripts *s, const char *path, const char *dir);

#endif
