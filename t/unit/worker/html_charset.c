#include "html_charset.h"

#include "tap.h"

static const struct {
	const char *name, *in, *declared, *want;
	size_t mark;
} rows[] = {
	{ "a mark is first", "\xef\xbb\xbfx", "latin2", "utf-8", 3 },
	{ "the mark of UTF-16 is first", "\xfe\xff", "utf-8", "utf-16be", 2 },
	{ "then what is declared", "<meta charset=koi8-r>", "latin2",
	    "latin2", 0 },
	{ "some labels mean more than they say", "", "ISO-8859-1",
	    "windows-1252", 0 },
	{ "GB2312 is read as its successor", "", "gb2312", "gb18030", 0 },
	{ "then a meta element", "<p><META CHARSET=\" koi8-r \">", "",
	    "koi8-r", 0 },
	{ "or one in the older form", "<meta content='text/html;charset="
	    "koi8-r' http-equiv=Content-Type>", "", "koi8-r", 0 },
	{ "content alone is none", "<meta content='charset=koi8-r'>x", "",
	    "utf-8", 0 },
	{ "a comment has none", "<!--<meta charset=koi8-r>-->", "", "utf-8",
	    0 },
	{ "who can be read is not UTF-16", "<meta charset=utf-16>", "",
	    "utf-8", 0 },
	{ "UTF-7 is declared by the mail or not at all",
	    "<meta charset=utf-7>", "", "utf-8", 0 },
	{ "else it is UTF-8, if it can be", "\xc3\xa9", "", "utf-8", 0 },
	{ "else windows-1252", "\xe9", "", "windows-1252", 0 },
};

int
main(void)
{
	static char far[HTML_PRESCAN + 64];
	size_t mark;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_str(str_c(rows[i].want), html_charset(str_c(rows[i].in),
		    str_c(rows[i].declared), &mark), "%s", rows[i].name);
		tap_int((int64_t)rows[i].mark, (int64_t)mark,
		    "%s: octets of a mark", rows[i].name);
	}
	memset(far, ' ', sizeof far);
	memcpy(far + HTML_PRESCAN, "<meta charset=koi8-r>", 21);
	tap_str(STR("utf-8"), html_charset((struct str){ far, sizeof far },
	    STR(""), &mark), "a meta element far behind does not count");
	return tap_done();
}
