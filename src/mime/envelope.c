#include "envelope.h"

#include "address.h"
#include "field.h"

enum slot { DATE, SUBJECT, FROM, SENDER, REPLY_TO, TO, CC, BCC, IN_REPLY_TO,
	MESSAGE_ID, SLOTS };
enum kind { TEXT, HUMAN, ADDRESSES };

/* In the order of the wire. */
static const struct {
	const char *name;
	enum kind kind;
} slots[SLOTS] = {
	[DATE] = { "Date", TEXT },
	[SUBJECT] = { "Subject", HUMAN },
	[FROM] = { "From", ADDRESSES },
	[SENDER] = { "Sender", ADDRESSES },
	[REPLY_TO] = { "Reply-To", ADDRESSES },
	[TO] = { "To", ADDRESSES },
	[CC] = { "Cc", ADDRESSES },
	[BCC] = { "Bcc", ADDRESSES },
	[IN_REPLY_TO] = { "In-Reply-To", TEXT },
	[MESSAGE_ID] = { "Message-ID", TEXT },
};

/* What was found of a slot: the last value, or all addresses rendered. */
struct found {
	struct str value;
	struct mime_wire wire;
	struct mime_addresses list;
};

static void
find(struct mime_wire *w, struct str header, struct found *found)
{
	struct mime_fields f;
	struct mime_field field;

	mime_fields_init(&f, header);
	while (mime_fields_next(&f, &field) > 0)
		for (unsigned i = 0; i < SLOTS; i++) {
			if (field.value.p == NULL ||
			    !str_ieq(field.name, str_c(slots[i].name)))
				continue;
			if (slots[i].kind == ADDRESSES)
				mime_addresses_put(&found[i].list,
				    field.value);
			else
				found[i].value = field.value;
		}
	for (unsigned i = 0; i < SLOTS; i++)
		w->full = w->full || found[i].wire.full;
}

static void
put_slot(struct mime_wire *w, const struct found *found, enum slot slot)
{
	const struct found *f = &found[slot];
	bool inherits = slot == SENDER || slot == REPLY_TO;
	struct str text;

	if (slots[slot].kind != ADDRESSES) {
		text = mime_shown_text(w->arena, f->value);
		if (slots[slot].kind == HUMAN)
			mime_wire_human(w, text);
		else
			mime_wire_string(w, text);
		return;
	}
	/* RFC 9051: who wrote it, when nobody else is said to */
	if (inherits && f->list.count == 0)
		f = &found[FROM];
	if (f->list.count == 0) {
		mime_wire_put(w, STR("NIL"));
		return;
	}
	mime_wire_put(w, STR("("));
	mime_wire_put(w, mime_wire_text(&f->wire));
	mime_wire_put(w, STR(")"));
}

void
mime_envelope_put(struct mime_wire *w, struct str in,
    const struct mime_part *m)
{
	struct found found[SLOTS] = { 0 };

	for (unsigned i = 0; i < SLOTS; i++) {
		mime_wire_init(&found[i].wire, w->arena);
		found[i].list.wire = &found[i].wire;
	}
	find(w, mime_span_str(in, m->header), found);
	mime_wire_put(w, STR("("));
	for (unsigned i = 0; i < SLOTS; i++) {
		if (i > 0)
			mime_wire_put(w, STR(" "));
		put_slot(w, found, (enum slot)i);
	}
	mime_wire_put(w, STR(")"));
}
