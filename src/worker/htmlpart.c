#include "htmlpart.h"

#include <stdio.h>

#include "html.h"
#include "html_tree.h"
#include "htmlconf.h"
#include "splice.h"

enum {
	/* Octets of a body in some transfer encoding, at most. */
	ENCODED_MAX = 4 * HTML_IN_MAX,
	DETAIL = 200,
};

bool
htmlpart_is(struct str identified, struct str declared)
{
	static const struct str types[] = { STR("text/html"),
	    STR("application/xhtml+xml"), STR("application/xhtml") };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_ieq(identified, types[i]) ||
		    str_ieq(declared, types[i]))
			return true;
	return false;
}

static int
collect(void *ctx, struct str octets)
{
	html_put(ctx, octets);
	return 0;
}

static struct str
charset_of(const struct mime_part *part)
{
	const struct mime_param *p = mime_param_first(&part->type,
	    STR("charset"));

	return p == NULL ? STR("") : p->value;
}

static const char *
removed(struct arena *a, const struct html *h)
{
	char *s = arena_alloc(a, DETAIL);
	size_t n = 0;

	for (int i = 0; i < HTML_GONES && n < DETAIL; i++)
		if (h->gone[i] > 0)
			n += (size_t)snprintf(s + n, DETAIL - n, "%s%s %u",
			    n > 0 ? ", " : "",
			    html_gone_name((enum html_gone)i), h->gone[i]);
	return n > 0 ? s : "written anew";
}

/* Filtered before, by us: nothing is to be done. */
static bool
is_so(const struct mime_part *part, struct str in, struct str out)
{
	while (in.n > 0 && memchr(" \t\r\n", in.p[in.n - 1], 4) != NULL)
		in.n--;
	return str_eq(in, out) && str_ieq(charset_of(part), STR("utf-8")) &&
	    str_ieq(part->type.type, STR("text")) &&
	    str_ieq(part->type.subtype, STR("html"));
}

static void
filter(struct mime_edits *e, const struct html_rules *rules,
    const struct mime_part *part, struct str in, struct htmlpart *h_r,
    const char **why_r)
{
	struct html h;

	if (html_filter(&h, rules, e->charsets, in, charset_of(part)) < 0) {
		*why_r = h.why;
	} else if (!is_so(part, in, html_out_str(&h.out, 0))) {
		struct str out = arena_dup(e->arena,
		    html_out_str(&h.out, 0));

		h_r->edit = mime_edit_html(e, part, out);
		h_r->detail = removed(e->arena, &h);
	}
	html_fini(&h);
}

int
htmlpart_put(struct mime_edits *e, const struct conf *c, uint32_t row,
    const struct mime_part *part, struct mime_text notice,
    struct mime_text brief, struct htmlpart *h_r)
{
	struct htmlconf *rules = arena_alloc(e->arena, sizeof *rules);
	struct str body = mime_span_str(e->mail, part->body);
	struct html_out octets;
	struct mime_sink sink = { collect, &octets };
	const char *why = NULL;
	uint64_t flags = 0;
	int r = htmlconf_open(rules, c, row);

	*h_r = (struct htmlpart){ NULL, "" };
	if (r < 0)
		return r;
	html_out_init(&octets, HTML_IN_MAX);
	if (part->kind != MIME_LEAF)
		why = "it is not one document";
	else if (body.n > ENCODED_MAX ||
	    mime_decode(body, part->cte, &sink, &flags) < 0 || octets.full)
		why = "the document is too large";
	else
		filter(e, &rules->rules, part, html_out_str(&octets, 0), h_r,
		    &why);
	html_out_fini(&octets);
	if (why != NULL) {
		h_r->edit = mime_edit_replace(e, part, notice, brief);
		h_r->detail = why;
	}
	return 0;
}
