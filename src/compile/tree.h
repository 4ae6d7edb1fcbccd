#ifndef TREE_H
#define TREE_H

/*
 * The configuration as it was written: sections and their keys, each with
 * its place in the text, in the text's order.  libconfuse reads it; what is
 * unknown, written twice or not in this version is reported here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "keys.h"
#include "report.h"

struct scan;

struct tree_value {
	struct tree_value *next;
	const char *text;
	struct conf_line at;
};

/* KEY = VALUE or KEY = {VALUE, ...}. */
struct tree_entry {
	struct tree_entry *next;
	const struct conf_key *key;
	struct conf_line at;
	struct tree_value *first, *last;	/* NULL: {} */
	unsigned order;		/* of all entries and sections */
};

struct tree_node {
	struct tree_node *next, *parent;
	struct tree_node *first, *last;		/* sections in it */
	struct tree_entry *entries, *last_entry;
	const struct conf_section *def;	/* SECTION_UNKNOWN: made up */
	const char *name, *title;	/* title NULL: has none */
	struct conf_line at;
	unsigned order;
	struct tree_node *same_hash;
	struct tree_index *index;	/* the root's: of all titles */
};

enum {
	/* Each costs another reading of the text: 1 ms in most. */
	TREE_UNKNOWN_MAX = 100,
};

/*
 * The tree of a scanned text, in the scan's arena; errors go to its report.
 * NULL after a syntax error.
 */
struct tree_node *tree_read(struct scan *s);

/* The entry of a key, or NULL. */
const struct tree_entry *tree_entry(const struct tree_node *n,
    const struct conf_key *k);
/* The first section of a kind at or behind from (NULL: the first). */
struct tree_node *tree_section(const struct tree_node *n,
    const struct conf_section *def, const struct tree_node *after);

/* The section of this title, from the root's index; NULL: there is none. */
const struct tree_node *tree_titled(const struct tree_node *root,
    const struct tree_node *in, const struct conf_section *def,
    const char *title);

/*
 * How a message names a place: "", "log: ", "session-acl \"office\": " or
 * "session-acl \"office\": time \"x\": " to out (TREE_LABEL octets).
 */
enum { TREE_LABEL = 220 };
const char *tree_label(const struct tree_node *n, char *out);

/* Of names, the nearest to a mistyped one; NULL when none is near. */
const char *tree_nearest(const char *word, const char *const *names,
    unsigned n);

#endif
