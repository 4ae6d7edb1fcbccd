/*
 * mail-filter on any octets, corrected as the first octet says.  Properties:
 * where every rule is to be corrected, rounds end with a mail in which nothing
 * is found, or with a rejection; what is mended twice is as it was after the
 * first time; where every rule is passed nothing changes; what a signature
 * covers stays.
 */

#include <assert.h>
#include <stdlib.h>

#include "err.h"
#include "rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 6000,
	OUTPUT_MAX = 4 << 20,
	ARENA_MAX = 256 << 20,
};

static char out[2][OUTPUT_MAX];

struct place {
	unsigned at;
	size_t n[2];
	uint64_t size;
};

static int
write_to(void *ctx, struct str s)
{
	struct place *p = ctx;

	assert(s.n > 0 && s.n <= OUTPUT_MAX - p->n[p->at]);
	memcpy(out[p->at] + p->n[p->at], s.p, s.n);
	p->n[p->at] += s.n;
	return 0;
}

static int
begin(void *ctx, uint64_t size, struct mime_sink *out_r)
{
	struct place *p = ctx;

	p->at ^= 1;
	p->n[p->at] = 0;
	p->size = size;
	*out_r = (struct mime_sink){ write_to, p };
	return size > OUTPUT_MAX ? ERR_LIMIT : 0;
}

static struct str
finish(void *ctx)
{
	struct place *p = ctx;

	assert(p->n[p->at] == p->size);
	return (struct str){ out[p->at], p->n[p->at] };
}

struct run {
	struct arena a;
	struct mime_charsets c;
	struct mime_parts parts;
	struct rewrite w;
	struct place place;
	int r;			/* what rewriting said; 1: not taken apart */
};

static void
rewrite(struct run *x, struct str mail, const struct conf_mail_filter *rules)
{
	struct rewrite_place place = { begin, finish, &x->place };

	arena_init(&x->a, ARENA_MAX, NULL, NULL);
	mime_charsets_init(&x->c);
	x->place = (struct place){ 0 };
	x->w = (struct rewrite){ .arena = &x->a, .charsets = &x->c,
	    .rules = rules };
	mime_parts_init(&x->parts, &x->a, mail);
	x->r = mime_parts_step(&x->parts, mail.n) > 0 ?
	    rewrite_mail(&x->w, mail, x->parts.mail, &place) : 1;
}

static void
end(struct run *x)
{
	mime_charsets_fini(&x->c);
	arena_fini(&x->a);
}

/* Octets of a body are somewhere in the mail. */
static bool
stays(struct str mail, struct str body)
{
	return body.n == 0 || memmem(mail.p, mail.n, body.p, body.n) != NULL;
}

static void
check_signed(const struct run *x, struct str mail)
{
	for (const struct mime_part *p = x->parts.mail; p; p = p->later)
		if (p->parent && p->parent->marks & MIME_MARK_SIGNED &&
		    p->depth == 1)
			assert(stays(x->w.octets, mime_span_str(mail,
			    p->body)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf_mail_filter rules = { 0 };
	struct str mail = { (const char *)data + 1, n - 1 }, once;
	bool all = n > 0 && data[0] & 1;
	uint8_t mend = all ? CONF_MEND_CORRECT : CONF_MEND_PASS;
	struct run x, y;

	if (n < 1 || n > INPUT_MAX)
		return 0;
	memset(&rules, mend, offsetof(struct conf_mail_filter, pad));
	rewrite(&x, mail, &rules);
	assert(x.r == 0 || x.r == 1 || x.r == ERR_REFUSED ||
	    x.r == ERR_LIMIT);
	if (!all)
		assert(x.r == 1 || (x.r == 0 && !x.w.changed));
	if (x.r == 0 && all) {
		if (!(x.parts.mail->flags & MIME_COMPOSITE_CTE))
			check_signed(&x, mail);
		once = (struct str){ malloc(x.w.octets.n + 1),
		    x.w.octets.n };
		memcpy((char *)once.p, x.w.octets.p, once.n);
		rewrite(&y, once, &rules);
		assert(y.r == 0 && !y.w.changed);
		end(&y);
		free((char *)once.p);
	}
	end(&x);
	return 0;
}
