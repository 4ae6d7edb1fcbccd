#include "readings.h"

enum {
	/* Decoded at a time; and encoded ones, until they have passed. */
	STEP = 64 << 10,
	WINDOW = 4 << 20,
};

static void
add(struct readings *l, bool plain, enum mime_codec_kind kind,
    unsigned options)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->r[i].plain == plain && (plain ||
		    (l->r[i].kind == kind && l->r[i].options == options)))
			return;
	if (l->n < READINGS_MAX)
		l->r[l->n++] = (struct reading){ .plain = plain,
		    .kind = kind, .options = options };
}

static void
add_cte(struct readings *l, enum mime_cte cte)
{
	switch (cte) {
	case MIME_CTE_BASE64:
		add(l, false, MIME_CODEC_BASE64, 0);
		break;
	case MIME_CTE_QP:
		add(l, false, MIME_CODEC_QP, 0);
		break;
	case MIME_CTE_UU:
		add(l, false, MIME_CODEC_UU, 0);
		break;
	case MIME_CTE_YENC:
		add(l, false, MIME_CODEC_YENC, 0);
		break;
	case MIME_CTE_BINHEX:
		add(l, false, MIME_CODEC_BINHEX, 0);
		break;
	default:
		add(l, true, 0, 0);
	}
}

void
readings_begin(struct readings *l, enum mime_cte cte, unsigned readings)
{
	*l = (struct readings){ .n = 0 };
	add_cte(l, cte);
	for (unsigned i = 0; i < MIME_CTE_COUNT; i++)
		if (readings & MIME_CTE_BIT(i))
			add_cte(l, (enum mime_cte)i);
}

void
readings_decoded(struct readings *l, unsigned i, uint64_t flags)
{
	const uint64_t b64 = MIME_B64_JUNK | MIME_B64_PAD | MIME_B64_AFTER |
	    MIME_B64_LINE;
	const uint64_t qp = MIME_QP_BROKEN | MIME_QP_BLANKS | MIME_QP_CUT;
	struct reading r = l->r[i];

	if (r.plain || r.options != 0)
		return;
	if (r.kind == MIME_CODEC_BASE64 && flags & (b64 | MIME_B64_URL))
		add(l, false, r.kind, MIME_CODEC_LOOSE);
	if (r.kind == MIME_CODEC_BASE64 && flags & MIME_B64_URL) {
		add(l, false, r.kind, MIME_CODEC_URL);
		add(l, false, r.kind, MIME_CODEC_URL | MIME_CODEC_LOOSE);
	}
	if (r.kind == MIME_CODEC_QP && flags & qp)
		add(l, false, r.kind, MIME_CODEC_LOOSE);
}

static void
decode(struct mime_codec *c, struct str in, const struct readings_sink *to,
    struct decoded *d)
{
	static char out[STEP];
	struct str passed = { in.p, 0 };
	size_t taken, n;
	bool more = true;

	while (more && in.n > 0 && !c->done) {
		taken = mime_codec_feed(c, in, out, sizeof out, &n);
		in.p += taken;
		in.n -= taken;
		d->n += n;
		more = to->write(to->ctx, (struct str){ out, n });
		passed.n += taken;
		if (to->passed == NULL || passed.n < WINDOW)
			continue;
		to->passed(to->ctx, passed);
		passed = (struct str){ in.p, 0 };
	}
	if (!more)
		return;
	mime_codec_end(c, out, sizeof out, &n);
	d->n += n;
	to->write(to->ctx, (struct str){ out, n });
}

void
readings_decode(const struct reading *r, struct str in,
    const struct readings_sink *to, struct decoded *d_r)
{
	static struct mime_codec c;

	*d_r = (struct decoded){ 0 };
	if (r->plain) {
		d_r->n = in.n;
		to->write(to->ctx, in);
		return;
	}
	mime_codec_init(&c, r->kind, r->options);
	decode(&c, in, to, d_r);
	d_r->flags = c.flags;
	d_r->name_n = c.name_n;
	memcpy(d_r->name, c.name, c.name_n);
}

size_t
readings_room(const struct reading *r, size_t n)
{
	bool packs = !r->plain && r->kind == MIME_CODEC_BINHEX;

	return (packs ? READINGS_PACKED : 1) * n + MIME_CODEC_ROOM;
}
