#include "charset.h"

#include <assert.h>
#include <errno.h>

static const char replacement[] = "\xef\xbf\xbd";

enum { REPLACEMENT = sizeof replacement - 1 };

/* The first four are read as UTF-8, by us. */
static const char *const names[] = {
	"utf-8", "us-ascii", "utf8", "ascii",
	"iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5",
	"iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9",
	"iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15",
	"iso-8859-16", "latin1", "latin2",
	"windows-1250", "windows-1251", "windows-1252", "windows-1253",
	"windows-1254", "windows-1255", "windows-1256", "windows-1257",
	"windows-1258", "cp1250", "cp1251", "cp1252", "cp437", "cp850",
	"cp852", "cp866", "windows-874", "macintosh",
	"koi8-r", "koi8-u", "tis-620", "gb2312", "gbk", "gb18030", "big5",
	"iso-2022-jp", "iso-2022-kr", "euc-jp", "euc-kr", "shift_jis",
	"cp949", "utf-7", "utf-16", "utf-16le", "utf-16be",
};

static_assert(sizeof names / sizeof *names == MIME_CHARSET_ROWS,
    "a row for each charset");

enum { OURS = 4 };

/* What mails call otherwise than iconv. */
static const struct {
	const char *name, *known;
} aliases[] = {
	{ "ks_c_5601-1987", "cp949" }, { "x-sjis", "shift_jis" },
};

void
mime_charsets_init(struct mime_charsets *c)
{
	*c = (struct mime_charsets){ 0 };
}

void
mime_charsets_fini(struct mime_charsets *c)
{
	for (size_t i = 0; i < MIME_CHARSET_ROWS; i++)
		if (c->row[i].open)
			iconv_close(c->row[i].cd);
	*c = (struct mime_charsets){ 0 };
}

static size_t
row_of(struct str charset)
{
	size_t i = 0;

	for (size_t k = 0; k < sizeof aliases / sizeof *aliases; k++)
		if (str_ieq(charset, str_c(aliases[k].name)))
			charset = str_c(aliases[k].known);
	while (i < MIME_CHARSET_ROWS && !str_ieq(charset, str_c(names[i])))
		i++;
	return i;
}

static char *
put_replacement(char *out)
{
	memcpy(out, replacement, REPLACEMENT);
	return out + REPLACEMENT;
}

/* The length of the character at the front, 0 when there is none. */
static size_t
character(struct str in)
{
	unsigned char u = (unsigned char)in.p[0];
	size_t n = u < 0x80 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;

	if (n > in.n)
		return 0;
	return n == 1 || str_utf8((struct str){ in.p, n }) ? n : 0;
}

static size_t
from_utf8(struct str in, char *out, uint64_t *flags)
{
	char *end = out;

	while (in.n > 0) {
		size_t n = character(in);

		if (n > 0) {
			memcpy(end, in.p, n);
			end += n;
		} else {
			*flags |= MIME_CHARSET_OCTETS;
			end = put_replacement(end);
			n = 1;
		}
		in.p += n;
		in.n -= n;
	}
	return (size_t)(end - out);
}

static size_t
from_unknown(struct str in, char *out, uint64_t *flags)
{
	char *end = out;

	*flags |= MIME_CHARSET_STRANGE;
	for (size_t i = 0; i < in.n; i++) {
		if ((unsigned char)in.p[i] < 0x80)
			*end++ = in.p[i];
		else
			end = put_replacement(end);
	}
	return (size_t)(end - out);
}

static bool
open_row(struct mime_charsets *c, size_t i)
{
	if (!c->row[i].tried) {
		c->row[i].tried = true;
		c->row[i].cd = iconv_open("UTF-8", names[i]);
		c->row[i].open = c->row[i].cd != (iconv_t)-1;
	}
	return c->row[i].open;
}

void
mime_charsets_load(struct mime_charsets *c)
{
	for (size_t i = OURS; i < MIME_CHARSET_ROWS; i++)
		open_row(c, i);
}

/* false: there is no room. */
static bool
convert(iconv_t cd, struct str in, char *out, size_t *n_r, uint64_t *flags)
{
	char *from = (char *)in.p, *end = out;
	size_t room = MIME_CHARSET_ROOM(in.n);

	iconv(cd, NULL, NULL, NULL, NULL);
	while (in.n > 0 && iconv(cd, &from, &in.n, &end, &room) == (size_t)-1) {
		if (errno == E2BIG || room < REPLACEMENT)
			return false;
		*flags |= MIME_CHARSET_OCTETS;
		end = put_replacement(end);
		room -= REPLACEMENT;
		/* what is cut at the end is one mistake */
		if (errno == EINVAL)
			break;
		from++;
		in.n--;
	}
	if (iconv(cd, NULL, NULL, &end, &room) == (size_t)-1)
		return false;
	*n_r = (size_t)(end - out);
	return true;
}

size_t
mime_charset_utf8(struct mime_charsets *c, struct str charset, struct str in,
    char *out, uint64_t *flags)
{
	size_t row = row_of(charset), n;

	if (row < OURS)
		return from_utf8(in, out, flags);
	if (row < MIME_CHARSET_ROWS && open_row(c, row) &&
	    convert(c->row[row].cd, in, out, &n, flags))
		return n;
	return from_unknown(in, out, flags);
}
