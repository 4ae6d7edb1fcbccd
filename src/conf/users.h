#ifndef USERS_H
#define USERS_H

/*
 * The file of an oob-auth section: who is at which address.
 *
 *	ADDRESS[/BITS] USER GROUP[,GROUP...] EXPIRY [# comment]
 *
 * A line each, blanks between its fields; "-" for no groups, or for ever;
 * EXPIRY is RFC 3339 or seconds since 1970.  Lines that are empty or begin
 * with '#' say nothing.  An entry whose time has come counts as if it were
 * not there; of the others that hold the address the longest prefix decides,
 * and must have one entry only.
 *
 * Whoever writes the file writes another one and renames it into its place,
 * so that each reader sees one state of it (users_edit.h does).  Sessions read
 * it as they start.  What might be about their client must be understood: a
 * line whose address is none could be anybody's, so nothing is known then; a
 * bad line about another address does not matter.
 */

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "str.h"

enum {
	/* Of a user or a group: an RFC 5321 local part has 64. */
	USERS_NAME = 64,
	/* All groups of one entry, with their commas. */
	USERS_GROUPS = 512,
	/* Address, names, times, and what is said about them. */
	USERS_LINE = 1024,
	/* Lines that are no entries: beside max entries so many may be. */
	USERS_REMARKS = 1000,
	USERS_WHY = 120,
	/* Prefixes in bits of the 128: IPv4's stand behind these. */
	USERS_BITS4 = 96,
};

/* One entry; texts point into the line. */
struct users_entry {
	struct addr net;	/* port and scope 0 */
	unsigned bits;		/* 0 to 128 */
	struct str user;
	struct str groups;	/* "a,b"; n 0: none */
	int64_t expiry;		/* seconds since 1970; INT64_MAX: never */
};

/* What a file may be. */
struct users_rules {
	uint64_t max;		/* entries */
	uint32_t uid;		/* beside root and ourselves, its owner; ~0 */
};

/* What a file says about an address. */
struct users_who {
	bool known;
	char user[USERS_NAME + 1];
	char groups[USERS_GROUPS + 1];	/* "a,b"; "" none */
	char why[USERS_WHY];	/* why nothing can be said; else "" */
};

/* 1 to USERS_NAME octets of UTF-8 without blanks, ',', or a word's meaning. */
bool users_name(struct str s);
/* Some with commas between them, USERS_GROUPS octets at most. */
bool users_groups(struct str s);
/* "-", seconds or RFC 3339; an hour is not corrected for leap seconds. */
bool users_expiry(struct str s, int64_t *t_r);
/* The same, or from now on: "+90" seconds, "+30m", "+8h", "+7d". */
bool users_until(struct str s, int64_t now, int64_t *t_r);
/* "192.0.2.7", "2001:db8::/32": false when it is none, or has bits behind. */
bool users_net(struct str s, struct users_entry *e_r);

/*
 * A line without its end: 1 an entry, 0 none, ERR_SYNTAX with *why_r; then
 * user.p is NULL unless the address could be read.
 */
int users_line(struct str line, struct users_entry *e_r, const char **why_r);

/*
 * Open a file that may be believed: regular, of root, ourselves or rules' uid,
 * written by nobody else.  The descriptor, or ERR_CONFIG with why_r
 * (USERS_WHY octets).
 */
int users_open(const char *path, const struct users_rules *rules,
    char *why_r);

/*
 * Who is at an address?  0; or ERR_CONFIG with who_r->why, and nobody can be
 * told.  Nothing is allocated; 10,000 entries cost less than half a ms.
 */
int users_find(const char *path, const struct users_rules *rules,
    const struct addr *a, int64_t now, struct users_who *who_r);

#endif
