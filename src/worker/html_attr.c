#include "html_attr.h"

#include <assert.h>
#include <stdlib.h>

#include "html_css.h"
#include "html_elem.h"
#include "html_lex.h"
#include "html_value.h"

enum {
	/* Octets of an attribute's name. */
	NAME_MAX_ATTR = 32,
};

enum kind {
	TEXT,		/* says nothing that does anything */
	LINK,		/* an address that is followed by hand */
	LOAD,		/* one that is loaded when the document is shown */
	MAP,		/* a map in the document */
	TARGET,		/* a window */
	CSS,
	FORM,		/* a text that only controls of forms have */
	ACTION,		/* where a form goes */
};

/* In order of their names. */
static const struct row {
	const char *name;
	enum kind kind;
} rows[] = {
	{ "abbr", TEXT }, { "accept-charset", FORM }, { "action", ACTION },
	{ "align", TEXT }, { "alink", TEXT }, { "alt", TEXT },
	{ "axis", TEXT }, { "background", LOAD }, { "bgcolor", TEXT },
	{ "border", TEXT }, { "bordercolor", TEXT }, { "cellpadding", TEXT },
	{ "cellspacing", TEXT }, { "char", TEXT }, { "charoff", TEXT },
	{ "checked", FORM }, { "cite", LINK }, { "class", TEXT },
	{ "clear", TEXT }, { "color", TEXT }, { "cols", FORM },
	{ "colspan", TEXT }, { "compact", TEXT }, { "coords", TEXT },
	{ "datetime", TEXT }, { "dir", TEXT }, { "disabled", FORM },
	{ "enctype", FORM }, { "face", TEXT }, { "for", TEXT },
	{ "frame", TEXT }, { "headers", TEXT }, { "height", TEXT },
	{ "href", LINK }, { "hspace", TEXT }, { "id", TEXT },
	{ "label", FORM }, { "lang", TEXT }, { "link", TEXT },
	{ "maxlength", FORM }, { "media", TEXT }, { "method", FORM },
	{ "multiple", FORM }, { "name", TEXT }, { "noshade", TEXT },
	{ "nowrap", TEXT }, { "open", TEXT }, { "placeholder", FORM },
	{ "readonly", FORM }, { "rel", TEXT }, { "reversed", TEXT },
	{ "role", TEXT }, { "rows", FORM }, { "rowspan", TEXT },
	{ "rules", TEXT }, { "scope", TEXT }, { "selected", FORM },
	{ "shape", TEXT }, { "size", TEXT }, { "span", TEXT },
	{ "src", LOAD }, { "start", TEXT }, { "style", CSS },
	{ "summary", TEXT }, { "tabindex", TEXT }, { "target", TARGET },
	{ "text", TEXT }, { "title", TEXT }, { "type", TEXT },
	{ "usemap", MAP }, { "valign", TEXT }, { "value", TEXT },
	{ "vlink", TEXT }, { "vspace", TEXT }, { "width", TEXT },
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Addresses, where everything else stays; in order. */
static const char *const addresses[] = {
	"action", "archive", "background", "cite", "classid", "codebase",
	"data", "dynsrc", "formaction", "href", "longdesc", "lowsrc",
	"manifest", "ping", "poster", "profile", "src", "usemap",
	"xlink:href",
};

static int
compare(struct str s, const char *name)
{
	size_t n = strlen(name);
	int c = memcmp(s.p, name, s.n < n ? s.n : n);

	return c != 0 ? c : (s.n > n) - (s.n < n);
}

static int
by_row(const void *key, const void *row)
{
	return compare(*(const struct str *)key,
	    ((const struct row *)row)->name);
}

static int
by_name(const void *key, const void *name)
{
	return compare(*(const struct str *)key, *(const char *const *)name);
}

static bool
handler(struct str name)
{
	return name.n > 2 && name.p[0] == 'o' && name.p[1] == 'n';
}

static struct str
address(struct html_job *j, struct str value)
{
	return html_url(&j->url, value);
}

/* ---- strict ------------------------------------------------------------------- */

static bool
link_good(struct html_job *j, struct str *value)
{
	struct str name;

	*value = address(j, *value);
	switch (html_scheme(*value, &name)) {
	case HTML_SCHEME_FRAGMENT:
	case HTML_SCHEME_CID:
	case HTML_SCHEME_HTTP:
	case HTML_SCHEME_LINK:
		return true;
	default:
		j->gone[HTML_GONE_URL]++;
		return false;
	}
}

static bool
load_good(struct html_job *j, struct str *value)
{
	struct str name;
	enum html_scheme scheme;

	*value = address(j, *value);
	scheme = html_scheme(*value, &name);
	if (scheme == HTML_SCHEME_CID ||
	    (scheme == HTML_SCHEME_HTTP && j->rules->keep_remote))
		return true;
	j->gone[scheme == HTML_SCHEME_HTTP || scheme == HTML_SCHEME_NONE ?
	    HTML_GONE_REMOTE : HTML_GONE_URL]++;
	return false;
}

static bool
style_good(struct html_job *j, struct str *value)
{
	struct html_css css = { .keep_remote = j->rules->keep_remote };

	html_out_cut(&j->css, 0);
	html_css_declarations(&css, &j->css, *value);
	j->gone[HTML_GONE_CSS] += css.gone;
	j->gone[HTML_GONE_REMOTE] += css.remote;
	*value = html_out_str(&j->css, 0);
	return value->n > 0;
}

/* May the attribute stay?  *value becomes what it is then. */
static bool
strict_good(struct html_job *j, enum kind kind, struct str *value)
{
	switch (kind) {
	case TEXT:
		return true;
	case LINK:
		return link_good(j, value);
	case LOAD:
		return load_good(j, value);
	case MAP:
		return value->n > 0 && value->p[0] == '#';
	case TARGET:
		return str_ieq(*value, STR("_blank"));
	case CSS:
		return style_good(j, value);
	case FORM:
		return j->rules->keep_forms;
	case ACTION:
		return j->rules->keep_forms && link_good(j, value);
	}
	return false;
}

static void
put(struct html_job *j, struct str name, struct str value)
{
	html_put_char(j->out, ' ');
	html_put(j->out, name);
	if (value.n == 0)
		return;
	html_put_char(j->out, '=');
	html_put_quoted(j->out, value);
}

static struct str
decoded(struct html_job *j, struct str value)
{
	return html_value(j->arena, &j->value, value);
}

static void
put_strict(struct html_job *j, struct str attrs)
{
	char low[NAME_MAX_ATTR];
	bool seen[ROWS] = { false };
	struct html_attr a;

	while (html_attr_next(&attrs, &a) > 0) {
		struct str name = html_lower(a.name, low, sizeof low);
		struct str value;
		const struct row *row = a.name.n > sizeof low ? NULL :
		    bsearch(&name, rows, ROWS, sizeof *rows, by_row);

		if (row == NULL) {
			j->gone[handler(name) ? HTML_GONE_SCRIPT :
			    HTML_GONE_ATTRIBUTE]++;
			continue;
		}
		if (seen[row - rows])
			continue;
		seen[row - rows] = true;
		value = decoded(j, a.value);
		if (strict_good(j, row->kind, &value))
			put(j, str_c(row->name), value);
	}
}

/* ---- filter ------------------------------------------------------------------- */

static bool
name_good(struct str name)
{
	if (name.n == 0 || name.p[0] < 'a' || name.p[0] > 'z')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= 'a' && name.p[i] <= 'z') &&
		    !ascii_digit(name.p[i]) &&
		    memchr("-_:.", name.p[i], 4) == NULL)
			return false;
	return true;
}

/* A language's name in front of a handler: "vbscript: ...". */
static struct str
language_of(struct str value)
{
	struct str name;

	if (html_scheme(value, &name) == HTML_SCHEME_SCRIPT)
		return name;
	return STR("javascript");
}

static bool
accepted(struct html_job *j, int item, struct str value)
{
	char low[HTML_ASKED_MAX];

	return html_rules_accept(j->rules, item,
	    html_lower(value, low, sizeof low));
}

/* A script in the attribute?  Then *value becomes what it is to be. */
static bool
intrinsic_good(struct html_job *j, struct str name, struct str *value)
{
	struct str language = language_of(address(j, *value)), scheme;

	if (!handler(name)) {
		if (bsearch(&name, addresses,
		    sizeof addresses / sizeof *addresses, sizeof *addresses,
		    by_name) == NULL ||
		    html_scheme(address(j, *value), &scheme) !=
		    HTML_SCHEME_SCRIPT)
			return true;
	}
	if (accepted(j, HTML_INTRINSIC_LANGUAGE, language))
		return true;
	j->gone[HTML_GONE_SCRIPT]++;
	*value = j->rules->text[HTML_INTRINSIC];
	return value->n > 0;
}

static bool
filter_good(struct html_job *j, struct str name, struct str *value)
{
	if (str_eq(name, STR("srcdoc"))) {
		j->gone[HTML_GONE_FRAME]++;
		return false;
	}
	if (memmem(value->p, value->n, "&{", 2) != NULL &&
	    !accepted(j, HTML_MACRO_LANGUAGE, STR("javascript"))) {
		j->gone[HTML_GONE_SCRIPT]++;
		return false;
	}
	return intrinsic_good(j, name, value);
}

static bool
named_before(struct str attrs, struct str name)
{
	struct html_attr a;

	while (html_attr_next(&attrs, &a) > 0 && a.name.p != name.p)
		if (str_ieq(a.name, name))
			return true;
	return false;
}

static void
put_filter(struct html_job *j, struct str attrs)
{
	struct str all = attrs;
	char low[NAME_MAX_ATTR];
	struct html_attr a;

	while (html_attr_next(&attrs, &a) > 0) {
		struct str name = html_lower(a.name, low, sizeof low), value;

		if (a.name.n > sizeof low || !name_good(name)) {
			j->gone[HTML_GONE_ATTRIBUTE]++;
			continue;
		}
		if (named_before(all, a.name))
			continue;
		value = decoded(j, a.value);
		if (filter_good(j, name, &value))
			put(j, name, value);
	}
}

void
html_put_attrs(struct html_job *j, GumboTag tag, struct str attrs)
{
	(void)tag;
	if (j->rules->filter)
		put_filter(j, attrs);
	else
		put_strict(j, attrs);
}

struct str
html_attr_asked(struct html_job *j, struct str attrs, struct str name,
    char *to)
{
	struct html_attr a;

	while (html_attr_next(&attrs, &a) > 0)
		if (str_ieq(a.name, name))
			return html_lower(address(j, decoded(j, a.value)), to,
			    HTML_ASKED_MAX);
	return STR_NULL;
}

void
html_put_sheet(struct html_job *j, struct str sheet)
{
	struct html_css css = { .keep_remote = j->rules->keep_remote };

	html_css_sheet(&css, j->out, sheet);
	j->gone[HTML_GONE_CSS] += css.gone;
	j->gone[HTML_GONE_REMOTE] += css.remote;
}
