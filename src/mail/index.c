#include "err.h"
#include "index.h"
#include "index_make.h"

static int
fail(struct mail_index *x, const char *why)
{
	x->why = why;
	x->map = NULL;
	x->size = 0;
	x->head = NULL;
	return ERR_SYNTAX;
}

/* Row i of a table of the block; NULL outside of either. */
static const void *
at(const struct mail_index *x, struct mail_ref table, size_t size,
    size_t align, uint32_t i)
{
	if (i >= table.n || table.off % align != 0 || table.off > x->size ||
	    table.n > (x->size - table.off) / size)
		return NULL;
	return x->map + table.off + i * size;
}

#define AT(x, type, ref, i) \
	((const type *)at(x, ref, sizeof(type), _Alignof(type), i))

static bool
span_in(struct mail_span s, uint64_t octets)
{
	return s.off <= octets && s.n <= octets - s.off;
}

/* Children come behind their parents, so no way through the tree is a ring. */
static bool
links(const struct mail_index *x, const struct mail_part *p, uint32_t row)
{
	const struct mail_part *q;

	if (row == 0 ? p->parent != MAIL_NONE || p->next != MAIL_NONE :
	    p->parent >= row)
		return false;
	if (p->next != MAIL_NONE) {
		q = mail_index_part(x, p->next);
		if (q == NULL || p->next <= row || q->parent != p->parent ||
		    p->number == UINT32_MAX || q->number != p->number + 1)
			return false;
	}
	if (p->child == MAIL_NONE)
		return p->kind != MAIL_MESSAGE;
	q = mail_index_part(x, p->child);
	if (q == NULL || p->child <= row || q->parent != row ||
	    q->number != 1 || p->kind == MAIL_LEAF)
		return false;
	return p->kind != MAIL_MESSAGE || q->next == MAIL_NONE;
}

static bool
part_ok(const struct mail_index *x, const struct mail_part *p, uint32_t row)
{
	uint64_t octets = x->head->octets;

	return p->kind <= MAIL_MESSAGE && p->virus <= MAIL_VIRUS_ERROR &&
	    span_in(p->header, octets) && span_in(p->body, octets) &&
	    p->header.off + p->header.n <= p->body.off && links(x, p, row);
}

static const char *
head_wrong(const struct mail_index *x, uint64_t octets)
{
	const struct mail_index_head *h = x->head;

	if (memcmp(h->magic, MAIL_INDEX_MAGIC, sizeof h->magic) != 0)
		return "it is no index of a mail";
	if (h->format != MAIL_INDEX_FORMAT)
		return "it is an index of another format";
	if (h->size != x->size)
		return "its size is another";
	if (h->octets != octets)
		return "it is about a mail of another size";
	if (h->virus > MAIL_VIRUS_ERROR)
		return "its virus status is none";
	if (h->results.n > MAIL_RESULTS_MAX)
		return "it has too many results";
	return NULL;
}

int
mail_index_open(struct mail_index *x, const void *p, size_t n,
    uint64_t octets)
{
	const struct mail_part *part;
	const char *why;

	*x = (struct mail_index){ .map = p, .size = n };
	if (n > MAIL_INDEX_MAX)
		return fail(x, "it is too large");
	if (n < sizeof *x->head || (uintptr_t)p % 8 != 0)
		return fail(x, "it is too small");
	x->head = p;
	why = head_wrong(x, octets);
	if (why != NULL)
		return fail(x, why);
	for (uint32_t i = 0; i < x->head->parts.n; i++) {
		part = mail_index_part(x, i);
		if (part == NULL || !part_ok(x, part, i))
			return fail(x, "its parts do not fit together");
	}
	part = mail_index_part(x, 0);
	if (part == NULL)
		return fail(x, "it has no part");
	if (part->header.off != 0 || part->header.n != part->body.off ||
	    part->body.n != octets - part->body.off)
		return fail(x, "its first part is not the mail");
	return 0;
}

uint32_t
mail_index_parts(const struct mail_index *x)
{
	return x->head ? x->head->parts.n : 0;
}

const struct mail_part *
mail_index_part(const struct mail_index *x, uint32_t row)
{
	return x->head ? AT(x, struct mail_part, x->head->parts, row) : NULL;
}

const struct mail_field *
mail_index_field(const struct mail_index *x, const struct mail_part *p,
    uint32_t i)
{
	const struct mail_field *f = AT(x, struct mail_field, p->fields, i);

	return f != NULL && span_in(f->whole, x->head->octets) ? f : NULL;
}

const struct mail_result *
mail_index_result(const struct mail_index *x, uint32_t i)
{
	const struct mail_result *r = x->head == NULL ? NULL :
	    AT(x, struct mail_result, x->head->results, i);

	return r != NULL && r->virus <= MAIL_VIRUS_ERROR ? r : NULL;
}

uint32_t
mail_index_waited(const struct mail_index *x)
{
	const struct mail_result *r;
	uint32_t longest = 0;

	for (uint32_t i = 0; (r = mail_index_result(x, i)) != NULL; i++)
		if (r->waited > longest)
			longest = r->waited;
	return longest;
}

const struct mail_value *
mail_index_value(const struct mail_index *x, uint32_t i)
{
	return x->head == NULL ? NULL :
	    AT(x, struct mail_value, x->head->values, i);
}

struct str
mail_index_str(const struct mail_index *x, struct mail_ref r)
{
	if (r.off < sizeof *x->head || r.off > x->size ||
	    r.n > x->size - r.off)
		return STR_NULL;
	return (struct str){ x->map + r.off, r.n };
}

struct str
mail_index_listed(const struct mail_index *x, struct mail_ref list,
    uint32_t i)
{
	const struct mail_ref *r = AT(x, struct mail_ref, list, i);

	return r ? mail_index_str(x, *r) : STR_NULL;
}

/* ---- sections ------------------------------------------------------------ */

static const struct mail_part *
child_numbered(const struct mail_index *x, const struct mail_part *p,
    uint32_t number)
{
	const struct mail_part *c = mail_index_part(x, p->child);

	while (c != NULL && c->number != number)
		c = mail_index_part(x, c->next);
	return c;
}

/* One number further on, of left that are still to come. */
static const struct mail_part *
step(const struct mail_index *x, const struct mail_part *p, uint32_t number,
    unsigned left)
{
	if (p->kind == MAIL_MULTIPART)
		p = child_numbered(x, p, number);
	else if (number != 1 || (left > 0 && p->kind != MAIL_MESSAGE))
		p = NULL;
	if (p != NULL && p->kind == MAIL_MESSAGE && left > 0)
		p = mail_index_part(x, p->child);
	return p;
}

bool
mail_index_section(const struct mail_index *x, const uint32_t *numbers,
    unsigned n, enum imap_section_text text, struct mail_section *s_r)
{
	const struct mail_part *p = mail_index_part(x, 0);
	bool whole = text == IMAP_SECTION_ALL;

	for (unsigned i = 0; i < n && p != NULL; i++)
		p = step(x, p, numbers[i], n - i - 1);
	/* the others are about the message in a part */
	if (p != NULL && n > 0 && !whole && text != IMAP_SECTION_MIME)
		p = p->kind == MAIL_MESSAGE ?
		    mail_index_part(x, p->child) : NULL;
	if (p == NULL || (n == 0 && text == IMAP_SECTION_MIME))
		return false;
	s_r->part = p;
	s_r->span = whole || text == IMAP_SECTION_TEXT ? p->body : p->header;
	if (whole && n == 0)
		s_r->span = (struct mail_span){ 0, x->head->octets };
	return true;
}
