#include "typing.h"
#include "unpack.h"

static void
set_order(struct doctype_order *o, const struct conf_methods *m)
{
	static const uint8_t methods[CONF_METHODS] = {
		[CONF_BY_CONTENT_TYPE] = DOCTYPE_CONTENT_TYPE,
		[CONF_BY_EXTENSION] = DOCTYPE_EXTENSION,
		[CONF_BY_MAGIC] = DOCTYPE_MAGIC,
	};

	*o = (struct doctype_order){ .n = 0 };
	for (uint8_t i = 0; i < m->n && i < DOCTYPE_METHODS; i++)
		if (m->method[i] > 0 && m->method[i] < CONF_METHODS)
			o->method[o->n++] = methods[m->method[i]];
}

/* Load what the order needs. */
static void
open_order(struct typing *t, const struct conf *c,
    const struct conf_methods *m, struct doctype_order *o)
{
	const char *why;

	set_order(o, m);
	if (doctype_open(&t->doctype, o, conf_cstr(c, c->main->doctype.magic),
	    conf_cstr(c, c->main->doctype.mime_types), &why) < 0)
		t->why = why;
}

void
typing_open(struct typing *t, const struct conf *c)
{
	const struct conf_main *m = c->main;
	const struct conf_type_order *o;

	*t = (struct typing){ .types = m->asks_types || m->asks_members,
	    .members = m->asks_members,
	    .archives = m->asks_members || m->asks_encrypted };
	unpack_prepare();
	if (!t->types)
		return;
	for (int d = 0; d < CONF_DIRECTIONS; d++)
		open_order(t, c, conf_order(m, NULL, (enum conf_direction)d),
		    &t->order[d]);
	while (t->nown < CONF_TYPE_ORDERS && (o = CONF_AT(c,
	    struct conf_type_order, m->type_orders, t->nown)) != NULL) {
		open_order(t, c, &o->methods, &t->own[t->nown].order);
		t->own[t->nown++].directions = o->directions;
	}
}

void
typing_close(struct typing *t)
{
	doctype_close(&t->doctype);
}

void
typing_begin(struct typing *t)
{
	doctype_begin(&t->doctype);
}

static struct doctype_ask
ask_of(const struct judged_part *row, struct str declared, struct str octets)
{
	return (struct doctype_ask){ .octets = octets, .declared = declared,
		.names = row->names.s, .nnames = row->names.n };
}

static struct str
by_direction(struct typing *t, const struct judged *j,
    struct doctype_ask *ask)
{
	return arena_dup(j->arena, doctype_identify(&t->doctype,
	    &t->order[j->direction], ask));
}

struct str
typing_identify(struct typing *t, struct judged *j, struct judged_part *row,
    struct str declared, struct str octets)
{
	struct doctype_ask ask = ask_of(row, declared, octets);

	return t->types ? by_direction(t, j, &ask) : STR("");
}

/* Most orders agree: what is known already is not kept again. */
static struct str
keep_type(struct judged *j, const struct judged_part *row, uint32_t n,
    struct str type)
{
	if (str_eq(type, row->identified))
		return row->identified;
	for (uint32_t i = 0; i < n; i++)
		if (str_eq(type, row->ordered[i]))
			return row->ordered[i];
	return arena_dup(j->arena, type);
}

void
typing_part(struct typing *t, struct judged *j, struct judged_part *row,
    struct str declared, struct str octets)
{
	struct doctype_ask ask = ask_of(row, declared, octets);

	row->identified = t->types ? by_direction(t, j, &ask) : STR("");
	if (t->nown == 0)
		return;
	row->ordered = arena_alloc(j->arena, t->nown * sizeof *row->ordered);
	row->nordered = t->nown;
	for (uint32_t i = 0; i < t->nown; i++)
		row->ordered[i] = t->own[i].directions >> j->direction & 1 ?
		    keep_type(j, row, i, doctype_identify(&t->doctype,
		    &t->own[i].order, &ask)) : STR("");
}

void
typing_member(struct typing *t, struct judged *j, struct judged_part *row,
    struct str name, struct str head)
{
	struct doctype_ask ask = { .octets = head, .names = &name,
		.nnames = name.n > 0 };

	judged_add(j->arena, &row->members, arena_dup(j->arena,
	    doctype_identify(&t->doctype, &t->order[j->direction], &ask)));
}
