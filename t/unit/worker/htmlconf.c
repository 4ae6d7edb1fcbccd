#include "htmlconf.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "err.h"
#include "image.h"
#include "tap.h"

static struct conf_strset
set_of(struct image *m, uint32_t first, uint32_t n)
{
	return (struct conf_strset){ { (uint32_t)(offsetof(struct image,
	    strval) + first * sizeof *m->strval), n }, 1, { 0 } };
}

static bool
accepts(const struct htmlconf *h, int item, const char *value)
{
	return html_rules_accept(&h->rules, item, str_c(value));
}

int
main(void)
{
	static struct htmlconf h;
	static struct image m;
	struct conf c = image_open(&m, "/nowhere");

	tap_int(ERR_CONFIG, htmlconf_open(&h, &c, 2),
	    "a filter that is not there is an error");
	tap_int(0, htmlconf_open(&h, &c, 1), "one without a key is read");
	tap_ok(!h.rules.filter && !h.rules.keep_remote &&
	    !h.rules.keep_forms && h.rules.text[HTML_STYLE].n == 0,
	    "it is strict");
	m.html[0].policy = CONF_HTML_FILTER;
	m.html[0].keep_forms = 1;
	m.html[0].replace_iframe_tags = image_str(&m, "[frame]");
	m.strval[0].text = image_str(&m, "VB*");
	m.strval[1].text = image_str(&m, "java*");
	m.strval[2] = (struct conf_strval){ image_str(&m, "javascript9"), 1 };
	m.strval[3] = (struct conf_strval){ image_str(&m, "x"), 1 };
	m.item[0].deny = set_of(&m, 0, 1);
	m.item[1].accept = set_of(&m, 1, 2);
	m.item[2].accept = set_of(&m, 3, 1);
	m.html[0].script_tag_language = IMAGE_TABLE(&m, item, 2);
	m.html[0].style_tag_type = (struct conf_ref){ (uint32_t)offsetof(
	    struct image, item[2]), 1 };
	tap_int(0, htmlconf_open(&h, &c, 0), "one with items is read");
	tap_ok(h.rules.filter && h.rules.keep_forms, "so are its words");
	tap_str(STR("[frame]"), h.rules.text[HTML_IFRAME],
	    "and its texts");
	tap_ok(!accepts(&h, HTML_SCRIPT_LANGUAGE, "vbscript"),
	    "a set is of globs, in any case");
	tap_ok(accepts(&h, HTML_SCRIPT_LANGUAGE, "javascript"),
	    "the next list is asked where the first has none");
	tap_ok(!accepts(&h, HTML_SCRIPT_LANGUAGE, "javascript9"),
	    "what a set excludes it has not");
	tap_ok(accepts(&h, HTML_STYLE_TYPE, "y") &&
	    !accepts(&h, HTML_STYLE_TYPE, "x"),
	    "a set of exceptions has all others");
	tap_ok(accepts(&h, HTML_IFRAME_SRC, "http://x"),
	    "an item without a list takes nothing away");
	m.html[0].script_tag_language.n = CONF_HTML_LISTS + 1;
	tap_int(ERR_CONFIG, htmlconf_open(&h, &c, 0),
	    "more lists than there may be are an error");
	return tap_done();
}
