#include "replace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "compose.h"
#include "fd.h"

/* ---- texts of ours: ASCII, so that they need no charset ---- */

enum ours { OURS_REMOVED, OURS_BRIEF, OURS_AMBIGUOUS, OURS_UNFILTERED,
	OURS_COUNT };

static const char *const english[OURS_COUNT] = {
	[OURS_REMOVED] = "This content was removed by the mail filter.\n",
	[OURS_BRIEF] = "[removed]\n",
	[OURS_AMBIGUOUS] = ("This content was removed by the mail filter: "
	    "programs would\nnot agree on what is in it.\n"),
	[OURS_UNFILTERED] = ("This content was removed by the mail filter: "
	    "it is HTML that\ncannot be filtered.\n"),
};

static const char *const czech[OURS_COUNT] = {
	[OURS_REMOVED] = "Tento obsah odstranil postovni filtr.\n",
	[OURS_BRIEF] = "[odstraneno]\n",
	[OURS_AMBIGUOUS] = ("Tento obsah odstranil postovni filtr: programy "
	    "by se neshodly\nna tom, co v nem je.\n"),
	[OURS_UNFILTERED] = ("Tento obsah odstranil postovni filtr: je to "
	    "HTML, ktere\nnelze filtrovat.\n"),
};

static struct mime_text
ours(enum ours text, enum conf_language language)
{
	bool english_one = language == CONF_LANG_UNSET ||
	    language == CONF_LANG_EN;

	return (struct mime_text){ str_c(english_one ? english[text] :
	    czech[text]), STR("utf-8"), false };
}

struct mime_text
replace_brief(enum conf_language language)
{
	return ours(OURS_BRIEF, language);
}

struct mime_text
replace_ambiguous(enum conf_language language)
{
	return ours(OURS_AMBIGUOUS, language);
}

struct mime_text
replace_unfiltered(enum conf_language language)
{
	return ours(OURS_UNFILTERED, language);
}

/* ---- files ---- */

static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static const struct replace_file *
find(const struct replace *r, const char *path)
{
	const struct replace_file *f = r->files;

	while (f != NULL && strcmp(f->path, path) != 0)
		f = f->next;
	return f;
}

static void
read_file(struct replace_file *f)
{
	if (fd_read_file(f->path, NOTICE_MAX, &f->text, &f->n) < 0) {
		f->why = errno == EFBIG ? "the notice is too long" :
		    "the notice cannot be read";
		return;
	}
	if (!str_utf8((struct str){ f->text, f->n })) {
		f->why = "the notice is not UTF-8";
		free(f->text);
		f->text = NULL;
	}
}

static void
add_path(struct replace *r, const char *path)
{
	struct replace_file *f;

	if (find(r, path) != NULL)
		return;
	f = must(calloc(1, sizeof *f));
	f->path = must(strdup(path));
	read_file(f);
	f->next = r->files;
	r->files = f;
}

static void
add_notice(struct replace *r, struct conf_ref notice)
{
	char path[PATH_MAX];

	if (notice.n == 0)
		return;
	for (int l = CONF_LANG_EN; l <= CONF_LANG_CZ_1250; l++)
		add_path(r, notice_path(r->conf, r->folder, notice,
		    (enum conf_language)l, path));
}

void
replace_open(struct replace *r, const struct conf *c)
{
	char folder[PATH_MAX];

	*r = (struct replace){ .conf = c };
	r->folder = must(strdup(conf_folder(c, folder)));
	r->latin2 = iconv_open("ISO-8859-2", "UTF-8");
	r->windows = iconv_open("WINDOWS-1250", "UTF-8");
	for (uint32_t i = 0; i < c->main->mail_acls.n; i++) {
		const struct conf_mail_acl *m = CONF_AT(c,
		    struct conf_mail_acl, c->main->mail_acls, i);

		if (m != NULL)
			add_notice(r, m->replace_body);
	}
	for (uint32_t i = 0; i < c->main->doc_acls.n; i++) {
		const struct conf_doc_acl *d = CONF_AT(c, struct conf_doc_acl,
		    c->main->doc_acls, i);

		if (d != NULL)
			add_notice(r, d->replace_file);
	}
}

void
replace_close(struct replace *r)
{
	struct replace_file *f;

	while ((f = r->files) != NULL) {
		r->files = f->next;
		free(f->path);
		free(f->text);
		free(f);
	}
	free(r->folder);
	if (r->latin2 != (iconv_t)-1)
		iconv_close(r->latin2);
	if (r->windows != (iconv_t)-1)
		iconv_close(r->windows);
}

/* ---- a text with its values ---- */

static struct str
cut(struct str s)
{
	struct str rest = s;

	for (int i = 0; i < REPLACE_VALUE_MAX && rest.n > 0; i++)
		str_take_utf8(&rest);
	s.n -= rest.n;
	return s;
}

/* Every octet that HTML gives a meaning becomes a reference. */
static struct str
escape(struct arena *a, struct str s)
{
	/* size: "&#39;" is the longest, snprintf ends it with NUL */
	char *out = arena_alloc(a, 5 * s.n + 1), *p = out;

	for (size_t i = 0; i < s.n; i++) {
		if (strchr("<>&\"'`", s.p[i]) != NULL)
			p += snprintf(p, 6, "&#%d;", s.p[i]);
		else
			*p++ = s.p[i];
	}
	return (struct str){ out, (size_t)(p - out) };
}

static struct str
value_of(struct arena *a, const struct replace_values *v,
    enum notice_field field, bool html)
{
	struct str s;

	if (field == NOTICE_PERCENT)
		return STR("%");
	s = v->field[field];
	/* four octets are the longest character */
	s = cut(mime_clean(a, s, s.n < MIME_TEXT_MAX ? s.n : MIME_TEXT_MAX));
	if (s.n == 0)
		return STR("-");
	return html ? escape(a, s) : s;
}

struct piece {
	struct piece *next;
	struct str s;
};

static struct str
join(struct arena *a, const struct piece *p, size_t n)
{
	char *out = arena_alloc(a, n + 1);

	n = 0;
	for (; p != NULL; p = p->next) {
		memcpy(out + n, p->s.p, p->s.n);
		n += p->s.n;
	}
	return (struct str){ out, n };
}

/* Values of a field are made once, however often it occurs. */
static struct str
render(struct arena *a, struct str text, const struct replace_values *v,
    bool html, const char **why_r)
{
	struct str values[NOTICE_FIELD_COUNT] = { { NULL, 0 } }, s;
	struct piece *first = NULL, **end = &first;
	enum notice_field field;
	size_t n = 0;
	int r;

	do {
		r = notice_next(&text, &s, &field);
		for (int i = 0; i < 1 + (r > 0); i++) {
			struct piece *p = arena_alloc(a, sizeof *p);

			if (i > 0 && values[field].p == NULL)
				values[field] = value_of(a, v, field, html);
			p->s = i > 0 ? values[field] : s;
			n += p->s.n;
			*end = p;
			end = &p->next;
		}
		/* as many fields as a text of letters could not hold */
		if (n > 4 * NOTICE_MAX)
			r = -1;
	} while (r > 0);
	if (r < 0)
		*why_r = "the notice has what is no field";
	return r < 0 ? STR_NULL : join(a, first, n);
}

static bool
convert(struct arena *a, iconv_t cd, struct str in, struct str *out_r)
{
	size_t room = in.n + 1, left = room, n = in.n;
	char *out = arena_alloc(a, room), *to = out, *from = (char *)in.p;

	if (cd == (iconv_t)-1)
		return false;
	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &from, &n, &to, &left) == (size_t)-1)
		return false;
	*out_r = (struct str){ out, room - left };
	return true;
}

/*
 * HTML names its charset by itself, and browsers differ in whom they believe:
 * with references for all that is not ASCII it is the same in any.
 */
static struct str
refer(struct arena *a, struct str s)
{
	/* size: "&#1114111;" stands for four octets, "&#2047;" for two */
	size_t room = 4 * s.n + 1;
	char *out = arena_alloc(a, room), *p = out;

	while (s.n > 0) {
		uint32_t c = str_take_utf8(&s);

		if (c < 0x80)
			*p++ = (char)c;
		else
			p += snprintf(p, room - (size_t)(p - out), "&#%u;", c);
	}
	return (struct str){ out, (size_t)(p - out) };
}

/* For readers of one of the other charsets of Czech. */
static void
recode(struct arena *a, struct mime_text *t, iconv_t cd, const char *charset)
{
	if (t->html)
		t->octets = refer(a, t->octets);
	else if (convert(a, cd, t->octets, &t->octets))
		t->charset = str_c(charset);
	/* what the charset lacks is better in UTF-8 than left out */
}

struct mime_text
replace_text(const struct replace *r, struct arena *a,
    struct conf_ref notice, enum conf_language language,
    const struct replace_values *v, const char **why_r)
{
	char path[PATH_MAX];
	struct mime_text t = { .charset = STR("utf-8") };
	const struct replace_file *f = find(r, notice_path(r->conf, r->folder,
	    notice, language, path));

	*why_r = f == NULL ? "the notice was not read" : f->why;
	t.html = notice_is_html(conf_str(r->conf, notice));
	if (*why_r == NULL)
		t.octets = render(a, (struct str){ f->text, f->n }, v, t.html,
		    why_r);
	if (*why_r != NULL)
		return ours(OURS_REMOVED, language);
	if (language == CONF_LANG_CZ_8859_2)
		recode(a, &t, r->latin2, "iso-8859-2");
	else if (language == CONF_LANG_CZ_1250)
		recode(a, &t, r->windows, "windows-1250");
	return t;
}
