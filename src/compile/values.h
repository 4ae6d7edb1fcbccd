#ifndef VALUES_H
#define VALUES_H

/* What all values that are lists have in common. */

#include "value.h"

enum { TITLES_MAX = 200 };	/* looked through for a near one */

/* Values of an entry. */
uint32_t values_count(const struct tree_entry *e);
/* Is it {}?  That is an error for a set, and told. */
bool values_empty(struct build *b, const struct conf_key *k,
    const struct tree_entry *e);
/* An error in one value: fmt follows its text, '"x" is no ...'. */
void values_bad(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * A value that is the title of a section at top level: its number, from 0 in
 * the order of the text; -1 when there is none, which is an error, and told.
 */
int32_t values_title(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, const char *section);

/* A list being printed: values_next() stands before each value. */
struct values_out {
	FILE *f;
	bool some;
};

void values_open(struct values_out *l, FILE *f);
void values_next(struct values_out *l);
void values_close(struct values_out *l);

/* Print a row as a value; false: it is damaged, and the list ends there. */
typedef bool values_put(const struct conf *c, const void *row, FILE *f);

/* All rows of a table; does it have any? */
bool values_print(const struct conf *c, struct conf_ref table, size_t size,
    size_t align, values_put *put, FILE *f);
#define VALUES_PRINT(c, type, table, put, f) \
	values_print(c, table, sizeof(type), _Alignof(type), put, f)

#endif
