/*
 * Fields as servers show them.  Properties: addresses, dispositions and types
 * become what a client's reader takes, in time and room linear in the value;
 * a type that can be read, written anew with every value quoted, is shown as
 * the same; the address that is shown, written anew, is shown as the same.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "response.h"
#include "shown.h"
#include "token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 4000,
	ARENA_MAX = 16 << 20,
};

/* "* 1 FETCH (ENVELOPE (text))" is what a client's reader takes. */
static void
check_wire(struct arena *a, struct str text)
{
	struct imap_response r;
	struct mime_wire w;
	struct str rest;
	enum imap_resp_event e;

	mime_wire_init(&w, a);
	mime_wire_put(&w, STR("* 1 FETCH (ENVELOPE ("));
	mime_wire_put(&w, text);
	mime_wire_put(&w, STR("))\r\n"));
	rest = mime_wire_text(&w);
	imap_response_init(&r);
	do {
		size_t used;

		e = imap_response_next(&r, rest, &used);
		assert(e != IMAP_RESP_ERROR && e != IMAP_RESP_NEED);
		if (e == IMAP_RESP_LITERAL)
			used += r.size;
		rest.p += used;
		rest.n -= used;
	} while (e != IMAP_RESP_END);
	assert(rest.n == 0);
}

static struct str
addresses(struct arena *a, struct str value, size_t *count_r)
{
	struct mime_wire *w = arena_alloc(a, sizeof *w);
	struct mime_addresses list = { .wire = w };

	mime_wire_init(w, a);
	mime_addresses_put(&list, value);
	*count_r = list.count;
	return mime_wire_text(w);
}

/* Quoted, as RFC 5322 has it; a line's end would be a fold. */
static void
put_quoted(struct mime_wire *w, struct str s)
{
	mime_wire_put(w, STR("\""));
	for (size_t i = 0; i < s.n; i++) {
		if (memchr("\"\\\r\n", s.p[i], 4) != NULL)
			mime_wire_put(w, STR("\\"));
		mime_wire_put(w, (struct str){ s.p + i, 1 });
	}
	mime_wire_put(w, STR("\""));
}

/* A comment behind an address is its name; a name before one is, too. */
static void
check_name(struct arena *a, struct str in)
{
	struct mime_wire one;
	struct str text, again;
	size_t n;

	if (memchr(in.p, '\0', in.n) != NULL)
		return;
	mime_wire_init(&one, a);
	put_quoted(&one, in);
	mime_wire_put(&one, STR(" <a@b>"));
	text = addresses(a, mime_wire_text(&one), &n);
	assert(n == 1 && str_starts(text, STR("(")));
	mime_wire_init(&one, a);
	mime_wire_put(&one, STR("("));
	mime_wire_human(&one, in);
	mime_wire_put(&one, STR(" NIL \"a\" \"b\")"));
	again = mime_wire_text(&one);
	/* escaped line ends are blanks in a name */
	assert(in.n == 0 || str_eq(text, again));
}

static bool
numbered(struct str name)
{
	return memchr(name.p, '*', name.n) != NULL;
}

/* Written anew, a type without RFC 2231 is shown as the same. */
static void
check_type(struct arena *a, struct str in)
{
	struct mime_shown one, two;
	const struct mime_shown_param *q;
	struct mime_wire w;

	mime_shown_type(a, in, &one);
	if (one.type.n == 0 || one.subtype.n == 0)
		return;
	mime_wire_init(&w, a);
	mime_wire_put(&w, one.type);
	mime_wire_put(&w, STR("/"));
	mime_wire_put(&w, one.subtype);
	for (const struct mime_shown_param *p = one.params; p; p = p->next) {
		if (p->name.n > 0 && numbered(p->name))
			continue;
		mime_wire_put(&w, STR(";"));
		mime_wire_put(&w, p->name);
		mime_wire_put(&w, STR("="));
		put_quoted(&w, p->value);
	}
	mime_shown_type(a, mime_wire_text(&w), &two);
	assert(str_eq(one.type, two.type));
	assert(str_eq(one.subtype, two.subtype));
	q = two.params;
	for (const struct mime_shown_param *p = one.params; p; p = p->next) {
		if (p->name.n > 0 && numbered(p->name))
			continue;
		assert(q != NULL && str_eq(p->name, q->name));
		assert(str_eq(p->value, q->value));
		q = q->next;
	}
	assert(q == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, s;
	struct mime_shown shown;
	struct arena a;
	size_t count, at = 0;

	if (n > INPUT_MAX)
		return 0;
	arena_init(&a, ARENA_MAX, NULL, NULL);
	check_wire(&a, addresses(&a, in, &count));
	assert(count <= 3 * n);
	check_name(&a, in);
	check_type(&a, in);
	mime_shown_word(&a, in, &shown);
	while (mime_shown_language(in, &at, &s))
		assert(s.n > 0 && at <= n);
	if (mime_shown_cte(in, &s))
		assert(s.n > 0);
	arena_fini(&a);
	return 0;
}
