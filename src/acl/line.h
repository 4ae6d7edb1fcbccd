#ifndef LINE_H
#define LINE_H

/* A line of explain.h being put together, for what explains. */

#include "conf.h"

/* It ends in "..." when it is full. */
struct line {
	char *out;		/* EXPLAIN_MAX octets */
	size_t n;
	bool full;
};

void line_add(struct line *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A value that was seen, escaped and cut. */
void line_vis(struct line *l, struct str s);
/* Sets as they are written. */
void line_strset(struct line *l, const struct conf *c,
    const struct conf_strset *s);
/* Of types, "" among them. */
void line_types(struct line *l, const struct conf *c,
    const struct conf_strset *s);
/* A number, or CONF_SPAM_UNKNOWN. */
void line_number(struct line *l, uint64_t n);
void line_numset(struct line *l, const struct conf *c,
    const struct conf_numset *s);

#endif
