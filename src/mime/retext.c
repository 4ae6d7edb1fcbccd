#include "retext.h"

#include "compose.h"
#include "encode.h"

enum {
	/* Some readers count columns, some break lines that are longer. */
	PLAIN_LINE = 200,
};

/* Lines with CRLF, without controls; out holds twice n and two. */
static struct str
lines_of(struct str in, char *out)
{
	char *end = out;

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '\n') {
			*end++ = '\r';
			*end++ = '\n';
		} else if (c == '\t' || (c >= ' ' && c != 0x7f)) {
			*end++ = in.p[i];
		}
	}
	if (end > out && end[-1] != '\n') {
		*end++ = '\r';
		*end++ = '\n';
	}
	return (struct str){ out, (size_t)(end - out) };
}

static bool
plain_line(struct str line)
{
	if (line.n > PLAIN_LINE || str_starts(line, STR("--")) ||
	    str_starts(line, STR("From ")) || str_starts(line, STR(".")))
		return false;
	return line.n == 0 || (line.p[line.n - 1] != ' ' &&
	    line.p[line.n - 1] != '\t');
}

/* *ascii_r: is each octet ASCII? */
static bool
plain(struct str text, bool *ascii_r)
{
	struct str line;
	bool yes = true;

	*ascii_r = true;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			*ascii_r = yes = false;
	while (yes && str_cut(&text, '\n', &line)) {
		line.n--;
		yes = plain_line(line);
	}
	return yes;
}

void
mime_retext(struct arena *a, struct mime_text text, struct mime_retext *r)
{
	struct str lines = lines_of(text.octets,
	    arena_alloc(a, 2 * text.octets.n + 2));
	bool ascii;

	r->qp = !plain(lines, &ascii);
	r->body = lines;
	if (r->qp) {
		char *out = arena_alloc(a, MIME_QP_ROOM(lines.n));

		r->body = (struct str){ out, mime_qp(lines, out) };
	}
	r->header = str_c(arena_printf(a,
	    "Content-Type: text/%s; charset=%.*s\r\n"
	    "Content-Transfer-Encoding: %s\r\n"
	    "Content-Disposition: inline\r\n",
	    text.html ? "html" : "plain",
	    STR_ARG(ascii ? STR("us-ascii") : text.charset),
	    r->qp ? "quoted-printable" : "7bit"));
}
