#ifndef DOWNLOAD_H
#define DOWNLOAD_H

/*
 * FETCH in a session that scans: the server is asked for whole mails with
 * PEEK, one after the other through the spool and the worker, and what the
 * client asked for is answered from the mails as they were judged.  What is
 * no part of a mail (FLAGS, INTERNALDATE ...) comes from the server.  While
 * one mail is with the worker the next is read; then reading stops.
 *
 * Listings (RFC9051's sizes, envelopes, structures, headers) are passed on
 * from the server under index = lazy, but for mails that were judged.
 *
 * Once the server has answered, mails that were shown are marked as seen by
 * the client's own item, for one octet that nobody gets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "response.h"
#include "view.h"

struct sess;
struct queued;
struct scan_mail;

enum {
	/* With the worker, and being read. */
	DOWNLOAD_LINES = 2,
	/* What of a response is kept until its mail is decided: flags. */
	DOWNLOAD_META = 65536,
	/* Numbers of mails to be marked as seen: some hundred thousand. */
	DOWNLOAD_SEEN = 1 << 20,
	/* Of them in one command: what servers read (RFC 2683 3.2.1.5). */
	DOWNLOAD_LINE = 7000,
	/* UIDs that a refusal names. */
	DOWNLOAD_NAMED = 120,
};

/* A FETCH response on its way to the client. */
struct download_line {
	uint32_t seq, uid;
	bool ended;		/* the server's part is all there */
	bool asked;		/* the client asked for this message */
	bool values;		/* items of the mail, passed on as they are */
	struct buf meta;	/* items of the server's for the client */
	struct scan_mail *mail;	/* NULL: nothing of a mail is in it */
	bool kept;		/* mail was kept from before */
	bool says;		/* meta has flags */
	bool late;		/* the server's values must not be shown */
};

/* What becomes of an item's value in a response. */
enum download_item { DOWNLOAD_DROP, DOWNLOAD_KEEP, DOWNLOAD_UID,
	DOWNLOAD_MAIL, DOWNLOAD_PASS };

struct download {
	bool active;
	bool seen_phase;	/* the server has answered; marking */
	bool body;		/* the server was asked for whole mails */
	bool content;		/* the client asked for content */
	bool uid;		/* the client is to get UIDs */
	bool mark;		/* some item sets \Seen */
	bool no;		/* the server answered NO */
	bool fatal_set;		/* no more mails: DOWNLOAD_SEEN is full */
	uint32_t number;	/* of its row of the queue */
	const struct imap_arg *items;	/* the client's, macros expanded */
	struct str set;
	bool by_uid;

	struct download_line line[DOWNLOAD_LINES];
	unsigned first, n;
	struct download_line *in;	/* being read */
	enum download_item kind;	/* of the item being read */
	uint64_t rows;			/* what that is */
	bool had_body;			/* of the line being read */
	uint64_t take;			/* octets of a literal to come */
	uint64_t wanting;		/* of one that has no place yet */
	struct buf again;		/* set of mails to be asked for anew */

	/* the answer being written: line[first] */
	bool writing;
	bool begun, value;		/* an item, and its value */
	unsigned written;		/* items */
	const struct imap_arg *item;
	struct view view;
	struct view_piece piece;

	struct buf seen;		/* set of mails to be marked */
	uint32_t run_lo, run_hi;	/* its last run, not yet in seen */
	unsigned refused;		/* mails that were not shown */
	const char *code;		/* of the first of them */
	char named[DOWNLOAD_NAMED];
	int64_t said;			/* when the client last heard */
};

/*
 * A FETCH that may be used: true when it was taken over, so that it is not to
 * be sent on.
 */
bool download_command(struct sess *s, const struct imap_command *cmd);
/* Would it be?  Then it waits for those before it. */
bool download_wants(struct sess *s, const struct imap_command *cmd);
bool download_active(const struct sess *s);

/* ---- of the server's responses ------------------------------------------- */

/* May this item of a FETCH response pass although nothing was taken over? */
bool download_passes(struct sess *s, struct str text, uint64_t rows);
/* Is this event to wait until what is on its way has gone out? */
bool download_holds(const struct sess *s, enum imap_resp_event e);
/* Must nothing more be read now? */
bool download_full(const struct sess *s);

/* "* n FETCH" begins. */
void download_begin(struct sess *s, uint64_t seq);
/* An item: what becomes of its value, in kind. */
enum download_item download_item(struct sess *s, struct str text,
    uint64_t rows);
/* The value of UID. */
void download_uid(struct sess *s, struct str number);
/* The mail as a string that is no literal: decoded octets, or STR_NULL. */
void download_string(struct sess *s, struct str octets);
/* Its literal begins; its octets are given to download_take(). */
void download_literal(struct sess *s, uint64_t n);
/* How many of these octets were taken; 0: none are wanted. */
size_t download_take(struct sess *s, struct str in);
void download_line_end(struct sess *s);
/* The tagged answer to q: true when the client does not get it as it is. */
bool download_answered(struct sess *s, struct queued *q,
    enum imap_status status);

/* ---- to the client ------------------------------------------------------- */

/* Write what is decided; true when something moved. */
bool download_turn(struct sess *s);

#endif
