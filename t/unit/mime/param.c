/* Content-Type and Content-Disposition, in every reading. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "param.h"
#include "tap.h"

/*
 * "type/subtype" and, for each parameter, " name=value", the form before '='
 * and the reading before the name.
 */
static struct str
render(const struct mime_value *v)
{
	static const char *const form[] = { "", "*", "*0", "*L", "*W" };
	static const char reading[] = " !?";
	static char out[2000];
	size_t n = (size_t)snprintf(out, sizeof out, "%.*s/%.*s",
	    STR_ARG(v->type), STR_ARG(v->subtype));

	for (const struct mime_param *p = v->params; p; p = p->next) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%c%.*s%s=",
		    reading[p->reading], STR_ARG(p->name), form[p->form]);
		if (p->charset.p != NULL)
			n += (size_t)snprintf(out + n, sizeof out - n,
			    "[%.*s]", STR_ARG(p->charset));
		memcpy(out + n, p->value.p ? p->value.p : "", p->value.n);
		n += p->value.n;
	}
	return (struct str){ out, n };
}

static const struct {
	const char *name, *in, *want;
	uint64_t flags;
} cases[] = {
	{ "a plain type", " text/plain", "text/plain", 0 },
	{ "parameters", " text/plain; charset=utf-8; format=\"flowed\"",
	    "text/plain charset=utf-8 format=flowed", 0 },
	{ "a ';' at the end", "text/plain; charset=x;",
	    "text/plain charset=x", 0 },
	{ "';;'", "text/plain;; charset=x", "text/plain charset=x", 0 },
	{ "a folded field", " text/plain;\r\n\tcharset=x\r\n ; a=b",
	    "text/plain charset=x a=b", 0 },
	{ "an empty quoted string", "a/b; c=\"\"", "a/b c=", 0 },
	{ "a value with '='", "a/b; boundary=\"=_x=\"",
	    "a/b boundary==_x=", 0 },
	{ "blanks round '='", "a/b; c = d", "a/b c=d", 0 },
	{ "an octet over 127", "a/b; c=\xc3\xa9", "a/b c=\xc3\xa9", 0 },
	/* types */
	{ "nothing", "", "/", MIME_TYPE_BROKEN },
	{ "no subtype", "text; a=b", "text/ a=b", MIME_TYPE_BROKEN },
	{ "a slash and nothing", "multipart/; a=b", "multipart/ a=b",
	    MIME_TYPE_BROKEN },
	{ "a blank in the type", "multi part/mixed; a=b", "multi/ a=b",
	    MIME_TYPE_BROKEN },
	{ "blanks round the slash", "text / plain; a=b", "text/ a=b",
	    MIME_TYPE_BROKEN },
	{ "more than a type", "text/plain charset=x; a=b", "text/plain a=b",
	    MIME_TYPE_BROKEN },
	{ "a quoted type", "\"text/plain\"; a=b", "/ a=b", MIME_TYPE_BROKEN },
	{ "a comment", "text/plain (c) ; a=b", "text/plain a=b",
	    MIME_COMMENT },
	{ "a comment with ';'", "text/plain (;x=y); a=b",
	    "text/plain a=b?x=y)?a=b", MIME_COMMENT | MIME_PARAM_LOOSE },
	{ "a comment without end", "text/plain (; a=b",
	    "text/plain?a=b",
	    MIME_COMMENT | MIME_COMMENT_OPEN | MIME_PARAM_LOOSE },
	/* G3, G4 */
	{ "a parameter twice", "a/b; c=1; C=2", "a/b c=1 C=2",
	    MIME_PARAM_REPEATED },
	{ "no closing quote", "a/b; boundary=\"x; c=d",
	    "a/b boundary=x; c=d?boundary=x?c=d",
	    MIME_QUOTE_OPEN | MIME_PARAM_LOOSE },
	{ "';' in quotes", "a/b; name=\"x;filename=y\"",
	    "a/b name=x;filename=y?name=x?filename=y", MIME_PARAM_LOOSE },
	{ "an escaped quote", "a/b; c=\"x\\\"y\"",
	    "a/b c=x\"y!c=x\\?c=x\\\"y",
	    MIME_QUOTE_ESCAPE | MIME_PARAM_BROKEN | MIME_QUOTE_OPEN |
	    MIME_PARAM_LOOSE },
	{ "a backslash", "a/b; c=\"x\\y\"", "a/b c=xy!c=x\\y?c=x\\y",
	    MIME_QUOTE_ESCAPE | MIME_PARAM_LOOSE },
	{ "a comment behind a value", "a/b; c=d (e)", "a/b c=d?c=d (e)",
	    MIME_COMMENT | MIME_PARAM_LOOSE },
	{ "a blank in a value", "a/b; name=x y.exe", "a/b name=x?name=x y.exe",
	    MIME_PARAM_BROKEN | MIME_PARAM_LOOSE },
	{ "more behind a quoted string", "a/b; c=\"d\"e",
	    "a/b c=d?c=d\"e", MIME_PARAM_BROKEN | MIME_PARAM_LOOSE },
	{ "no value", "a/b; c=; d=e", "a/b d=e?c=?d=e",
	    MIME_PARAM_BROKEN | MIME_PARAM_LOOSE },
	{ "no '='", "a/b; c; d=e", "a/b d=e", MIME_PARAM_BROKEN },
	{ "a slash in a value", "a/b; c=d/e", "a/b c=d?c=d/e",
	    MIME_PARAM_BROKEN | MIME_PARAM_LOOSE },
	{ "an encoded word in quotes", "a/b; name=\"=?utf-8?q?x?=\"",
	    "a/b name==?utf-8?q?x?=", MIME_PARAM_WORD },
	{ "an encoded word as it is", "a/b; name==?utf-8?q?x?=; c=d",
	    "a/b c=d?name==?utf-8?q?x?=?c=d",
	    MIME_PARAM_BROKEN | MIME_PARAM_LOOSE | MIME_PARAM_WORD },
	{ "a quoted string over lines", "a/b; c=\"d\r\n e\"", "a/b c=d e",
	    MIME_QUOTE_FOLD },
	{ "a tab in quotes", "a/b; c=\"d\te\"", "a/b c=d\te", 0 },
	{ "a control in quotes", "a/b; c=\"d\x01\"", "a/b c=d\x01",
	    MIME_PARAM_CONTROL },
	{ "a control in a token", "a/b; c=d\x01", "a/b c=d?c=d\x01",
	    MIME_PARAM_BROKEN | MIME_PARAM_LOOSE | MIME_PARAM_CONTROL },
	/* RFC 2231; the first three are its own examples */
	{ "continuations", "message/external-body; URL*0=\"ftp://\"; "
	    "URL*1=\"cs.utk.edu\"", "message/external-body "
	    "URL*0=ftp://cs.utk.edu", 0 },
	{ "a charset", "a/b; title*=us-ascii'en-us'This%20is%2a",
	    "a/b title*=[us-ascii]This is*", 0 },
	{ "both", "a/b; t*0*=us-ascii'en'This%20; t*1*=is%20; t*2=\"%20!\"",
	    "a/b t*0=[us-ascii]This is %20!", 0 },
	{ "no charset", "a/b; t*=x%20y", "a/b t*=x y", MIME_PARAM_CHARSET },
	{ "an empty charset", "a/b; t*=''x", "a/b t*=[]x",
	    MIME_PARAM_CHARSET },
	{ "a bad percent", "a/b; t*=u''%4; v*=u''%zz%41",
	    "a/b t*=[u]%4 v*=[u]%zzA", MIME_PARAM_PERCENT },
	{ "NUL in percents", "a/b; t*=u''%01", "a/b t*=[u]\x01",
	    MIME_PARAM_CONTROL },
	{ "plain and extended", "a/b; f*=u''x; f=y", "a/b f=y f*=[u]x",
	    MIME_PARAM_FORMS },
	{ "plain and pieces", "a/b; f*0=x; f=y", "a/b f=y f*0=x",
	    MIME_PARAM_FORMS },
	{ "extended twice", "a/b; f*=u''x; f*=u''y", "a/b f*=[u]x f*=[u]y",
	    MIME_PARAM_REPEATED },
	{ "pieces out of order", "a/b; f*1=y; f*0=x",
	    "a/b f*0=xy f*L=xy f*W=yx", MIME_PARAM_ORDER },
	{ "a piece missing", "a/b; f*0=x; f*2=z", "a/b f*0=x f*L=xz f*W=xz",
	    MIME_PARAM_ORDER },
	{ "the first piece missing", "a/b; f*1=x", "a/b f*L=x f*W=x",
	    MIME_PARAM_ORDER },
	{ "a piece twice", "a/b; f*0=x; f*0=X; f*1=y",
	    "a/b f*0=xy f*L=Xy f*W=xXy", MIME_PARAM_ORDER },
	{ "a number with a zero", "a/b; f*0=x; f*01=y", "a/b f*0=xy",
	    MIME_PARAM_ORDER },
	{ "a large number", "a/b; f*101=x", "a/b f*101=x",
	    MIME_PARAM_ORDER },
	{ "a huge number", "a/b; f*18446744073709551617=x",
	    "a/b f*18446744073709551617=x", MIME_PARAM_ORDER },
	{ "two stars", "a/b; f**=x", "a/b f**=x", MIME_PARAM_ORDER },
	{ "a star without name", "a/b; *0=x; *=y", "a/b *0=x *=y",
	    MIME_PARAM_ORDER },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a;
		struct mime_value v;

		arena_init(&a, 1 << 20, NULL, NULL);
		tap_int(1, mime_value_parse(&a, str_c(cases[i].in),
		    MIME_VALUE_TYPE, &v), "%s is read", cases[i].name);
		tap_str(str_c(cases[i].want), render(&v), "%s", cases[i].name);
		if (!tap_int((int64_t)cases[i].flags, (int64_t)v.flags,
		    "%s: flags", cases[i].name))
			for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
				if ((v.flags ^ cases[i].flags) >> b & 1)
					tap_diag("%s", mime_flag_name(b));
		arena_fini(&a);
	}
}

static void
test_find(void)
{
	struct arena a;
	struct mime_value v;
	const struct mime_param *p;

	arena_init(&a, 1 << 20, NULL, NULL);
	tap_ok(mime_value_parse(&a, STR("attachment; f*1=4; f=\"1;f=3\"; F=2"),
	    MIME_VALUE_WORD, &v) == 1, "a disposition is read");
	tap_str(STR("attachment"), v.type, "it has a type");
	tap_int(0, (int64_t)v.subtype.n, "and no subtype");
	tap_str(STR("1;f=3"), mime_param_first(&v, STR("f"))->value,
	    "the first is found");
	tap_str(STR("2"), mime_param_last(&v, STR("f"))->value,
	    "and the last");
	tap_ok(mime_param_first(&v, STR("g")) == NULL &&
	    mime_param_last(&v, STR("g")) == NULL, "what is not there is not");
	for (p = mime_param_next(v.params, STR("f")); p != NULL &&
	    !str_eq(p->value, STR("3"));
	    p = mime_param_next(p->next, STR("f")))
		;
	tap_ok(p != NULL && p->reading == MIME_READ_LOOSE,
	    "what a careless reader finds is there");
	tap_ok(mime_value_parse(&a, STR(" multi part / mixed (x) ; a=b"),
	    MIME_VALUE_TYPE, &v) == 1, "a broken type is read");
	tap_str(STR("multi part / mixed (x)"), v.loose,
	    "with all that is before its ';'");
	arena_fini(&a);
}

/* head, then unit n times. */
static struct str
many(const char *head, const char *unit, size_t n)
{
	size_t h = strlen(head), u = strlen(unit);
	char *p = malloc(h + n * u);

	memcpy(p, head, h);
	for (size_t i = 0; i < n; i++)
		memcpy(p + h + i * u, unit, u);
	return (struct str){ p, h + n * u };
}

static void
test_limits(void)
{
	static const struct {
		const char *name, *head, *unit;
		size_t n;
		int want;
	} t[] = {
		{ "as many parameters as may be", "a/b", ";c=d",
		    MIME_PARAMS_MAX, 1 },
		{ "a parameter too many", "a/b", ";c=d", MIME_PARAMS_MAX + 1,
		    ERR_LIMIT },
		{ "too many pieces", "a/b", ";c*0=d", MIME_PARAMS_MAX + 1,
		    ERR_LIMIT },
		{ "too many for a careless reader", "a/b;x=\"", ";c=d",
		    MIME_PARAMS_MAX, ERR_LIMIT },
		{ "too many between escaped quotes", "a/b;x=\"\\\"", ";c=d",
		    MIME_PARAMS_MAX, ERR_LIMIT },
		{ "a long field", "a/b;", " ", MIME_VALUE_MAX - 4, 1 },
		{ "a field too long", "a/b;", " ", MIME_VALUE_MAX - 3,
		    ERR_LIMIT },
		{ "comments, never closed", "a/b", ";(",
		    (MIME_VALUE_MAX - 3) / 2, 1 },
		{ "quotes, never closed", "a/b;\"", "\\\"",
		    (MIME_VALUE_MAX - 5) / 2, 1 },
		{ "semicolons", "a/b", ";", MIME_VALUE_MAX - 3, 1 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str in = many(t[i].head, t[i].unit, t[i].n);
		struct arena a;
		struct mime_value v;

		arena_init(&a, 8 << 20, NULL, NULL);
		tap_int(t[i].want, mime_value_parse(&a, in, MIME_VALUE_TYPE,
		    &v), "%s: %s", t[i].name,
		    t[i].want < 0 ? "refused" : "read");
		tap_ok((v.why != NULL) == (t[i].want < 0),
		    "%s: says why not", t[i].name);
		arena_fini(&a);
		free((char *)in.p);
	}
}

int
main(void)
{
	test_cases();
	test_find();
	test_limits();
	return tap_done();
}
