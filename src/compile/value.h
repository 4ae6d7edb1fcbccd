#ifndef VALUE_H
#define VALUE_H

/*
 * Values of every key type: read from the text into the compiled structs, and
 * printed from them as text that reads to the same octets.  A table by
 * enum key_type; the functions of one type stand side by side.
 */

#include <stdbool.h>
#include <stdio.h>

#include "conf.h"
#include "keys.h"
#include "out.h"
#include "report.h"
#include "tree.h"

/* What reading needs; one per compile run. */
struct build {
	struct report *report;
	struct out *out;
	struct arena *arena;
	const char *folder;		/* absolute */
	const struct tree_node *root;
	const struct tree_node *node;	/* the section being read */
	struct conf_ref *hosts;		/* names in sets so far: hostname.h */
	uint32_t nhosts;
};

struct value_type {
	/* Fill place; errors go to the report. */
	void (*read)(struct build *b, const struct conf_key *k,
	    const struct tree_entry *e, void *place);
	/* Print; false when there is nothing to print: not set. */
	bool (*print)(const struct conf *c, const struct conf_key *k,
	    const void *place, FILE *f);
};

extern const struct value_type value_types[KEY_TYPES];

/* What a key that is not written means. */
void value_default(struct build *b, const struct conf_key *k, void *place);
/* Does a value mean what its default does? */
bool value_is_default(const struct conf *c, const struct conf_key *k,
    const void *place);

/* An error in a value: "LABEL KEY: ..." at its place. */
void value_error(struct build *b, const struct conf_key *k,
    struct conf_line at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "90", "31m": milliseconds; "64K": octets.  false: not understood. */
bool value_time(struct str s, uint64_t *ms_r);
bool value_size(struct str s, uint64_t *octets_r);
/* The latter as value_size() reads it. */
void value_put_size(FILE *f, uint64_t octets);
/* A quoted word the parser reads back. */
void value_quote(FILE *f, struct str s);
/* An escaped, shortened value for a message: to out (VALUE_SHOWN octets). */
enum { VALUE_SHOWN = 120 };
const char *value_shown(const char *text, char *out);
/* A relative name made absolute, in b's arena. */
const char *value_path(struct build *b, const char *text);

/* ---- the functions of each type ----------------------------------------- */

#define VALUE_TYPE(t) \
	void value_read_##t(struct build *, const struct conf_key *, \
	    const struct tree_entry *, void *); \
	bool value_print_##t(const struct conf *, const struct conf_key *, \
	    const void *, FILE *)

/* addresses.c */
VALUE_TYPE(addresses);
/* set.c */
VALUE_TYPE(names);
VALUE_TYPE(users);
VALUE_TYPE(patterns);
VALUE_TYPE(sans);
VALUE_TYPE(prints);
VALUE_TYPE(mailboxes);
VALUE_TYPE(globs);
VALUE_TYPE(mime_types);
VALUE_TYPE(servers);
VALUE_TYPE(nameservers);
VALUE_TYPE(domains);
/* oob.c */
VALUE_TYPE(auth);
VALUE_TYPE(oob_method);
/* numbers.c */
VALUE_TYPE(numbers);
/* rows.c */
VALUE_TYPE(commands);
VALUE_TYPE(capabilities);
VALUE_TYPE(mechanisms);
VALUE_TYPE(items);
VALUE_TYPE(extensions);
/* source.c */
VALUE_TYPE(source);
/* engines.c */
VALUE_TYPE(protocol);
VALUE_TYPE(antispam);
VALUE_TYPE(html);
VALUE_TYPE(engines);
VALUE_TYPE(endpoints);
/* judged.c */
void value_read_notice(struct build *, const struct conf_key *,
    const struct tree_entry *, void *);
void value_read_field(struct build *, const struct conf_key *,
    const struct tree_entry *, void *);
VALUE_TYPE(virus);
VALUE_TYPE(methods);
/* times.c */
VALUE_TYPE(days);
VALUE_TYPE(months);
VALUE_TYPE(wdays);
VALUE_TYPE(hours);
VALUE_TYPE(hours_included);
VALUE_TYPE(dates);
VALUE_TYPE(wday_ranges);

/* Are methods, of a key with a default, that? */
bool value_default_methods(const struct conf_key *k,
    const struct conf_methods *m);
/* The rows of a set over a built-in table that is not written. */
void value_default_rows(const struct conf_key *k, struct conf_bits *b);

#endif
