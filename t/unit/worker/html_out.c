#include "html_out.h"

#include "tap.h"

int
main(void)
{
	struct html_out o;

	html_out_init(&o, 1 << 14);
	html_put_text(&o, STR("a<b>&amp;\"\r\n\r\x01\0c"), false);
	tap_str(STR("a&lt;b&gt;&amp;\"\n\nc"), html_out_str(&o, 0),
	    "text has no tag and no control");
	html_out_cut(&o, 0);
	html_put_text(&o, STR("<&"), true);
	tap_str(STR("&lt;&amp;"), html_out_str(&o, 0),
	    "a text without references has none");
	html_out_cut(&o, 0);
	html_put_quoted(&o, STR("a\"'<>&"));
	tap_str(STR("\"a&quot;'&lt;&gt;&amp;\""), html_out_str(&o, 0),
	    "a value does not end before its quote");
	html_out_cut(&o, 0);
	html_put_rune(&o, 'a');
	html_put_rune(&o, 0xe9);
	html_put_rune(&o, 0x20ac);
	html_put_rune(&o, 0x1f600);
	html_put_rune(&o, 0xd800);
	html_put_rune(&o, 0);
	tap_str(STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
	    "\xef\xbf\xbd\xef\xbf\xbd"), html_out_str(&o, 0),
	    "code points become UTF-8");
	for (int i = 0; i < 5000; i++)
		html_put(&o, STR("1234"));
	tap_ok(o.full && o.n <= o.max, "what does not fit is left out");
	tap_str(STR("a"), (struct str){ o.p, 1 }, "what fitted stays");
	html_out_fini(&o);
	tap_int(0, (int64_t)html_out_str(&o, 0).n, "nothing is left of it");
	return tap_done();
}
