#include "html_charset.h"

#include "html_lex.h"
#include "html_value.h"

static const struct {
	struct str mark, name;
} marks[] = {
	{ STR("\xef\xbb\xbf"), STR("utf-8") },
	{ STR("\xff\xfe"), STR("utf-16le") },
	{ STR("\xfe\xff"), STR("utf-16be") },
};

/* What browsers take a label for, where it is not what it says. */
static const struct {
	struct str label, is;
} labels[] = {
	{ STR("iso-8859-1"), STR("windows-1252") },
	{ STR("iso8859-1"), STR("windows-1252") },
	{ STR("iso_8859-1"), STR("windows-1252") },
	{ STR("latin1"), STR("windows-1252") },
	{ STR("l1"), STR("windows-1252") },
	{ STR("us-ascii"), STR("windows-1252") },
	{ STR("ascii"), STR("windows-1252") },
	{ STR("cp1252"), STR("windows-1252") },
	{ STR("x-cp1252"), STR("windows-1252") },
	{ STR("iso-8859-9"), STR("windows-1254") },
	{ STR("latin5"), STR("windows-1254") },
	{ STR("tis-620"), STR("windows-874") },
	{ STR("iso-8859-11"), STR("windows-874") },
	{ STR("gb2312"), STR("gb18030") },
	{ STR("gbk"), STR("gb18030") },
	{ STR("ks_c_5601-1987"), STR("cp949") },
	{ STR("euc-kr"), STR("cp949") },
	{ STR("utf8"), STR("utf-8") },
	{ STR("unicode-1-1-utf-8"), STR("utf-8") },
};

static struct str
meant(struct str label)
{
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (str_ieq(label, labels[i].label))
			return labels[i].is;
	return label;
}

/* In the content of a meta element: what follows "charset=". */
static struct str
charset_in(struct str s)
{
	struct str key = STR("charset");
	size_t n = 0;

	while (s.n > key.n && !str_istarts(s, key)) {
		s.p++;
		s.n--;
	}
	if (s.n <= key.n)
		return STR("");
	s = (struct str){ s.p + key.n, s.n - key.n };
	while (s.n > 0 && (html_blank(s.p[0]) || s.p[0] == '=' ||
	    s.p[0] == '"' || s.p[0] == '\'')) {
		s.p++;
		s.n--;
	}
	while (n < s.n && !html_blank(s.p[n]) && s.p[n] != ';' &&
	    s.p[n] != '"' && s.p[n] != '\'')
		n++;
	return (struct str){ s.p, n };
}

static struct str
charset_of_meta(struct str attrs)
{
	struct str content = STR(""), charset = STR("");
	struct html_attr a;
	bool type = false;

	while (html_attr_next(&attrs, &a) > 0) {
		if (str_ieq(a.name, STR("charset")) && charset.n == 0)
			charset = a.value;
		else if (str_ieq(a.name, STR("content")) && content.n == 0)
			content = charset_in(a.value);
		else if (str_ieq(a.name, STR("http-equiv")))
			type = str_ieq(a.value, STR("content-type"));
	}
	if (charset.n > 0)
		return str_trim(charset);
	return type ? content : STR("");
}

/* A declaration in the text itself, or "". */
static struct str
prescan(struct str in)
{
	struct html_token t;
	struct html_lex x;

	if (in.n > HTML_PRESCAN)
		in.n = HTML_PRESCAN;
	html_lex_init(&x, in);
	while (html_lex_next(&x, &t) > 0) {
		struct str name;

		if (t.kind != HTML_START || t.tag != GUMBO_TAG_META)
			continue;
		name = charset_of_meta(t.text);
		if (name.n == 0)
			continue;
		/* that it can be read shows that it is not UTF-16 */
		return str_istarts(name, STR("utf-16")) ||
		    str_istarts(name, STR("utf-7")) ? STR("utf-8") : name;
	}
	return STR("");
}

static bool
utf8(struct str s)
{
	const char *nul;

	while ((nul = memchr(s.p, 0, s.n)) != NULL) {
		size_t n = (size_t)(nul - s.p);

		if (!str_utf8((struct str){ s.p, n }))
			return false;
		s.p += n + 1;
		s.n -= n + 1;
	}
	return str_utf8(s);
}

struct str
html_charset(struct str in, struct str declared, size_t *mark_r)
{
	struct str name;

	*mark_r = 0;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (str_starts(in, marks[i].mark)) {
			*mark_r = marks[i].mark.n;
			return marks[i].name;
		}
	}
	if (declared.n > 0)
		return meant(declared);
	name = prescan(in);
	if (name.n > 0)
		return meant(name);
	return in.n == 0 || utf8(in) ? STR("utf-8") : STR("windows-1252");
}
