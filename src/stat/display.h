#ifndef DISPLAY_H
#define DISPLAY_H

/*
 * What a session tells about itself in its slot of the scoreboard.  It keeps
 * its own and copies it there whole: what others may have made of the slot is
 * never read.  Readers take a copy and believe no field of it (look.h);
 * one that is being written may be half old.  Texts are filled up with NULs
 * and hold whatever the session knows, also a peer's octets: who prints them
 * escapes them.
 */

#include "board.h"
#include "str.h"

enum {
	DISPLAY_WORD = 20,	/* stages, commands, TLS versions */
	DISPLAY_TITLE = 48,	/* longer titles of ACLs are cut */
	DISPLAY_USER = 64,
	DISPLAY_DATA = 256,
	DISPLAY_HASH = 8,	/* octets of the policy's hash */
};

struct display_end {
	uint8_t ip[16];		/* as in struct addr; all zero: none yet */
	uint32_t scope;
	uint16_t port;
	uint16_t pad;
	char tls[DISPLAY_WORD];	/* "TLSv1.3"; "": plain text */
};

/* The name of a process of wait mode that has no session yet. */
#define DISPLAY_SPARE "spare"

/* Times in ms of the monotonic clock, which all processes share. */
struct display {
	uint32_t pid;		/* = the slot's owner, or it is another's */
	uint32_t pending;	/* commands that wait for their answer */
	int64_t began, active;	/* active: the client's last octet */
	int64_t began_wall;	/* s since 1970 */
	uint64_t to_client, from_client, from_server, to_server;
	uint64_t commands, refused;
	uint64_t mails, mails_denied, spool;	/* spool: octets, in memory */
	uint64_t mails_waited;	/* ms */
	/* The octets of both legs' when a window of time began, for speed. */
	int64_t mark;
	uint64_t mark_in, mark_out;	/* to, from the client */
	uint64_t speed_in, speed_out;	/* in the window before: octets/s */
	uint32_t interval;	/* ms of a window */
	uint8_t transparent, dry_run;
	uint8_t pad[2];
	struct display_end from, to, server;
	uint8_t config[DISPLAY_HASH];
	char stage[DISPLAY_WORD];
	char command[DISPLAY_WORD];	/* the oldest that is pending */
	char listener[DISPLAY_TITLE];
	char session_acl[DISPLAY_TITLE], command_acl[DISPLAY_TITLE];
	char user[DISPLAY_USER];	/* of LOGIN or SASL */
	char oob_user[DISPLAY_USER];	/* out of band */
	char data[DISPLAY_DATA];	/* the mailbox that is selected */
};

/* Put d into our slot, its pid ours; nothing without one. */
void display_put(struct board *b, struct display *d);

/*
 * The stage that a process showed last, to out; false: the board shows none.
 * It is a session's word, to be escaped.
 */
bool display_stage(const struct board *b, uint32_t pid,
    char out[DISPLAY_WORD + 1]);

/*
 * Texts: what does not fit is cut, with "..." at the end, and not within a
 * character of UTF-8.
 */
void display_text(char *field, size_t size, struct str s);
#define DISPLAY_TEXT(field, s) display_text(field, sizeof(field), s)
/* The same, cut in the middle: the last tail octets stay; tail < size - 3. */
void display_middle(char *field, size_t size, size_t tail, struct str s);
void display_addr(struct display_end *e, const struct addr *a);
/* The octets so far, and now: also moves the window of speed. */
void display_octets(struct display *d, uint64_t to_client,
    uint64_t from_client, int64_t now);

#endif
