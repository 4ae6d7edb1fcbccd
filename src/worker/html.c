#include "html.h"

#include <setjmp.h>
#include <stdlib.h>

#include "err.h"
#include "html_charset.h"
#include "html_tree.h"
#include "html_write.h"

struct work {
	struct arena arena;
	jmp_buf full;
	struct html_tree tree;
	struct html_job job;
	char *text;			/* malloc'd; NULL: in is UTF-8 */
};

static void
overflow(void *ctx)
{
	struct work *w = ctx;

	longjmp(w->full, 1);
}

static size_t
at_most(size_t n, size_t floor, size_t ratio)
{
	return floor + n * ratio;
}

/* in as UTF-8, without a mark; its p is NULL: no memory. */
static struct str
decode(struct work *w, struct html *h, struct mime_charsets *charsets,
    struct str in, struct str declared)
{
	struct str name, utf8 = STR("\xef\xbb\xbf");
	size_t mark;

	name = html_charset(in, declared, &mark);
	in.p += mark;
	in.n -= mark;
	if (str_ieq(name, STR("utf-8")) && str_utf8(in))
		return in;
	w->text = malloc(MIME_CHARSET_ROOM(in.n));
	if (w->text == NULL)
		return STR_NULL;
	in.n = mime_charset_utf8(charsets, name, in, w->text, &h->flags);
	in.p = w->text;
	if (str_starts(in, utf8)) {
		in.p += utf8.n;
		in.n -= utf8.n;
	}
	return in;
}

/* The blanks at its end are the mail's, and would become text. */
static struct str
without_end(struct str s)
{
	while (s.n > 0 && html_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static int
filter(struct work *w, struct html *h, struct str in)
{
	int err;

	if (setjmp(w->full) != 0) {
		h->why = "the document becomes too large in parsing";
		return ERR_LIMIT;
	}
	err = html_tree_build(&w->tree, &w->arena, in);
	if (err < 0) {
		h->why = w->tree.why;
		return err;
	}
	return html_write(&w->job, &w->tree, &h->why);
}

int
html_filter(struct html *h, const struct html_rules *rules,
    struct mime_charsets *charsets, struct str in, struct str declared)
{
	size_t max = at_most(in.n, HTML_OUT_FLOOR, HTML_OUT_RATIO);
	struct work *w = calloc(1, sizeof *w);
	struct str text;
	int err = ERR_LIMIT;

	*h = (struct html){ .why = "" };
	html_out_init(&h->out, max);
	if (w == NULL || in.n > HTML_IN_MAX) {
		h->why = w == NULL ? "no memory" : "the document is too large";
		free(w);
		return ERR_LIMIT;
	}
	arena_init(&w->arena, at_most(in.n, HTML_MEMORY_FLOOR,
	    HTML_MEMORY_RATIO), overflow, w);
	w->job = (struct html_job){ .rules = rules, .arena = &w->arena,
	    .out = &h->out };
	html_out_init(&w->job.value, max);
	html_out_init(&w->job.url, max);
	html_out_init(&w->job.css, max);
	text = decode(w, h, charsets, in, declared);
	if (text.p == NULL && in.n > 0)
		h->why = "no memory";
	else
		err = filter(w, h, without_end(text));
	memcpy(h->gone, w->job.gone, sizeof h->gone);
	html_out_fini(&w->job.value);
	html_out_fini(&w->job.url);
	html_out_fini(&w->job.css);
	html_tree_fini(&w->tree);
	arena_fini(&w->arena);
	free(w->text);
	free(w);
	return err;
}

void
html_fini(struct html *h)
{
	html_out_fini(&h->out);
}
