#ifndef ARG_H
#define ARG_H

/*
 * A parsed command: tag, row, and a tree of arguments in the arena of
 * whoever read it (RFC 9051 section 9, RFC 4466 for what is not known).
 */

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "str.h"

enum {
	/* Servers stop at some hundred octets. */
	IMAP_MAILBOX_MAX = 4096,
	/* SEARCH nests; no client comes near. */
	IMAP_DEPTH_MAX = 64,
};

enum imap_arg_kind {
	IMAP_ARG_ATOM,		/* flags, numbers, sets, wildcards too */
	IMAP_ARG_QUOTED,	/* s is decoded */
	IMAP_ARG_LITERAL,
	IMAP_ARG_LITERAL8,
	IMAP_ARG_LIST,		/* "(" list ")" */
	IMAP_ARG_SECTION,	/* s "[" list "]" and perhaps "<" partial ">" */
};

struct imap_arg {
	struct imap_arg *next;
	struct imap_arg *list;
	struct str s;		/* p NULL: a literal its reader streamed */
	struct str partial;	/* "0.10" */
	uint64_t size;		/* of a streamed literal */
	uint8_t kind;
	bool mail;		/* a literal that is never written quoted */
};

struct imap_command {
	struct str tag;
	struct str word;	/* as on the wire, without "UID " */
	enum imap_row row;
	bool uid;
	struct imap_arg *args;
};

/* A string of any form, or an atom: what the grammar calls astring. */
static inline bool
imap_arg_astring(const struct imap_arg *a)
{
	return a != NULL && a->kind <= IMAP_ARG_LITERAL;
}

/* The nth argument, NULL when there are fewer. */
struct imap_arg *imap_arg_at(const struct imap_command *c, unsigned n);
/*
 * Every argument, what a list or section holds behind it; the tree is not
 * deeper than the reader lets it be.
 */
struct imap_walk {
	const struct imap_arg *at;
	const struct imap_arg *up[IMAP_DEPTH_MAX + 1];
	unsigned depth;
};
void imap_walk_begin(struct imap_walk *w, const struct imap_arg *first);
const struct imap_arg *imap_walk_next(struct imap_walk *w);

/* Is a an atom of this name, case folded? */
bool imap_arg_is(const struct imap_arg *a, const char *name);
/* A 32-bit number without leading zeros, not under least. */
bool imap_is_number(struct str s, uint32_t least);
/* sequence-set: numbers, ranges, '*', or '$' alone (RFC 5182). */
bool imap_is_sequence(struct str s);
/*
 * Do the arguments fit the row's signature (command.h)?  NULL, or why not,
 * a constant text.
 */
const char *imap_args_check(const struct imap_command *c);
/* The same of a command whose arguments are not all there yet. */
const char *imap_args_begin(const struct imap_command *c);

#endif
