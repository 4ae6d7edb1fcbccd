/*
 * Edits of a mail.  The input's first octets choose edits, the rest is the
 * mail.  Properties: planning twice gives the same octets, as many as it
 * said; what comes out is read as the same tree but for the parts that were
 * replaced or removed; a replaced part is text/plain and nothing in it is
 * read differently; bodies no edit concerns are the same octet for octet;
 * with same_length the mail is as long as it was unless it says otherwise;
 * verdicts of others do not stay.
 */

#include <assert.h>
#include <stdlib.h>

#include "compose.h"
#include "edit.h"
#include "field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 6000,
	OUTPUT_MAX = 1 << 20,
	ARENA_MAX = 64 << 20,
	EDITS = 6,		/* two octets each */
};

static char out[OUTPUT_MAX], again[OUTPUT_MAX];

struct written {
	char *p;
	size_t n;
};

static int
write_to(void *ctx, struct str s)
{
	struct written *w = ctx;

	assert(s.n > 0 && s.n <= OUTPUT_MAX - w->n);
	memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
	return 0;
}

static const struct mime_part *
part_at(const struct mime_part *root, unsigned i)
{
	const struct mime_part *m = root;

	while (i-- > 0)
		m = m->later ? m->later : root;
	return m;
}

/* What the edits do to parts, by their ids. */
struct fate {
	bool replaced, removed, touched, base64, rebuilt, html;
};

static void
add_edit(struct mime_edits *e, const uint8_t *c, struct fate *fate)
{
	static const struct mime_text text = {
		STR("--x\nremoved: \xc3\xa9\n.\n"), STR("utf-8") };
	static const struct mime_text brief = { STR("x"), STR("utf-8") };
	static const struct mime_text none;
	const struct mime_part *m = part_at(e->root, c[1] % 32);
	struct fate *f = &fate[m->id];

	if (c[0] >= 190) {
		mime_edit_html(e, m, STR("--x\n<p>\xc3\xa9"));
		f->html = true;
		return;
	}
	switch (c[0] % 10) {
	case 0:
		mime_edit_replace(e, m, text, brief);
		f->replaced |= !f->removed;
		break;
	case 1:
		mime_edit_remove(e, m);
		f->removed |= !f->replaced;
		break;
	case 2:
		mime_edit_type(e, m, STR("image/png"));
		f->touched = true;
		break;
	case 3:
		mime_edit_subject(e, STR("[SP\xc3\x81M]"));
		break;
	case 4:
		mime_edit_header(e, MIME_HEADER_REPLACE,
		    STR("X-Virus-Status"), STR("found\r\nX-Bad: 1"));
		break;
	case 5:
		mime_edit_header(e, MIME_HEADER_DELETE, STR("Received"),
		    STR(""));
		break;
	case 6:
		mime_edit_base64(e, m);
		f->base64 |= m->kind == MIME_LEAF;
		break;
	case 7:
		mime_edit_rebuild(e, m);
		f->rebuilt = true;
		break;
	case 8:
		mime_edit_close(e, m);
		break;
	case 9:
		mime_edit_replace(e, m, text, none);
		f->replaced |= !f->removed;
		break;
	}
}

static size_t
edit(struct arena *a, struct str mail, const struct mime_part *root,
    const uint8_t *codes, struct fate *fate, char *to, bool *resized_r)
{
	struct mime_charsets c;
	struct mime_edits e;
	struct written w = { to, 0 };
	struct mime_sink sink = { write_to, &w };

	mime_charsets_init(&c);
	mime_edits_init(&e, a, mail, root, &c);
	e.same_length = codes[0] & 1;
	for (int i = 0; i < EDITS; i++)
		if (codes[1 + 2 * i] < 200)
			add_edit(&e, codes + 1 + 2 * i, fate);
	assert(mime_edits_plan(&e) == 0);
	assert(mime_edits_write(&e, &sink) == 0);
	assert(w.n == e.size);
	if (e.same_length && !e.resized)
		assert(w.n == mail.n);
	*resized_r = e.resized;
	mime_charsets_fini(&c);
	return w.n;
}

static bool
parse(struct mime_parts *p, struct arena *a, struct str mail)
{
	mime_parts_init(p, a, mail);
	return mime_parts_step(p, mail.n) > 0;
}

static void
check_text(struct str mail, const struct mime_part *m)
{
	const uint64_t bad = MIME_TYPE_BROKEN | MIME_PARAM_BROKEN |
	    MIME_PARAM_REPEATED | MIME_CTE_BROKEN | MIME_CTE_STRANGE;
	struct str body = mime_span_str(mail, m->body);

	assert(m->kind == MIME_LEAF);
	assert(str_ieq(m->type.type, STR("text")));
	assert(str_ieq(m->type.subtype, STR("plain")));
	assert(m->cte == MIME_CTE_7BIT || m->cte == MIME_CTE_QP);
	assert(!(m->flags & bad));
	for (size_t i = 0; i < body.n; i++)
		assert((unsigned char)body.p[i] < 0x80);
}

static void
check_trees(struct str one, const struct mime_part *a, struct str two,
    const struct mime_part *b, const struct fate *fate)
{
	const struct fate *f = &fate[a->id];
	size_t left = 0;

	if (f->replaced || f->removed) {
		check_text(two, b);
		return;
	}
	assert(a->kind == b->kind);
	for (const struct mime_part *c = a->child; c != NULL; c = c->next)
		left += !fate[c->id].removed || a->kind == MIME_MESSAGE;
	if (a->kind == MIME_LEAF && f->html)
		assert(str_ieq(b->type.subtype, STR("html")) || f->touched);
	else if (a->kind == MIME_LEAF && !f->base64)
		assert(str_eq(mime_span_str(one, a->body),
		    mime_span_str(two, b->body)));
	if (a->kind == MIME_LEAF && f->base64 && !f->html)
		assert(b->cte == MIME_CTE_BASE64);
	b = b->child;
	for (const struct mime_part *c = a->child; c != NULL; c = c->next) {
		bool empty = left == 0 && c == a->child;

		if (fate[c->id].removed && a->kind != MIME_MESSAGE && !empty)
			continue;
		assert(b != NULL);
		check_trees(one, c, two, b, fate);
		b = b->next;
	}
	/* a boundary where the mail ended begins nothing until it has an end */
	assert(b == NULL || (b->next == NULL && b->header.n + b->body.n == 0));
}

static void
check_header(struct str mail, const struct mime_part *root)
{
	struct mime_fields f;
	struct mime_field field;
	int n = 0, first = 0;

	mime_fields_init(&f, mime_span_str(mail, root->header));
	while (mime_fields_next(&f, &field) > 0) {
		first++;
		if (field.value.p == NULL ||
		    !mime_name_is(field.name, STR("X-Virus-Status")))
			continue;
		n++;
		assert(str_eq(field.value, STR(" found X-Bad: 1")));
	}
	assert(n == 1);
}

static bool
asks_verdict(const uint8_t *codes)
{
	for (int i = 0; i < EDITS; i++)
		if (codes[1 + 2 * i] < 190 && codes[1 + 2 * i] % 10 == 4)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum { HEAD = 1 + 2 * EDITS };
	struct str mail = { (const char *)data + HEAD, n - HEAD }, two;
	struct mime_parts p, q;
	struct arena a;
	struct fate *fate;
	bool resized;
	size_t size;

	if (n < HEAD || n > INPUT_MAX)
		return 0;
	arena_init(&a, ARENA_MAX, NULL, NULL);
	if (parse(&p, &a, mail)) {
		fate = arena_alloc(&a, p.count * sizeof *fate);
		size = edit(&a, mail, p.mail, data, fate, out, &resized);
		two = (struct str){ out, size };
		assert(edit(&a, mail, p.mail, data, fate, again, &resized) ==
		    size && memcmp(out, again, size) == 0);
		assert(parse(&q, &a, two));
		check_trees(mail, p.mail, two, q.mail, fate);
		if (asks_verdict(data))
			check_header(two, q.mail);
	}
	arena_fini(&a);
	return 0;
}
