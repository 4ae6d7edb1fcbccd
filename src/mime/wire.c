#include "wire.h"

#include <stdio.h>

#include "emit.h"
#include "field.h"

enum { WIRE_FIRST = 512 };

void
mime_wire_init(struct mime_wire *w, struct arena *a)
{
	*w = (struct mime_wire){ .arena = a };
}

struct str
mime_wire_text(const struct mime_wire *w)
{
	return w->n > 0 ? (struct str){ w->p, w->n } : STR("");
}

/* Room for n more; what is left behind is as much again at most. */
static char *
grow(struct mime_wire *w, size_t n)
{
	if (w->n > MIME_WIRE_MAX) {
		w->full = true;
		w->n = 0;
	}
	if (n > w->room - w->n) {
		size_t room = w->room * 2 + WIRE_FIRST;
		char *p = arena_alloc(w->arena, room + n);

		if (w->n > 0)
			memcpy(p, w->p, w->n);
		w->p = p;
		w->room = room + n;
	}
	return w->p + w->n;
}

void
mime_wire_put(struct mime_wire *w, struct str s)
{
	if (s.n > 0)
		memcpy(grow(w, s.n), s.p, s.n);
	w->n += s.n;
}

void
mime_wire_number(struct mime_wire *w, uint64_t v)
{
	char text[24];

	mime_wire_put(w, (struct str){ text, (size_t)snprintf(text,
	    sizeof text, "%ju", (uintmax_t)v) });
}

static void
put_quoted(struct mime_wire *w, struct str s)
{
	char *p = grow(w, 2 * s.n + 2), *from = p;

	*p++ = '"';
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			*p++ = '\\';
		*p++ = s.p[i];
	}
	*p++ = '"';
	w->n += (size_t)(p - from);
}

static void
put_literal(struct mime_wire *w, struct str s)
{
	static const struct str replacement = STR("\xef\xbf\xbd");
	struct str rest = s, piece;
	size_t nuls = 0;

	for (size_t i = 0; i < s.n; i++)
		nuls += s.p[i] == '\0';
	mime_wire_put(w, STR("{"));
	mime_wire_number(w, s.n + nuls * (replacement.n - 1));
	mime_wire_put(w, STR("}\r\n"));
	while (str_cut(&rest, '\0', &piece)) {
		mime_wire_put(w, piece);
		mime_wire_put(w, replacement);
	}
	mime_wire_put(w, piece);
}

void
mime_wire_string(struct mime_wire *w, struct str s)
{
	if (s.p == NULL)
		mime_wire_put(w, STR("NIL"));
	else if (imap_quotable(s, false))
		put_quoted(w, s);
	else
		put_literal(w, s);
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
mime_wire_human(struct mime_wire *w, struct str s)
{
	char *out;
	size_t n = 0;

	if (s.p == NULL) {
		mime_wire_string(w, s);
		return;
	}
	out = arena_alloc(w->arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		if (!blank(s.p[i]))
			out[n++] = s.p[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	if (n > 0 && out[n - 1] == ' ')
		n--;
	mime_wire_string(w, (struct str){ out, n });
}

struct str
mime_shown_text(struct arena *a, struct str value)
{
	size_t i = 0;
	char *out;

	if (value.p == NULL)
		return value;
	while (i < value.n && (value.p[i] == ' ' || value.p[i] == '\t'))
		i++;
	/* of a line of blanks only the first goes */
	if (i > 1 && (i == value.n || value.p[i] == '\n' ||
	    value.p[i] == '\r'))
		i = 1;
	value.p += i;
	value.n -= i;
	if (memchr(value.p, '\n', value.n) == NULL)
		return value;
	out = arena_alloc(a, value.n);
	return (struct str){ out, mime_unfold(out, value) };
}
