#include <stdarg.h>
#include <stdio.h>

#include "explain.h"
#include "line.h"
#include "vis.h"

enum {
	/* One value of a set, or one seen. */
	VALUE_MAX = 120,
};

void
line_add(struct line *l, const char *fmt, ...)
{
	size_t room = EXPLAIN_MAX - l->n;
	va_list ap;
	int n;

	if (l->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->out + l->n, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		l->full = true;
		memcpy(l->out + EXPLAIN_MAX - 4, "...", 4);
		return;
	}
	l->n += (size_t)n;
}

void
line_vis(struct line *l, struct str s)
{
	char text[VALUE_MAX];

	line_add(l, "%s", vis(text, sizeof text, s));
}

/* no_type: "", where that is kept as another text. */
static void
add_texts(struct line *l, const struct conf *c, const struct conf_strset *s,
    struct str no_type)
{
	line_add(l, "{");
	for (uint32_t i = 0; i < s->values.n && !l->full; i++) {
		const struct conf_strval *v = CONF_AT(c, struct conf_strval,
		    s->values, i);
		struct str text;

		if (v == NULL)
			return;
		text = conf_str(c, v->text);
		line_add(l, "%s\"%s", i > 0 ? ", " : "",
		    v->negative ? "!" : "");
		line_vis(l, str_eq(text, no_type) ? STR("") : text);
		line_add(l, "\"");
	}
	line_add(l, "}");
}

void
line_strset(struct line *l, const struct conf *c, const struct conf_strset *s)
{
	add_texts(l, c, s, STR(""));
}

void
line_types(struct line *l, const struct conf *c, const struct conf_strset *s)
{
	add_texts(l, c, s, STR(CONF_NO_TYPE));
}

void
line_number(struct line *l, uint64_t n)
{
	if (n == CONF_SPAM_UNKNOWN)
		line_add(l, "UNKNOWN");
	else
		line_add(l, "%llu", (unsigned long long)n);
}

static void
add_numbers(struct line *l, const struct conf *c, struct conf_ref ref,
    const char *sign, const char **comma)
{
	for (uint32_t i = 0; i < ref.n && !l->full; i++) {
		const struct conf_numrange *r = CONF_AT(c,
		    struct conf_numrange, ref, i);

		if (r == NULL)
			return;
		line_add(l, "%s%s", *comma, sign);
		line_number(l, r->lo);
		if (r->hi != r->lo)
			line_add(l, "-%llu", (unsigned long long)r->hi);
		*comma = ", ";
	}
}

void
line_numset(struct line *l, const struct conf *c, const struct conf_numset *s)
{
	const char *comma = "";

	line_add(l, "{");
	add_numbers(l, c, s->pos, "", &comma);
	add_numbers(l, c, s->neg, "!", &comma);
	line_add(l, "}");
}
