#include "encode.h"

#include <stdbool.h>

#include "base64.h"
#include "hex.h"

/* Of quoted-printable, with the "=" of a soft line break. */
enum { QP_LINE = 76 };

static char *
put_line(char *out, struct str octets)
{
	out += base64_enc(out, octets);
	*out++ = '\r';
	*out++ = '\n';
	return out;
}

size_t
mime_base64_feed(struct mime_base64 *b, struct str in, char *out)
{
	char *end = out;

	while (in.n > 0) {
		size_t n = sizeof b->hold - b->held;

		if (n > in.n)
			n = in.n;
		memcpy(b->hold + b->held, in.p, n);
		b->held += n;
		in.p += n;
		in.n -= n;
		if (b->held < sizeof b->hold)
			break;
		end = put_line(end, (struct str){ b->hold, b->held });
		b->held = 0;
	}
	return (size_t)(end - out);
}

size_t
mime_base64_end(struct mime_base64 *b, char *out)
{
	char *end = out;

	if (b->held > 0)
		end = put_line(end, (struct str){ b->hold, b->held });
	b->held = 0;
	return (size_t)(end - out);
}

uint64_t
mime_base64_size(uint64_t n)
{
	uint64_t d = (n + 2) / 3 * 4;

	return d + (d + MIME_BASE64_LINE - 1) / MIME_BASE64_LINE * 2;
}

static bool
line_end(struct str text, size_t i)
{
	return i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n';
}

/* Must the octet at i, which begins a line of the text or not, be quoted? */
static bool
must_quote(struct str text, size_t i, bool first)
{
	unsigned char c = (unsigned char)text.p[i];
	struct str rest = { text.p + i, text.n - i };

	if (c == ' ' || c == '\t')
		return i + 1 == text.n || line_end(text, i + 1);
	if (c < '!' || c > '~' || c == '=')
		return true;
	return first && (c == '.' || str_starts(rest, STR("--")) ||
	    str_starts(rest, STR("From ")));
}

size_t
mime_qp(struct str text, char *out)
{
	char *end = out;
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool quote;

		if (line_end(text, i)) {
			*end++ = '\r';
			*end++ = '\n';
			column = 0;
			i++;
			continue;
		}
		quote = must_quote(text, i, column == 0);
		if (column + (quote ? 3 : 1) > QP_LINE - 1) {
			memcpy(end, "=\r\n", 3);
			end += 3;
			column = 0;
			quote = must_quote(text, i, true);
		}
		if (quote)
			end = mime_hex_quote(end, text.p[i], '=');
		else
			*end++ = text.p[i];
		column += quote ? 3 : 1;
	}
	return (size_t)(end - out);
}
