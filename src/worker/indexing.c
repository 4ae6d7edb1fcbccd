#include <assert.h>

#include "envelope.h"
#include "field.h"
#include "indexing.h"
#include "structure.h"
#include "wire.h"
#include "word.h"

enum {
	/* Octets of a field's value that a rule is asked about. */
	VALUE_MAX = 64 << 10,
	/* Values: of a name that occurs often, the first ones. */
	VALUES_MAX = 1000,
};

static_assert((int)MAIL_LEAF == MIME_LEAF && (int)MAIL_MULTIPART ==
    MIME_MULTIPART && (int)MAIL_MESSAGE == MIME_MESSAGE, "both say the same");

/* ---- the header's fields ------------------------------------------------- */

/* A message is the mail, and what is in a part that is a message. */
static bool
is_message(const struct mime_part *p)
{
	return p->parent == NULL || p->parent->kind == MIME_MESSAGE;
}

static struct mail_ref
put_fields(const struct judged *j, struct mail_make *m,
    const struct mime_part *p)
{
	struct str header = mime_span_str(j->octets, p->header);
	struct mime_fields f;
	struct mime_field field;
	struct mail_ref table, name;
	uint32_t n = 0;

	mime_fields_init(&f, header);
	while (mime_fields_next(&f, &field) > 0)
		n += field.value.p != NULL;
	table = MAIL_MAKE_ROWS(m, struct mail_field, n);
	mime_fields_init(&f, header);
	for (uint32_t i = 0; i < n && mime_fields_next(&f, &field) > 0; ) {
		if (field.value.p == NULL)
			continue;
		name = mail_make_str(m, field.name);
		*MAIL_MAKE_ROW(m, struct mail_field, table, i++) =
		    (struct mail_field){ name, { (uint64_t)(field.whole.p -
		    j->octets.p), field.whole.n } };
	}
	return table;
}

/* ---- parts --------------------------------------------------------------- */

static struct mail_ref
put_list(struct mail_make *m, const struct judged_list *l)
{
	struct mail_ref table = MAIL_MAKE_ROWS(m, struct mail_ref, l->n);

	for (uint32_t i = 0; i < l->n; i++)
		mail_make_listed(m, table, i, l->s[i]);
	return table;
}

/* Most are the one by the direction's order, which stands there already. */
static struct mail_ref
put_ordered(struct mail_make *m, const struct judged_part *row,
    struct mail_ref identified)
{
	struct mail_ref table = MAIL_MAKE_ROWS(m, struct mail_ref,
	    row->nordered);

	for (uint32_t i = 0; i < row->nordered; i++)
		if (str_eq(row->ordered[i], row->identified))
			*MAIL_MAKE_ROW(m, struct mail_ref, table, i) =
			    identified;
		else
			mail_make_listed(m, table, i, row->ordered[i]);
	return table;
}

static uint32_t
row_of(const struct mime_part *p)
{
	return p ? p->id : MAIL_NONE;
}

static uint8_t
listed_marks(const struct judged_part *row)
{
	unsigned marks = row->marks;

	if (row->members.cut)
		marks |= MAIL_ARCHIVE_CUT;
	if (row->names.cut)
		marks |= MAIL_NAMES_CUT;
	return (uint8_t)marks;
}

static void
put_part(const struct judged *j, struct mail_make *m, struct mail_ref table,
    const struct judged_part *row)
{
	const struct mime_part *p = row->part;
	struct mail_part q = {
		.parent = row_of(p->parent), .child = row_of(p->child),
		.next = row_of(p->next), .number = p->number,
		.depth = p->depth, .kind = (uint8_t)p->kind,
		.cte = (uint8_t)p->cte, .marks = listed_marks(row),
		.virus = row->verdict ? (uint8_t)row->verdict->status :
		    MAIL_VIRUS_SKIPPED,
		.header = { p->header.off, p->header.n },
		.body = { p->body.off, p->body.n },
		.decoded = row->measured ? row->decoded : p->body.n,
		.lines = p->lines, .flags = row->flags,
	};

	if (is_message(p))
		q.fields = put_fields(j, m, p);
	q.declared = mail_make_str(m, row->declared);
	q.identified = mail_make_str(m, row->identified);
	q.ordered = put_ordered(m, row, q.identified);
	q.others = put_list(m, &row->others);
	q.names = put_list(m, &row->names);
	q.members = put_list(m, &row->members);
	if (row->verdict != NULL && row->verdict->status == SCAN_FOUND)
		q.virus_name = mail_make_str(m, str_c(row->verdict->name));
	*MAIL_MAKE_ROW(m, struct mail_part, table, p->id) = q;
}

static void
put_rendered(const struct judged *j, struct mail_make *m,
    struct mail_ref table)
{
	struct mail_ref envelope, body, structure;
	const struct mime_part *p = j->parts.mail;
	struct mail_part *row;
	struct mime_wire w;

	mime_wire_init(&w, j->arena);
	mime_envelope_put(&w, j->octets, p);
	envelope = mail_make_str(m, mime_wire_text(&w));
	mime_wire_init(&w, j->arena);
	mime_structure_put(&w, j->octets, p, false);
	body = mail_make_str(m, mime_wire_text(&w));
	mime_wire_init(&w, j->arena);
	mime_structure_put(&w, j->octets, p, true);
	structure = mail_make_str(m, mime_wire_text(&w));
	row = MAIL_MAKE_ROW(m, struct mail_part, table, 0);
	row->envelope = envelope;
	row->body_value = body;
	row->bodystructure = structure;
}

/* ---- results and values -------------------------------------------------- */

static void
put_results(const struct judged *j, struct mail_make *m)
{
	struct mail_ref table;
	uint32_t n = 0, at = 0;

	for (size_t i = 0; i < j->nresults; i++)
		n += j->results[i].asked;
	table = MAIL_MAKE_ROWS(m, struct mail_result, n);
	mail_make_head(m)->results = table;
	for (size_t i = 0; i < j->nresults; i++) {
		const struct judged_result *r = &j->results[i];
		struct mail_result q = { .ms = r->all.ms,
			.waited = r->all.waited, .spam = r->all.score,
			.virus = (uint8_t)r->all.status,
			.antispam = r->antispam, .known = r->known };

		if (!r->asked)
			continue;
		q.engine = mail_make_str(m, r->title);
		q.name = mail_make_str(m, str_c(r->all.name));
		q.why = mail_make_str(m, str_c(r->all.why));
		*MAIL_MAKE_ROW(m, struct mail_result, table, at++) = q;
	}
}

struct value {
	uint32_t header;		/* row of mail_headers */
	struct str value;
};

/* Which of the names that rules ask about; -1: none. */
static int
asked(const struct conf *c, struct str name)
{
	for (uint32_t i = 0; i < c->main->mail_headers.n; i++) {
		const struct conf_ref *r = CONF_AT(c, struct conf_ref,
		    c->main->mail_headers, i);

		if (r != NULL && str_ieq(conf_str(c, *r), name))
			return (int)i;
	}
	return -1;
}

static uint32_t
find_values(const struct judged *j, struct value *v)
{
	struct mime_fields f;
	struct mime_field field;
	uint64_t flags = 0;
	uint32_t n = 0;
	int header;

	mime_fields_init(&f, mime_span_str(j->octets, j->parts.mail->header));
	while (n < VALUES_MAX && mime_fields_next(&f, &field) > 0) {
		header = field.value.p ? asked(j->conf, field.name) : -1;
		if (header < 0)
			continue;
		if (field.value.n > VALUE_MAX)
			field.value.n = VALUE_MAX;
		v[n].header = (uint32_t)header;
		v[n++].value = str_trim(mime_words(j->arena, j->charsets,
		    field.value, &flags));
	}
	return n;
}

static void
put_values(const struct judged *j, struct mail_make *m)
{
	struct value *v;
	struct mail_ref table, name, value;
	uint32_t n;

	if (j->conf->main->mail_headers.n == 0)
		return;
	v = arena_alloc(j->arena, VALUES_MAX * sizeof *v);
	n = find_values(j, v);
	table = MAIL_MAKE_ROWS(m, struct mail_value, n);
	mail_make_head(m)->values = table;
	for (uint32_t i = 0; i < n; i++) {
		name = mail_make_str(m, conf_str(j->conf, *CONF_AT(j->conf,
		    struct conf_ref, j->conf->main->mail_headers,
		    v[i].header)));
		value = mail_make_str(m, v[i].value);
		*MAIL_MAKE_ROW(m, struct mail_value, table, i) =
		    (struct mail_value){ name, value };
	}
}

/* ---- all ----------------------------------------------------------------- */

static void
put_head(const struct judged *j, struct mail_make *m)
{
	struct mail_ref id = mail_make_str(m, j->message_id);
	struct mail_ref subject = mail_make_str(m, j->subject);
	struct mail_ref virus = mail_make_str(m, j->virus_name);
	struct mail_index_head *h = mail_make_head(m);

	h->message_id = id;
	h->subject = subject;
	h->virus_name = virus;
	h->virus = (uint8_t)j->virus;
	h->spam = j->spam;
	for (uint32_t i = 0; i < j->nrows; i++) {
		h->flags |= j->rows[i].flags;
		h->marks |= listed_marks(&j->rows[i]);
	}
}

int
indexing_make(const struct judged *j, struct mail_make *m, int *fd_r,
    uint64_t *size_r)
{
	struct mail_ref parts;

	mail_make_begin(m, j->octets.n);
	parts = MAIL_MAKE_ROWS(m, struct mail_part, j->nrows);
	mail_make_head(m)->parts = parts;
	for (uint32_t i = 0; i < j->nrows; i++)
		put_part(j, m, parts, &j->rows[i]);
	put_rendered(j, m, parts);
	put_results(j, m);
	put_values(j, m);
	put_head(j, m);
	return mail_make_end(m, fd_r, size_r);
}
