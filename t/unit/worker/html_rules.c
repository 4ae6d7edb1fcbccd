#include "html_rules.h"

#include "tap.h"

static bool
has(const void *ctx, const void *set, struct str value)
{
	(void)ctx;
	return str_eq(str_c(set), value);
}

int
main(void)
{
	static const struct html_list lists[] = { { "a", false },
		{ "a", true }, { "b", true } };
	struct html_rules r = { .has = has };

	tap_ok(html_rules_accept(&r, HTML_IFRAME_SRC, STR("a")),
	    "without a list everything is accepted");
	r.lists[HTML_IFRAME_SRC] = lists;
	r.nlists[HTML_IFRAME_SRC] = 3;
	tap_ok(!html_rules_accept(&r, HTML_IFRAME_SRC, STR("a")),
	    "the first list that has it decides");
	tap_ok(html_rules_accept(&r, HTML_IFRAME_SRC, STR("b")),
	    "a later one may accept");
	tap_ok(!html_rules_accept(&r, HTML_IFRAME_SRC, STR("c")),
	    "what no list has is not accepted");
	tap_ok(html_rules_accept(&r, HTML_STYLE_TYPE, STR("a")),
	    "lists of one item are not those of others");
	tap_cstr("foreign", html_gone_name(HTML_GONE_FOREIGN),
	    "what is removed has a name");
	return tap_done();
}
