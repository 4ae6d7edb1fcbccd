/* Fields of MIME as Dovecot shows them. */

#include <stdlib.h>

#include "shown.h"
#include "tap.h"
#include "wire.h"

static struct str
render(struct arena *a, const struct mime_shown *s)
{
	struct mime_wire w;

	mime_wire_init(&w, a);
	mime_wire_put(&w, s->type);
	mime_wire_put(&w, STR("/"));
	mime_wire_put(&w, s->subtype);
	for (const struct mime_shown_param *p = s->params; p; p = p->next) {
		mime_wire_put(&w, STR(" "));
		mime_wire_put(&w, p->name);
		mime_wire_put(&w, STR("="));
		mime_wire_put(&w, p->value);
	}
	return mime_wire_text(&w);
}

static const struct {
	const char *in, *want;
} types[] = {
	{ "text/plain", "text/plain" },
	{ "Text / PLAIN ; a=b", "Text/PLAIN a=b" },
	{ "(c) text (c)/(c) plain (c); (c)a(c)=(c)b(c)", "text/plain a=b" },
	{ "text", "text/" },
	/* not readable */
	{ "", "/" }, { "text; a=b", "/" }, { "text/", "/" },
	{ "text/plain x; a=b", "/" }, { "\"text/plain\"", "/" },
	{ "text/plain, a/b", "/" }, { "text/plain (c", "/" },
	/* parameters */
	{ "a/b; c=\"d;\\\"e\"; f=g", "a/b c=d;\"e f=g" },
	{ "a/b; c=\"d\r\n e\"", "a/b c=d e" },
	{ "a/b; c=d e; f=g", "a/b c=d f=g" },
	{ "a/b; c=d, f=g; h=i", "a/b c=d h=i" },
	{ "a/b; c=; f=g", "a/b c= f=g" },
	{ "a/b; c=<d>; f=g", "a/b c= f=g" },
	{ "a/b; =c; f=g", "a/b =c f=g" },
	{ "a/b; c; d=e; f=g", "a/b f=g" },
	{ "a/b;; d=e; f=g", "a/b f=g" },
	{ "a/b;;; d=e; f=g", "a/b d=e f=g" },
	{ "a/b; c d=e; f=g", "a/b f=g" },
	{ "a/b; \"c\"=d; f=g", "a/b f=g" },
	{ "a/b; \"c; f=g", "a/b f=g" },
	{ "a/b; c=\"d; f=g", "a/b" },
	{ "a/b; c=d (e; f=g", "a/b" },
	{ "a/b; c=d \"e;f=g\"; h=i", "a/b c=d f=g h=i" },
	{ "a/b; c==_d?e; f=g", "a/b c==_d?e f=g" },
	{ "a/b; c==\"d e\"; f=g", "a/b c==\"d f=g" },
	{ "a/b; c=1; C=2", "a/b c=1 C=2" },
	/* RFC 2231 */
	{ "a/b; c*0=d; c*1=e; f=g", "a/b f=g c=de" },
	{ "a/b; c*1=e; c*0=d", "a/b c=de" },
	{ "a/b; d*0=1; c*0=2; D*1=3", "a/b c=2 d=13" },
	{ "a/b; c*=u''%41; f=g", "a/b f=g c*=u''%41" },
	{ "a/b; c*0*=u''%41; c*1=\"%\"", "a/b c*=u''%41%25" },
	{ "a/b; c*0=x; c*1*=y", "a/b c*=''xy" },
	{ "a/b; c*0=d; c*2=e", "a/b c*0=d c*2=e" },
	{ "a/b; c*0=d; c*0=e", "a/b c*0=d c*0=e" },
	{ "a/b; c*=d; c*0=e", "a/b c*0*=d c*0=e" },
	{ "a/b; c*00=d; c*01=e", "a/b c=de" },
	{ "a/b; c*x=d", "a/b c*x=d" },
}, words[] = {
	{ "attachment; a=b", "attachment/ a=b" },
	{ "(c) inline (c) ;a=b", "inline/ a=b" },
	{ "att ach; a=b", "att/ a=b" },
	{ "attachment a=b", "attachment/" },
	{ "\"attachment\"; a=b", "/ a=b" },
	{ "\"attachment; a=b", "/ a=b" },
	{ "; a=b", "/ a=b" },
	{ "", "/" },
}, encodings[] = {
	{ "base64", "base64" }, { "(c) BASE64 (c)", "BASE64" },
	{ "", "none" }, { "base64 x", "none" }, { "base64;", "none" },
	{ "\"base64\"", "none" }, { "base64 (c", "none" },
}, languages[] = {
	{ "en", "en" }, { "(c) en (c), cs", "en cs" }, { "en cs", "en" },
	{ "en,,cs", "en" }, { ",en", "" }, { "", "" }, { "\"en\"", "" },
};

#define COUNT(t) (sizeof (t) / sizeof *(t))

static void
test_languages(struct arena *a)
{
	for (size_t i = 0; i < COUNT(languages); i++) {
		struct mime_wire w;
		struct str s;
		size_t at = 0;

		mime_wire_init(&w, a);
		while (mime_shown_language(str_c(languages[i].in), &at, &s)) {
			if (w.n > 0)
				mime_wire_put(&w, STR(" "));
			mime_wire_put(&w, s);
		}
		tap_str(str_c(languages[i].want), mime_wire_text(&w),
		    "language '%s'", languages[i].in);
	}
}

static void
test_many(struct arena *a)
{
	struct mime_shown s;
	struct mime_wire w;
	size_t n = 0;

	mime_wire_init(&w, a);
	mime_wire_put(&w, STR("a/b"));
	for (size_t i = 0; i < 3 * MIME_PARAMS_MAX; i++)
		mime_wire_put(&w, STR(";=x"));
	mime_shown_type(a, mime_wire_text(&w), &s);
	for (const struct mime_shown_param *p = s.params; p; p = p->next)
		n++;
	tap_int(MIME_PARAMS_MAX, (int64_t)n, "so many parameters are shown");
}

int
main(void)
{
	struct mime_shown s;
	struct arena a;
	struct str cte;

	arena_init(&a, 1 << 20, NULL, NULL);
	for (size_t i = 0; i < COUNT(types); i++) {
		mime_shown_type(&a, str_c(types[i].in), &s);
		tap_str(str_c(types[i].want), render(&a, &s), "type '%s'",
		    types[i].in);
	}
	for (size_t i = 0; i < COUNT(words); i++) {
		mime_shown_word(&a, str_c(words[i].in), &s);
		tap_str(str_c(words[i].want), render(&a, &s), "word '%s'",
		    words[i].in);
	}
	for (size_t i = 0; i < COUNT(encodings); i++)
		tap_str(str_c(encodings[i].want), mime_shown_cte(
		    str_c(encodings[i].in), &cte) ? cte : STR("none"),
		    "encoding '%s'", encodings[i].in);
	test_languages(&a);
	test_many(&a);
	mime_shown_type(&a, STR("a/b; c=1; C=2"), &s);
	tap_str(STR("1"), mime_shown_find(&s, STR("C"))->value,
	    "the first is found");
	tap_ok(mime_shown_find(&s, STR("d")) == NULL, "what is not is not");
	arena_fini(&a);
	return tap_done();
}
