#include <assert.h>

#include "arena.h"
#include "uses.h"

struct uses {
	struct conf conf;	/* the tables so far */
	struct conf_main *m;
	struct conf_ref names[CONF_MAIL_HEADERS];
	uint32_t n;
	struct conf_type_order orders[CONF_TYPE_ORDERS];
	uint32_t norders;
};

/* ---- command-acls ------------------------------------------------------- */

static void
use_command(struct uses *u, const struct conf_command_acl *a)
{
	if (!conf_scans(a))
		return;
	u->m->scans = 1;
	for (unsigned d = 0; d < CONF_DIRECTIONS; d++) {
		u->m->use_antivirus |= a->mail[d].antivirus;
		if (a->mail[d].antispam > 0)
			u->m->use_antispam |= 1u << (a->mail[d].antispam - 1);
	}
}

/* ---- mail-acls ---------------------------------------------------------- */

static void
use_header(struct uses *u, struct conf_ref name)
{
	struct str text = conf_str(&u->conf, name);

	for (uint32_t i = 0; i < u->n; i++)
		if (str_ieq(conf_str(&u->conf, u->names[i]), text))
			return;
	if (u->n < CONF_MAIL_HEADERS)
		u->names[u->n++] = name;
}

static void
use_mail(struct uses *u, const struct conf_mail_acl *a)
{
	const struct conf_header_match *h;

	u->m->asks_types |= a->mime_type.given;
	u->m->asks_encrypted |= a->encrypted != CONF_TRI_UNSET;
	for (uint32_t i = 0; (h = CONF_AT(&u->conf, struct conf_header_match,
	    a->headers, i)) != NULL; i++)
		use_header(u, h->name);
}

/* ---- doc-acls ----------------------------------------------------------- */

static bool
has_magic(const struct conf_methods *m)
{
	return memchr(m->method, CONF_BY_MAGIC, m->n) != NULL;
}

/* The number of an order, which is listed. */
static uint8_t
use_order(struct uses *u, const struct conf_methods *m, uint8_t direction)
{
	uint32_t i = 0;

	while (i < u->norders && memcmp(&u->orders[i].methods, m,
	    sizeof *m) != 0)
		i++;
	if (i == u->norders) {
		/* a method stands in an order once */
		assert(i < CONF_TYPE_ORDERS);
		u->orders[u->norders++].methods = *m;
	}
	u->orders[i].directions |= direction > 0 ? 1 << (direction - 1) :
	    (1 << CONF_DIRECTIONS) - 1;
	return (uint8_t)(i + 1);
}

static void
use_doc(struct uses *u, struct conf_doc_acl *a)
{
	bool types = a->mime_type.given || a->force_doctype_ident ||
	    a->html_filter != 0;

	u->m->asks_types |= types;
	u->m->asks_members |= a->archive_member.given;
	u->m->asks_encrypted |= a->encrypted != CONF_TRI_UNSET;
	if (a->order.n == 0)
		return;
	u->m->asks_magic |= has_magic(&a->order);
	/* notices tell it where it is known */
	if (types || a->replace_file.n > 0)
		a->type_order = use_order(u, &a->order, a->direction);
}

/* ---- together ----------------------------------------------------------- */

static void
put_headers(struct build *b, struct uses *u)
{
	struct conf_ref *to = out_table(b->out, sizeof *to,
	    _Alignof(struct conf_ref), u->n, &u->m->mail_headers);

	if (u->n > 0)
		memcpy(to, u->names, u->n * sizeof *to);
}

static void
put_orders(struct build *b, struct uses *u)
{
	struct conf_type_order *to = out_table(b->out, sizeof *to,
	    _Alignof(struct conf_type_order), u->norders,
	    &u->m->type_orders);

	if (u->norders > 0)
		memcpy(to, u->orders, u->norders * sizeof *to);
}

void
uses_build(struct build *b, struct tables *t)
{
	struct uses *u = arena_alloc(b->arena, sizeof *u);
	const struct conf_command_acl *c;
	const struct conf_mail_acl *m;
	struct conf_doc_acl *d;
	bool magic = false;

	if (b->report->errors > 0 || b->out->full)
		return;
	u->m = t->m;
	u->conf = (struct conf){ .map = b->out->base, .size = b->out->n };
	for (uint32_t i = 0; (c = CONF_AT(&u->conf, struct conf_command_acl,
	    t->m->command_acls, i)) != NULL; i++)
		use_command(u, c);
	for (uint32_t i = 0; (m = CONF_AT(&u->conf, struct conf_mail_acl,
	    t->m->mail_acls, i)) != NULL; i++)
		use_mail(u, m);
	d = (void *)(b->out->base + t->m->doc_acls.off);
	for (uint32_t i = 0; i < t->m->doc_acls.n; i++)
		use_doc(u, &d[i]);
	for (unsigned i = 0; i < CONF_DIRECTIONS; i++)
		magic |= has_magic(conf_order(t->m, NULL, i));
	/* an order that no rule needs is not one that is used */
	t->m->asks_magic = (t->m->asks_magic || magic) && t->m->asks_types;
	/* members have nothing but their octets to be known by */
	t->m->asks_magic |= t->m->asks_members;
	put_headers(b, u);
	put_orders(b, u);
}
