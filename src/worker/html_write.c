#include "html_write.h"

#include "err.h"
#include "html_elem.h"
#include "html_value.h"

enum { KEEP, UNWRAP, DROP };

struct level {
	const GumboVector *kids;
	unsigned i;
	GumboTag written;		/* GUMBO_TAG_LAST: nothing was */
};

struct writer {
	struct html_job *job;
	const struct html_tree *tree;
	struct html_out *out;
	bool quirks;			/* a table does not end a p */
	struct level level[HTML_DEPTH_MAX];
	unsigned n;
	/* elements that are open in what is written */
	struct {
		GumboTag tag;
		size_t at, n;		/* its start tag */
	} open[HTML_DEPTH_MAX];
	unsigned nopen;
	bool fresh;			/* a line end would be lost */
	bool head_script;		/* one was removed there */
};

/* Unwritten: what was written since there were `at` octets. */
static void
take_back(struct writer *w, size_t at, bool fresh)
{
	html_out_cut(w->out, at);
	w->fresh = fresh;
}

/* ---- where an element may be --------------------------------------------------- */

static GumboTag
current(const struct writer *w)
{
	return w->nopen > 0 ? w->open[w->nopen - 1].tag : GUMBO_TAG_BODY;
}

static enum html_content
content(const struct writer *w)
{
	return html_elem_content(current(w));
}

/* Is one open, up to an element that has one of the flags of stop? */
static bool
within(const struct writer *w, GumboTag tag, unsigned stop)
{
	for (unsigned i = w->nopen; i-- > 0; ) {
		if (w->open[i].tag == tag)
			return true;
		if (html_elem(w->open[i].tag) & stop)
			return false;
	}
	return false;
}

/* 13.2.4.2: a button ends the scope of a p, too. */
static bool
in_p(const struct writer *w)
{
	for (unsigned i = w->nopen; i-- > 0; ) {
		GumboTag tag = w->open[i].tag;

		if (tag == GUMBO_TAG_P)
			return true;
		if (html_elem(tag) & HTML_E_SCOPE || tag == GUMBO_TAG_BUTTON)
			return false;
	}
	return false;
}

/* Would the start tag of a or b end one of the two (13.2.6.4.7, li)? */
static bool
ends_item(const struct writer *w, GumboTag a, GumboTag b)
{
	for (unsigned i = w->nopen; i-- > 0; ) {
		GumboTag tag = w->open[i].tag;

		if (tag == a || tag == b)
			return true;
		if (html_elem(tag) & HTML_E_SPECIAL &&
		    tag != GUMBO_TAG_ADDRESS && tag != GUMBO_TAG_DIV &&
		    tag != GUMBO_TAG_P)
			return false;
	}
	return false;
}

static bool
table_part(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_COL:
	case GUMBO_TAG_COLGROUP:
	case GUMBO_TAG_TBODY:
	case GUMBO_TAG_THEAD:
	case GUMBO_TAG_TFOOT:
	case GUMBO_TAG_TR:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_TH:
		return true;
	default:
		return false;
	}
}

/* Is the tag one of those that the content admits? */
static bool
content_has(enum html_content c, GumboTag tag)
{
	switch (c) {
	case HTML_FLOW:
		return !table_part(tag);
	case HTML_IN_TABLE:
		return tag == GUMBO_TAG_CAPTION || tag == GUMBO_TAG_COLGROUP ||
		    html_elem_content(tag) == HTML_IN_GROUP;
	case HTML_IN_GROUP:
		return tag == GUMBO_TAG_TR;
	case HTML_IN_ROW:
		return tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH;
	case HTML_IN_COLGROUP:
		return tag == GUMBO_TAG_COL;
	case HTML_IN_SELECT:
		return tag == GUMBO_TAG_OPTION || tag == GUMBO_TAG_OPTGROUP;
	case HTML_IN_OPTGROUP:
		return tag == GUMBO_TAG_OPTION;
	case HTML_IN_OPTION:
		return false;
	}
	return false;
}

/* Rules of single elements. */
static bool
fits_itself(const struct writer *w, GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_A:
		return !within(w, tag, HTML_E_MARK);
	case GUMBO_TAG_NOBR:
	case GUMBO_TAG_BUTTON:
		return !within(w, tag, HTML_E_SCOPE);
	case GUMBO_TAG_FORM:
		return !within(w, tag, 0);
	case GUMBO_TAG_LI:
		return !ends_item(w, tag, tag);
	case GUMBO_TAG_DD:
	case GUMBO_TAG_DT:
		return !ends_item(w, GUMBO_TAG_DD, GUMBO_TAG_DT);
	case GUMBO_TAG_RT:
	case GUMBO_TAG_RP:
		return current(w) == GUMBO_TAG_RUBY;
	case GUMBO_TAG_TABLE:
		return w->quirks || !in_p(w);
	default:
		return !(html_elem(tag) & HTML_E_CLOSES_P) || !in_p(w);
	}
}

static bool
fits(const struct writer *w, GumboTag tag)
{
	unsigned e = html_elem(tag);

	if (!content_has(content(w), tag) || !fits_itself(w, tag))
		return false;
	if (e & HTML_E_CLOSES_P && tag != GUMBO_TAG_TABLE && in_p(w))
		return false;
	return !(e & HTML_E_HEADING &&
	    html_elem(current(w)) & HTML_E_HEADING);
}

/* Three alike are open: a parser forgets the fourth (13.2.4.3). */
static bool
too_alike(const struct writer *w, size_t at)
{
	struct str s = html_out_str(w->out, at);
	unsigned alike = 0;

	for (unsigned i = w->nopen; i-- > 0; ) {
		if (html_elem(w->open[i].tag) & HTML_E_MARK)
			break;
		alike += str_eq(s, (struct str){ w->out->p + w->open[i].at,
		    w->open[i].n });
	}
	return alike >= 3;
}

/* ---- writing ---------------------------------------------------------------- */

static struct str
attrs_of(const struct writer *w, const GumboNode *n)
{
	const struct html_piece *p = html_tree_tag(w->tree, n);

	return p == NULL ? STR("") : html_piece_str(w->tree, p);
}

static void
put_start(struct writer *w, const GumboNode *n, GumboTag tag)
{
	html_put_char(w->out, '<');
	html_put(w->out, html_elem_name(tag));
	html_put_attrs(w->job, tag, attrs_of(w, n));
	html_put_char(w->out, '>');
	w->fresh = html_elem(tag) & HTML_E_NEWLINE;
}

static void
put_end(struct writer *w, GumboTag tag)
{
	html_put(w->out, STR("</"));
	html_put(w->out, html_elem_name(tag));
	html_put_char(w->out, '>');
	w->fresh = false;
}

/* A piece of text; a parser drops a line end right behind some start tags. */
static void
put_text(struct writer *w, struct str s, bool raw)
{
	size_t at = w->out->n;

	html_put_text(w->out, s, raw);
	if (!w->fresh || w->out->n == at)
		return;
	w->fresh = false;
	if (w->out->p[at] != '\n')
		return;
	html_out_cut(w->out, at);
	html_put_char(w->out, '\n');
	html_put_text(w->out, s, raw);
}

static bool
text_fits(enum html_content c)
{
	return c == HTML_FLOW || c == HTML_IN_OPTION;
}

static void
put_text_node(struct writer *w, const GumboNode *n)
{
	const char *s = n->v.text.text;
	const struct html_piece *p;
	bool any = text_fits(content(w));
	struct str blanks;

	while (html_tree_text(w->tree, &s, &blanks, &p)) {
		if (p == NULL)
			put_text(w, blanks, false);
		else if (any)
			put_text(w, html_piece_str(w->tree, p),
			    p->kind == HTML_RAW);
	}
}

/* In place of something that was removed. */
static void
put_notice(struct writer *w, int text)
{
	struct str s = w->job->rules->text[text];

	if (s.n > 0 && text_fits(content(w)))
		put_text(w, s, true);
}

/* Content that is not read as HTML: NUL is what it becomes when it is read. */
static void
put_raw(struct writer *w, struct str s)
{
	while (s.n > 0) {
		const char *nul = memchr(s.p, 0, s.n);
		size_t n = nul == NULL ? s.n : (size_t)(nul - s.p);

		html_put(w->out, (struct str){ s.p, n });
		if (nul != NULL)
			html_put(w->out, STR("\xef\xbf\xbd"));
		s.p += n + (nul != NULL);
		s.n -= n + (nul != NULL);
	}
}

/* ---- elements that rules of the filter ask about ------------------------------ */

/* What browsers take for JavaScript, or the type as it is written. */
static struct str
script_language(struct writer *w, struct str attrs, char *to)
{
	static const struct str ours[] = { STR("javascript"),
	    STR("ecmascript"), STR("jscript"), STR("livescript"),
	    STR("x-javascript"), STR("x-ecmascript"), STR("module") };
	static const struct str heads[] = { STR("text/"),
	    STR("application/") };
	struct str s = html_attr_asked(w->job, attrs, STR("type"), to), t;

	if (s.p == NULL)
		s = html_attr_asked(w->job, attrs, STR("language"), to);
	if (s.n == 0)
		return STR("javascript");
	t = s;
	for (size_t i = 0; i < 2; i++)
		if (str_starts(t, heads[i]))
			t = (struct str){ t.p + heads[i].n, t.n - heads[i].n };
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (str_starts(t, ours[i]))
			return STR("javascript");
	return str_starts(t, STR("vbs")) ? STR("vbscript") : s;
}

static bool
has(struct str s, struct str what)
{
	for (; s.n >= what.n; s.p++, s.n--)
		if (str_istarts(s, what))
			return true;
	return false;
}

/* Readers may disagree where it ends (13.2.5.17, double escaped). */
static bool
ends_twice(struct str raw)
{
	return has(raw, STR("<!--")) && has(raw, STR("<script"));
}

static void
put_script(struct writer *w, const GumboNode *n, bool head)
{
	const struct html_piece *tag = html_tree_tag(w->tree, n);
	struct str attrs = attrs_of(w, n), raw = html_tree_raw(w->tree, tag);
	char to[HTML_ASKED_MAX];

	if (w->job->rules->filter && !ends_twice(raw) &&
	    html_rules_accept(w->job->rules, HTML_SCRIPT_LANGUAGE,
	    script_language(w, attrs, to))) {
		put_start(w, n, GUMBO_TAG_SCRIPT);
		put_raw(w, raw);
		put_end(w, GUMBO_TAG_SCRIPT);
		return;
	}
	w->job->gone[HTML_GONE_SCRIPT]++;
	w->head_script |= head;
	if (!head)
		put_notice(w, HTML_BODY_SCRIPT);
}

static bool
style_accepted(struct writer *w, struct str attrs)
{
	char to[HTML_ASKED_MAX];
	struct str type;

	if (!w->job->rules->filter)
		return true;
	type = html_attr_asked(w->job, attrs, STR("type"), to);
	return html_rules_accept(w->job->rules, HTML_STYLE_TYPE,
	    type.n == 0 ? STR("text/css") : type);
}

static void
put_style(struct writer *w, const GumboNode *n, bool head)
{
	const struct html_piece *tag = html_tree_tag(w->tree, n);
	struct str raw = html_tree_raw(w->tree, tag);
	size_t at = w->out->n, body;
	bool fresh = w->fresh;

	if (!style_accepted(w, attrs_of(w, n))) {
		w->job->gone[HTML_GONE_CSS]++;
		if (!head)
			put_notice(w, HTML_STYLE);
		return;
	}
	put_start(w, n, GUMBO_TAG_STYLE);
	body = w->out->n;
	if (w->job->rules->filter)
		put_raw(w, raw);
	else
		html_put_sheet(w->job, raw);
	if (w->out->n == body && !w->job->rules->filter)
		take_back(w, at, fresh);
	else
		put_end(w, GUMBO_TAG_STYLE);
}

static void
put_iframe(struct writer *w, const GumboNode *n)
{
	char to[HTML_ASKED_MAX];
	struct str src = html_attr_asked(w->job, attrs_of(w, n), STR("src"),
	    to);

	if (w->job->rules->filter && content(w) == HTML_FLOW &&
	    html_rules_accept(w->job->rules, HTML_IFRAME_SRC,
	    src.p == NULL ? STR("about:blank") : src)) {
		put_start(w, n, GUMBO_TAG_IFRAME);
		put_end(w, GUMBO_TAG_IFRAME);
		return;
	}
	w->job->gone[HTML_GONE_FRAME]++;
	put_notice(w, HTML_IFRAME);
}

/* A title's or textarea's text, which is one node. */
static void
put_title(struct writer *w, const GumboNode *n)
{
	const GumboVector *kids = &n->v.element.children;

	html_put(w->out, STR("<title>"));
	w->open[w->nopen++].tag = GUMBO_TAG_TITLE;
	for (unsigned i = 0; i < kids->length; i++) {
		const GumboNode *k = kids->data[i];

		if (k->type != GUMBO_NODE_ELEMENT)
			put_text_node(w, k);
	}
	w->nopen--;
	html_put(w->out, STR("</title>"));
}

/* Does it declare a charset?  Ours is declared already. */
static bool
declares_charset(struct writer *w, const GumboNode *n)
{
	char to[HTML_ASKED_MAX];
	struct str attrs = attrs_of(w, n);

	return html_attr_asked(w->job, attrs, STR("charset"), to).p != NULL ||
	    str_eq(html_attr_asked(w->job, attrs, STR("http-equiv"), to),
	    STR("content-type"));
}

/* ---- the tree ----------------------------------------------------------------- */

static bool
admitted(const struct writer *w, GumboTag tag)
{
	const struct html_rules *r = w->job->rules;
	unsigned e = html_elem(tag);

	if (r->filter)
		return e & HTML_E_KEPT;
	return e & HTML_E_OK || (e & HTML_E_FORM && r->keep_forms);
}

static void
count_gone(struct writer *w, unsigned e)
{
	w->job->gone[e & HTML_E_FORM ? HTML_GONE_FORM : e & HTML_E_REMOTE ?
	    HTML_GONE_REMOTE : HTML_GONE_ELEMENT]++;
}

static int
fate(struct writer *w, const GumboNode *n)
{
	GumboTag tag = n->v.element.tag;
	unsigned e = html_elem(tag);

	if (!admitted(w, tag) ||
	    (tag == GUMBO_TAG_META && declares_charset(w, n))) {
		count_gone(w, e);
		return e & HTML_E_DROP ? DROP : UNWRAP;
	}
	if (fits(w, tag))
		return KEEP;
	return e & HTML_E_VOID || content(w) != HTML_FLOW ? DROP : UNWRAP;
}

static int
descend(struct writer *w, const GumboVector *kids, GumboTag written)
{
	if (w->n == HTML_DEPTH_MAX)
		return ERR_LIMIT;
	w->level[w->n++] = (struct level){ kids, 0, written };
	return 0;
}

static int
put_element(struct writer *w, const GumboNode *n)
{
	GumboTag tag = n->v.element.tag;
	size_t at = w->out->n;
	bool fresh = w->fresh;
	int f = fate(w, n);

	if (f == DROP)
		return 0;
	if (f == KEEP) {
		put_start(w, n, tag);
		if (html_elem(tag) & HTML_E_VOID)
			return 0;
		if (html_elem(tag) & HTML_E_FORMAT && too_alike(w, at)) {
			take_back(w, at, fresh);
			f = UNWRAP;
		} else {
			w->open[w->nopen].tag = tag;
			w->open[w->nopen].at = at;
			w->open[w->nopen++].n = w->out->n - at;
		}
	}
	return descend(w, &n->v.element.children,
	    f == KEEP ? tag : GUMBO_TAG_LAST);
}

static int
put_node(struct writer *w, const GumboNode *n)
{
	switch (n->type) {
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_CDATA:
	case GUMBO_NODE_WHITESPACE:
		put_text_node(w, n);
		return 0;
	case GUMBO_NODE_ELEMENT:
		break;
	default:
		return 0;
	}
	if (n->v.element.tag_namespace != GUMBO_NAMESPACE_HTML) {
		w->job->gone[HTML_GONE_FOREIGN]++;
		return 0;
	}
	switch (n->v.element.tag) {
	case GUMBO_TAG_SCRIPT:
		put_script(w, n, false);
		return 0;
	case GUMBO_TAG_STYLE:
		put_style(w, n, false);
		return 0;
	case GUMBO_TAG_IFRAME:
		put_iframe(w, n);
		return 0;
	default:
		return put_element(w, n);
	}
}

static void
ascend(struct writer *w)
{
	GumboTag written = w->level[--w->n].written;

	if (written == GUMBO_TAG_LAST)
		return;
	w->nopen--;
	put_end(w, written);
}

static int
put_children(struct writer *w, const GumboVector *kids)
{
	int err = descend(w, kids, GUMBO_TAG_LAST);

	while (err == 0 && w->n > 0) {
		struct level *l = &w->level[w->n - 1];

		if (l->i == l->kids->length)
			ascend(w);
		else
			err = put_node(w, l->kids->data[l->i++]);
	}
	return err;
}

/* An element of the head. */
static void
put_meta(struct writer *w, const GumboNode *n, bool *title)
{
	if (n->type != GUMBO_NODE_ELEMENT)
		return;
	switch (n->v.element.tag) {
	case GUMBO_TAG_TITLE:
		if (!*title)
			put_title(w, n);
		*title = true;
		return;
	case GUMBO_TAG_SCRIPT:
		put_script(w, n, true);
		return;
	case GUMBO_TAG_STYLE:
		put_style(w, n, true);
		return;
	default:
		if (fate(w, n) == KEEP &&
		    html_elem(n->v.element.tag) & HTML_E_VOID)
			put_start(w, n, n->v.element.tag);
		return;
	}
}

static void
put_head(struct writer *w, const GumboNode *head)
{
	bool title = false;

	html_put(w->out, STR("<head><meta charset=\"utf-8\">"));
	for (unsigned i = 0; head != NULL &&
	    i < head->v.element.children.length; i++)
		put_meta(w, head->v.element.children.data[i], &title);
	html_put(w->out, STR("</head>"));
}

static const GumboNode *
child(const GumboNode *n, GumboTag tag)
{
	const GumboVector *v = &n->v.element.children;

	for (unsigned i = 0; i < v->length; i++) {
		const GumboNode *k = v->data[i];

		if (k->type == GUMBO_NODE_ELEMENT && k->v.element.tag == tag)
			return k;
	}
	return NULL;
}

/* How a browser lays the document out depends on it. */
static struct str
doctype(const GumboOutput *out)
{
	switch (out->document->v.document.doc_type_quirks_mode) {
	case GUMBO_DOCTYPE_NO_QUIRKS:
		return STR("<!DOCTYPE html>");
	case GUMBO_DOCTYPE_LIMITED_QUIRKS:
		return STR("<!DOCTYPE html PUBLIC "
		    "\"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
		    "\"http://www.w3.org/TR/xhtml1/DTD/"
		    "xhtml1-transitional.dtd\">");
	default:
		return STR("");
	}
}

int
html_write(struct html_job *j, const struct html_tree *t, const char **why_r)
{
	const GumboNode *root = t->out->root, *body;
	struct writer w = { .job = j, .tree = t, .out = j->out };
	struct str type = doctype(t->out);
	int err = 0;

	w.quirks = type.n == 0;
	html_put(j->out, type);
	put_start(&w, root, GUMBO_TAG_HTML);
	put_head(&w, child(root, GUMBO_TAG_HEAD));
	body = child(root, GUMBO_TAG_BODY);
	if (body != NULL) {
		put_start(&w, body, GUMBO_TAG_BODY);
		if (w.head_script)
			put_notice(&w, HTML_HEAD_SCRIPT);
		err = put_children(&w, &body->v.element.children);
	} else {
		html_put(j->out, STR("<body>"));
	}
	html_put(j->out, STR("</body></html>"));
	if (err < 0)
		*why_r = "elements are nested too deeply";
	else if (j->out->full || j->css.full || j->value.full || j->url.full)
		*why_r = "the result is too large";
	else
		return 0;
	return ERR_LIMIT;
}
