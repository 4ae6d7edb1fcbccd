#ifndef MAILBOX_H
#define MAILBOX_H

/*
 * mailboxes on the server's side: data that names a mailbox the ACL does not
 * admit is dropped, whatever asked for it.  A line is held back until its
 * name is known.
 *
 *	LIST LSUB XLIST		the name, and OLDNAME (RFC 9051 7.3.1)
 *	STATUS METADATA ANNOTATION QUOTAROOT ACL LISTRIGHTS MYRIGHTS
 *				the first argument
 *	ESEARCH			MAILBOX of its correlator (RFC 7377)
 *	NAMESPACE		of others' and shared ones the prefixes below
 *				which nothing can be admitted; one's own stay,
 *				since they tell how to name anything at all
 */

#include <stdbool.h>
#include <stdint.h>

struct sess;

/* Of the data line being read. */
struct mailbox_filter {
	uint8_t form;		/* 0: nothing is looked for */
	bool held;		/* not to go out yet */
	bool due;		/* the next string is a name */
	uint8_t values;		/* read so far at the top */
	/* of NAMESPACE */
	bool skip;		/* the prefix being read is left out */
	bool any;		/* one of the group went on */
};

enum mailbox_answer {
	MAILBOX_PASS,
	MAILBOX_SKIP,		/* this token does not go on */
	MAILBOX_DROP,		/* the line does not */
};

/* A data line begins. */
void mailbox_begin(struct sess *s);
/* A token of it: what becomes of it. */
enum mailbox_answer mailbox_token(struct sess *s);
/* A literal that is too long to be looked at, instead of a token. */
enum mailbox_answer mailbox_literal(struct sess *s);
/* Its end: a line with no name where one belongs may have it elsewhere. */
enum mailbox_answer mailbox_end(struct sess *s);
/*
 * There is no room for more of the line and nothing else that could go: a
 * line that is held is dropped.
 */
enum mailbox_answer mailbox_full(struct sess *s);

#endif
