#include "splice.h"

#include <assert.h>

#include "codec.h"
#include "encode.h"
#include "err.h"

enum {
	PIECE = 16 << 10,
	/* A line of blanks, and of quoted ones, with its end. */
	BLANKS = 78,
	BLANKS_QP = 74,
};

void
mime_splices_init(struct mime_splices *s, struct arena *a, struct str mail)
{
	*s = (struct mime_splices){ .arena = a, .mail = mail };
	s->end = &s->first;
}

static struct mime_splice *
add(struct mime_splices *s, uint64_t off, uint64_t n)
{
	struct mime_splice *x = arena_alloc(s->arena, sizeof *x);

	assert(off <= s->mail.n && n <= s->mail.n - off);
	x->off = off;
	x->n = n;
	*s->end = x;
	s->end = &x->next;
	return x;
}

struct mime_splice *
mime_splice_text(struct mime_splices *s, uint64_t off, uint64_t n,
    struct str text)
{
	struct mime_splice *x = add(s, off, n);

	x->text = text;
	x->size = text.n;
	return x;
}

struct mime_splice *
mime_splice_blanks(struct mime_splices *s, uint64_t off, uint64_t size,
    bool qp)
{
	struct mime_splice *x = add(s, off, 0);

	assert(!qp || size != 1);
	x->kind = qp ? MIME_SPLICE_BLANKS_QP : MIME_SPLICE_BLANKS;
	x->size = size;
	return x;
}

/* ---- bodies ---- */

static const struct {
	bool decodes;
	enum mime_codec_kind kind;
} codecs[MIME_CTE_COUNT] = {
	[MIME_CTE_BASE64] = { true, MIME_CODEC_BASE64 },
	[MIME_CTE_QP] = { true, MIME_CODEC_QP },
	[MIME_CTE_UU] = { true, MIME_CODEC_UU },
};

int
mime_decode(struct str in, enum mime_cte cte, const struct mime_sink *out,
    uint64_t *flags)
{
	struct mime_codec c;
	char piece[PIECE];
	size_t n;
	int r = 0;

	if (!codecs[cte].decodes)
		return in.n > 0 ? out->write(out->ctx, in) : 0;
	mime_codec_init(&c, codecs[cte].kind, 0);
	while (r == 0 && in.n > 0) {
		size_t took = mime_codec_feed(&c, in, piece, sizeof piece, &n);

		if (n > 0)
			r = out->write(out->ctx, (struct str){ piece, n });
		if (took == 0 && n == 0)
			break;
		in.p += took;
		in.n -= took;
	}
	mime_codec_end(&c, piece, sizeof piece, &n);
	*flags |= c.flags;
	return r < 0 || n == 0 ? r :
	    out->write(out->ctx, (struct str){ piece, n });
}

static int
count(void *ctx, struct str octets)
{
	*(uint64_t *)ctx += octets.n;
	return 0;
}

struct mime_splice *
mime_splice_base64(struct mime_splices *s, uint64_t off, uint64_t n,
    enum mime_cte from)
{
	struct mime_splice *x = add(s, off, n);
	uint64_t octets = 0, flags = 0;
	struct mime_sink counter = { count, &octets };

	x->kind = MIME_SPLICE_BASE64;
	x->from = from;
	x->text = (struct str){ s->mail.p + off, n };
	if (mime_decode(x->text, from, &counter, &flags) == 0)
		x->size = mime_base64_size(octets);
	return x;
}

struct encoding {
	struct mime_base64 state;
	const struct mime_sink *out;
};

static int
encode(void *ctx, struct str octets)
{
	struct encoding *e = ctx;
	char piece[MIME_BASE64_ROOM(PIECE)];
	int r = 0;

	while (r == 0 && octets.n > 0) {
		struct str in = { octets.p, octets.n < PIECE ? octets.n :
		    PIECE };
		size_t n = mime_base64_feed(&e->state, in, piece);

		if (n > 0)
			r = e->out->write(e->out->ctx,
			    (struct str){ piece, n });
		octets.p += in.n;
		octets.n -= in.n;
	}
	return r;
}

static int
write_base64(const struct mime_splice *x, const struct mime_sink *out)
{
	struct encoding e = { .out = out };
	struct mime_sink through = { encode, &e };
	char last[MIME_BASE64_ROOM(0)];
	uint64_t flags = 0;
	int r = mime_decode(x->text, x->from, &through, &flags);
	size_t n = mime_base64_end(&e.state, last);

	return r < 0 || n == 0 ? r :
	    out->write(out->ctx, (struct str){ last, n });
}

/* ---- blanks ---- */

/* A line of n blanks; end: with its line end, counted in n. */
static int
write_line(const struct mime_sink *out, size_t n, bool end)
{
	char line[BLANKS];

	memset(line, ' ', n);
	if (end)
		memcpy(line + n - 2, "\r\n", 2);
	return n > 0 ? out->write(out->ctx, (struct str){ line, n }) : 0;
}

static int
write_blanks(uint64_t n, const struct mime_sink *out)
{
	int r = 0;

	for (; r == 0 && n >= BLANKS; n -= BLANKS)
		r = write_line(out, BLANKS, true);
	return r < 0 ? r : write_line(out, (size_t)n, false);
}

/* threes of "=20", then line ends. */
static int
write_quoted(const struct mime_sink *out, unsigned threes, unsigned ends)
{
	char line[2 * BLANKS], *p = line;

	for (; threes > 0; threes--, p += 3)
		memcpy(p, "=20", 3);
	for (; ends > 0; ends--, p += 2)
		memcpy(p, "\r\n", 2);
	return p > line ? out->write(out->ctx,
	    (struct str){ line, (size_t)(p - line) }) : 0;
}

static int
write_blanks_qp(uint64_t n, const struct mime_sink *out)
{
	unsigned ends;
	int r = 0;

	for (; r == 0 && n >= BLANKS_QP + 4; n -= BLANKS_QP)
		r = write_quoted(out, (BLANKS_QP - 2) / 3, 1);
	if (r < 0)
		return r;
	/* size: n is not 1, so it is threes and one or two twos */
	ends = n % 3 == 0 ? 0 : n % 3 == 2 ? 1 : 2;
	return write_quoted(out, (unsigned)(n - 2 * ends) / 3, ends);
}

/* ---- all of them ---- */

/* Does b stand before a, which came earlier? */
static bool
before(const struct mime_splice *b, const struct mime_splice *a)
{
	if (b->off != a->off)
		return b->off < a->off;
	if ((b->n == 0) != (a->n == 0))
		return b->n == 0;
	return b->rank < a->rank;
}

static struct mime_splice *
merge(struct mime_splice *a, struct mime_splice *b)
{
	struct mime_splice *first = NULL, **end = &first;

	while (a != NULL && b != NULL) {
		struct mime_splice **from = before(b, a) ? &b : &a;

		*end = *from;
		end = &(*from)->next;
		*from = (*from)->next;
	}
	*end = a ? a : b;
	return first;
}

/* Stable; bin i holds 2^i of them. */
static struct mime_splice *
sort(struct mime_splice *list)
{
	struct mime_splice *bins[64] = { NULL }, *all = NULL;

	while (list != NULL) {
		struct mime_splice *x = list;
		size_t i = 0;

		list = list->next;
		x->next = NULL;
		for (; bins[i] != NULL; i++) {
			x = merge(bins[i], x);
			bins[i] = NULL;
		}
		bins[i] = x;
	}
	for (size_t i = 0; i < 64; i++)
		all = merge(bins[i], all);
	return all;
}

int
mime_splices_sort(struct mime_splices *s)
{
	uint64_t at = 0;

	s->first = sort(s->first);
	for (struct mime_splice *x = s->first; x != NULL; x = x->next) {
		if (x->off < at) {
			s->why = "two edits concern the same octets";
			return ERR_STATE;
		}
		at = x->off + x->n;
		s->end = &x->next;
	}
	return 0;
}

uint64_t
mime_splices_size(const struct mime_splices *s)
{
	uint64_t size = s->mail.n;

	for (const struct mime_splice *x = s->first; x != NULL; x = x->next)
		size = size - x->n + x->size;
	return size;
}

static int
write_one(const struct mime_splice *x, const struct mime_sink *out)
{
	if (x->size == 0)
		return 0;
	if (x->kind == MIME_SPLICE_TEXT)
		return out->write(out->ctx, x->text);
	if (x->kind == MIME_SPLICE_BASE64)
		return write_base64(x, out);
	return x->kind == MIME_SPLICE_BLANKS ? write_blanks(x->size, out) :
	    write_blanks_qp(x->size, out);
}

int
mime_splices_write(const struct mime_splices *s, const struct mime_sink *out)
{
	uint64_t at = 0;
	int r = 0;

	for (const struct mime_splice *x = s->first; r == 0 && x != NULL;
	    x = x->next) {
		struct str kept = { s->mail.p + at, x->off - at };

		if (kept.n > 0)
			r = out->write(out->ctx, kept);
		if (r == 0)
			r = write_one(x, out);
		at = x->off + x->n;
	}
	if (r == 0 && at < s->mail.n)
		r = out->write(out->ctx, (struct str){ s->mail.p + at,
		    s->mail.n - at });
	return r;
}
