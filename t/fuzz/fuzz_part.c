/*
 * Mails taken apart.  Properties: windows make no difference; parts lie in
 * their parents, in order and apart; lines are what a count says; what others
 * find lies in the part it is said to; structure and envelope are what a
 * reader of IMAP takes; without a flag a naive reader sees the same parts.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "envelope.h"
#include "field.h"
#include "part.h"
#include "response.h"
#include "structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 60000,
	ARENA_MAX = 512 << 20,
	NAIVE_DEPTH = MIME_DEPTH_MAX + 1,
};

static uint64_t
end_of(struct mime_span s)
{
	return s.off + s.n;
}

static uint64_t
count_lines(struct str in, struct mime_span s)
{
	uint64_t lines = 0;

	for (uint64_t i = s.off; i < end_of(s); i++)
		lines += in.p[i] == '\n';
	return lines;
}

static void
within(struct mime_span inner, struct mime_span outer)
{
	assert(inner.n == 0 || (inner.off >= outer.off &&
	    end_of(inner) <= end_of(outer)));
}

static void
check_part(struct str in, const struct mime_part *m)
{
	uint64_t at = m->body.off;
	uint32_t number = 0;

	assert(end_of(m->header) <= in.n && end_of(m->body) <= in.n);
	assert(end_of(m->header) <= m->body.off);
	assert(m->header_lines == count_lines(in, m->header));
	assert(m->lines == count_lines(in, m->body));
	assert(m->cte_readings & MIME_CTE_BIT(m->cte));
	assert((m->kind == MIME_MESSAGE) == (m->child != NULL &&
	    m->child->next == NULL && m->kind != MIME_MULTIPART));
	within(m->preamble, m->body);
	within(m->epilogue, m->body);
	for (const struct mime_part *c = m->child; c; c = c->next) {
		assert(c->parent == m && c->number == ++number);
		assert(c->depth == m->depth + 1 && c->id > m->id);
		assert(c->header.off >= at && c->header.off >=
		    end_of(m->preamble));
		within(c->header, m->body);
		within(c->body, m->body);
		at = end_of(c->body);
	}
	assert(m->epilogue.n == 0 || m->epilogue.off >= at);
}

static void
check_tree(const struct mime_parts *p)
{
	struct mime_span all = { 0, p->in.n };
	uint64_t flags = 0;
	size_t n = 0;

	assert(p->mail->header.off == 0 && end_of(p->mail->body) == p->in.n);
	for (const struct mime_part *m = p->mail; m; m = m->later) {
		assert(m->id == n++);
		check_part(p->in, m);
		flags |= m->flags;
	}
	assert(n == p->count && flags == p->flags);
	for (const struct mime_other *x = p->others; x; x = x->next) {
		within(x->header, all);
		within(x->body, all);
		if (x->kind == MIME_OTHER_EARLY)
			assert(x->body.off <= x->part->body.off);
		else
			within(x->body, x->part->body);
		within(x->header, x->part->body);
	}
}

static void
check_same(const struct mime_parts *a, const struct mime_parts *b)
{
	const struct mime_other *x = a->others, *y = b->others;
	const struct mime_part *m = a->mail, *o = b->mail;

	assert(a->flags == b->flags && a->marks == b->marks);
	for (; m != NULL && o != NULL; m = m->later, o = o->later) {
		assert(m->kind == o->kind && m->depth == o->depth);
		assert(m->flags == o->flags && m->lines == o->lines);
		assert(!memcmp(&m->header, &o->header, sizeof m->header));
		assert(!memcmp(&m->body, &o->body, sizeof m->body));
		assert(!memcmp(&m->epilogue, &o->epilogue,
		    sizeof m->epilogue));
	}
	assert(m == NULL && o == NULL);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		assert(x->kind == y->kind && x->part->id == y->part->id);
		assert(!memcmp(&x->body, &y->body, sizeof x->body));
	}
	assert(x == NULL && y == NULL);
}

/* "* 1 FETCH (NAME text)" is what a client's reader takes. */
static void
check_wire(const char *name, struct str text)
{
	size_t room = text.n + 100, n;
	char *p = malloc(room);
	struct imap_response r;
	struct str rest;
	enum imap_resp_event e;

	assert(p != NULL);
	n = (size_t)snprintf(p, room, "* 1 FETCH (%s ", name);
	memcpy(p + n, text.p, text.n);
	memcpy(p + n + text.n, ")\r\n", 3);
	rest = (struct str){ p, n + text.n + 3 };
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
	free(p);
}

static void
check_rendered(struct mime_parts *p)
{
	static const char *const names[] = { "BODY", "BODYSTRUCTURE" };
	struct mime_wire w;

	for (unsigned i = 0; i < 2; i++) {
		mime_wire_init(&w, p->arena);
		mime_structure_put(&w, p->in, p->mail, i == 1);
		if (!w.full)
			check_wire(names[i], mime_wire_text(&w));
	}
	mime_wire_init(&w, p->arena);
	mime_envelope_put(&w, p->in, p->mail);
	if (!w.full)
		check_wire("ENVELOPE", mime_wire_text(&w));
}

/* ---- the naive reader: of a mail without a flag ---- */

static struct str
cut_at(struct str *s, const char *sep)
{
	const char *p = s->n ? memmem(s->p, s->n, sep, strlen(sep)) : NULL;
	struct str head = *s;

	if (p == NULL) {
		*s = (struct str){ s->p + s->n, 0 };
		return head;
	}
	head.n = (size_t)(p - s->p);
	s->p = p + strlen(sep);
	s->n -= head.n + strlen(sep);
	return head;
}

/* The value of a header's field, unfolded into out; n 0: none. */
static struct str
naive_field(struct str header, const char *name, char *out)
{
	struct str line, v = { out, 0 };
	bool in = false;

	while (header.n > 0) {
		line = cut_at(&header, "\r\n");
		if (line.n == 0)
			break;
		if (line.p[0] != ' ' && line.p[0] != '\t') {
			if (in)
				break;
			in = line.n > strlen(name) &&
			    str_istarts(line, str_c(name)) &&
			    line.p[strlen(name)] == ':';
			if (in) {
				line.p += strlen(name) + 1;
				line.n -= strlen(name) + 1;
			}
		}
		if (in && line.n > 0)
			memcpy(out + v.n, line.p, line.n);
		v.n += in ? line.n : 0;
	}
	return str_trim(v);
}

/* Value of boundary= in a Content-Type; n 0: none. */
static struct str
naive_boundary(struct str type)
{
	struct str one, name;

	while (type.n > 0) {
		bool quoted = false;
		size_t i = 0;

		for (; i < type.n && (quoted || type.p[i] != ';'); i++)
			quoted ^= type.p[i] == '"';
		one = (struct str){ type.p, i };
		type.p += i < type.n ? i + 1 : i;
		type.n -= i < type.n ? i + 1 : i;
		if (!str_cut(&one, '=', &name) ||
		    !str_ieq(str_trim(name), STR("boundary")))
			continue;
		one = str_trim(one);
		if (one.n >= 2 && one.p[0] == '"') {
			one.p++;
			one.n -= 2;
		}
		return one;
	}
	return (struct str){ NULL, 0 };
}

static void naive(struct str in, const struct mime_part *m, bool digest,
    unsigned depth);

/* Where a line "--boundary" begins from at on; *after_r behind its line. */
static const char *
delimiter(struct str in, const char *at, struct str b, bool *last_r,
    const char **after_r)
{
	const char *end = in.p + in.n;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) + 1 : (size_t)(end - at);

		if (n >= b.n + 2 && at[0] == '-' && at[1] == '-' &&
		    memcmp(at + 2, b.p, b.n) == 0) {
			*last_r = n >= b.n + 4 && at[b.n + 2] == '-' &&
			    at[b.n + 3] == '-';
			*after_r = at + n;
			return at;
		}
		at += n;
	}
	return NULL;
}

static void
naive_multipart(struct str body, struct str b, const struct mime_part *m,
    bool digest, unsigned depth)
{
	const struct mime_part *c = m->child;
	const char *after, *next, *next_after;
	bool last, next_last;
	const char *at = delimiter(body, body.p, b, &last, &after);

	assert(at != NULL);
	for (; !last; last = next_last, after = next_after, c = c->next) {
		struct str part = { after, 0 };

		assert(c != NULL);
		next = delimiter(body, after, b, &next_last, &next_after);
		assert(next != NULL);
		part.n = (size_t)(next - after);
		if (part.n >= 2)
			part.n -= 2;
		naive(part, c, digest, depth + 1);
	}
	assert(c == NULL);
}

static void
naive(struct str in, const struct mime_part *m, bool digest, unsigned depth)
{
	char *room = malloc(in.n + 1);
	struct str rest = in, header, type;

	assert(depth <= NAIVE_DEPTH && room != NULL);
	header = str_starts(in, STR("\r\n")) ? (rest.p += 2, rest.n -= 2,
	    (struct str){ in.p, 0 }) : cut_at(&rest, "\r\n\r\n");
	type = naive_field(header, "content-type", room);
	if (str_istarts(type, STR("multipart/"))) {
		assert(m->kind == MIME_MULTIPART);
		naive_multipart(rest, naive_boundary(type), m,
		    str_istarts(type, STR("multipart/digest")), depth);
	} else if (str_istarts(type, STR("message/rfc822")) ||
	    str_istarts(type, STR("message/global")) ||
	    (digest && type.n == 0)) {
		assert(m->kind == MIME_MESSAGE);
		naive(rest, m->child, false, depth + 1);
	} else {
		assert(m->kind == MIME_LEAF);
		assert(m->body.n == rest.n);
	}
	free(room);
}

/* Flags of what a naive reader does not care about. */
#define HARMLESS (MIME_HEADER_8BIT | MIME_PARAM_WORD | MIME_LINE_LONG | \
    MIME_EMBEDDED | MIME_HEADER_CONTROL | MIME_CTE_STRANGE | \
    MIME_PARAM_CHARSET | MIME_PARAM_PERCENT)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct mime_parts whole, split;
	struct arena a;
	size_t upto = 0, step = n > 0 ? (size_t)data[n / 2] % 61 + 1 : 1;
	int r, s = 0;

	if (n > INPUT_MAX)
		return 0;
	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_parts_init(&whole, &a, in);
	r = mime_parts_step(&whole, n);
	mime_parts_init(&split, &a, in);
	while (s == 0) {
		upto = upto + step < n ? upto + step : n;
		s = mime_parts_step(&split, upto);
	}
	assert(r == s && (r == 1) == (whole.why == NULL));
	if (r == 1) {
		check_tree(&whole);
		check_same(&whole, &split);
		check_rendered(&whole);
		if ((whole.flags & ~(uint64_t)HARMLESS) == 0)
			naive(in, whole.mail, false, 0);
	}
	arena_fini(&a);
	return 0;
}
