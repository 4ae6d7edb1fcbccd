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

void
typing_open(struct typing *t, const struct conf *c)
{
	const struct conf_main *m = c->main;
	const char *why;

	*t = (struct typing){ .types = m->asks_types || m->asks_members,
	    .members = m->asks_members };
	unpack_prepare();
	if (!t->types)
		return;
	for (int d = 0; d < CONF_DIRECTIONS; d++) {
		set_order(&t->order[d], conf_order(m, NULL,
		    (enum conf_direction)d));
		if (doctype_open(&t->doctype, &t->order[d],
		    conf_cstr(c, m->doctype.magic),
		    conf_cstr(c, m->doctype.mime_types), &why) < 0)
			t->why = why;
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

struct str
typing_identify(struct typing *t, struct judged *j, struct judged_part *row,
    struct str declared, struct str octets)
{
	struct doctype_ask ask = { .octets = octets, .declared = declared,
		.names = row->names.s, .nnames = row->names.n };

	if (!t->types)
		return STR("");
	return arena_dup(j->arena, doctype_identify(&t->doctype,
	    &t->order[j->direction], &ask));
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
