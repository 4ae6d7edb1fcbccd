#include <stdlib.h>

#include "arena.h"
#include "index.h"

enum {
	/* Fewer are looked at as quickly one by one. */
	ACLS_MIN = 16,
	/*
	 * An ACL stands at each bound that its ranges span.  Each range alone
	 * gives one; the other bounds in it are other ACLs'.  One with more
	 * than so many for each range is wide, and kept in rest: the rows of
	 * an index then take no more than 64 octets for each range.
	 */
	SPAN_MAX = 16,
};

struct bound {
	uint8_t lo[16];
};

/* One phase while its index is made. */
struct work {
	struct build *b;
	struct conf conf;	/* the cache so far */
	uint32_t n;		/* ACLs */
	const struct conf_addrset **from;
	bool *near;		/* of each ACL: found by its address */
	struct bound *bounds;	/* sorted, each once */
	uint32_t nbounds;
};

static const struct conf_range *
range_at(const struct work *w, uint32_t acl, uint32_t i)
{
	return CONF_AT(&w->conf, struct conf_range, w->from[acl]->pos, i);
}

/* Does it hold in these ranges at most?  Positive host names come first. */
static bool
has_ranges(const struct work *w, const struct conf_addrset *s)
{
	const struct conf_host_use *u = CONF_AT(&w->conf,
	    struct conf_host_use, s->hosts, 0);

	return s->given && s->pos.n > 0 && (u == NULL || u->negative);
}

/* The address behind a range; false: there is none. */
static bool
behind(const struct conf_range *r, struct bound *b_r)
{
	memcpy(b_r->lo, r->hi, sizeof b_r->lo);
	for (int i = 15; i >= 0; i--)
		if (++b_r->lo[i] != 0)
			return true;
	return false;
}

static int
by_address(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bound));
}

/* Where the sets of the near ACLs begin and end. */
static void
find_bounds(struct work *w)
{
	uint32_t n = 0, m = 0;

	for (uint32_t i = 0; i < w->n; i++)
		n += w->near[i] ? 2 * w->from[i]->pos.n : 0;
	w->bounds = arena_alloc(w->b->arena, (n + 1) * sizeof *w->bounds);
	n = 0;
	for (uint32_t i = 0; i < w->n; i++)
		for (uint32_t j = 0; w->near[i] && j < w->from[i]->pos.n;
		    j++) {
			const struct conf_range *r = range_at(w, i, j);

			memcpy(w->bounds[n++].lo, r->lo, sizeof r->lo);
			n += behind(r, &w->bounds[n]);
		}
	qsort(w->bounds, n, sizeof *w->bounds, by_address);
	for (uint32_t i = 0; i < n; i++)
		if (m == 0 || by_address(&w->bounds[m - 1],
		    &w->bounds[i]) != 0)
			w->bounds[m++] = w->bounds[i];
	w->nbounds = m;
}

static uint32_t
bound_at(const struct work *w, const struct bound *lo)
{
	const struct bound *b = bsearch(lo, w->bounds, w->nbounds, sizeof *b,
	    by_address);

	return (uint32_t)(b - w->bounds);
}

/* The bounds from which a range is in force, up to, not with, *end_r. */
static uint32_t
span(const struct work *w, const struct conf_range *r, uint32_t *end_r)
{
	struct bound lo, end;

	memcpy(lo.lo, r->lo, sizeof lo.lo);
	*end_r = behind(r, &end) ? bound_at(w, &end) : w->nbounds;
	return bound_at(w, &lo);
}

static uint32_t
span_of(const struct work *w, uint32_t acl)
{
	uint32_t sum = 0, end;

	for (uint32_t j = 0; j < w->from[acl]->pos.n; j++) {
		uint32_t first = span(w, range_at(w, acl, j), &end);

		sum += end - first;
	}
	return sum;
}

/* Take the wide ones out, and their bounds with them. */
static void
leave_wide(struct work *w)
{
	bool *wide = arena_alloc(w->b->arena, w->n);

	find_bounds(w);
	for (uint32_t i = 0; i < w->n; i++)
		wide[i] = w->near[i] &&
		    span_of(w, i) / SPAN_MAX >= w->from[i]->pos.n;
	for (uint32_t i = 0; i < w->n; i++)
		w->near[i] = w->near[i] && !wide[i];
	find_bounds(w);
}

/* Every near ACL's row at each bound of its span, or only count them. */
static void
put_rows(const struct work *w, uint32_t *count, uint32_t *const *rows)
{
	uint32_t end;

	for (uint32_t i = 0; i < w->n; i++)
		for (uint32_t j = 0; w->near[i] && j < w->from[i]->pos.n;
		    j++) {
			uint32_t at = span(w, range_at(w, i, j), &end);

			for (; at < end; at++) {
				if (rows != NULL)
					rows[at][count[at]] = i;
				count[at]++;
			}
		}
}

static void
put_steps(struct work *w, struct conf_index *index)
{
	struct conf_step *to = out_table(w->b->out, sizeof *to,
	    _Alignof(struct conf_step),
	    (w->nbounds + CONF_STEP - 1) / CONF_STEP, &index->steps);

	for (uint32_t i = 0; i < w->nbounds; i += CONF_STEP, to++)
		memcpy(to->lo, w->bounds[i].lo, sizeof to->lo);
}

static void
put_bounds(struct work *w, struct conf_index *index)
{
	uint32_t *count, **rows;
	struct conf_bound *to;

	count = arena_alloc(w->b->arena, (w->nbounds + 1) * sizeof *count);
	rows = arena_alloc(w->b->arena, (w->nbounds + 1) * sizeof *rows);
	to = out_table(w->b->out, sizeof *to, _Alignof(struct conf_bound),
	    w->nbounds, &index->bounds);
	put_rows(w, count, NULL);
	for (uint32_t i = 0; i < w->nbounds; i++) {
		memcpy(to[i].lo, w->bounds[i].lo, sizeof to[i].lo);
		to[i].rows.n = count[i];
		rows[i] = &to[i].rows.off;
		if (count[i] > 1)
			rows[i] = out_table(w->b->out, sizeof **rows,
			    _Alignof(uint32_t), count[i], &to[i].rows);
		count[i] = 0;
	}
	put_rows(w, count, rows);
}

static void
put_rest(struct work *w, struct conf_index *index)
{
	uint32_t n = 0, *to;

	for (uint32_t i = 0; i < w->n; i++)
		n += !w->near[i];
	to = out_table(w->b->out, sizeof *to, _Alignof(uint32_t), n,
	    &index->rest);
	for (uint32_t i = 0; i < w->n; i++)
		if (!w->near[i])
			*to++ = i;
}

/* acls: a table of this size and alignment, with its conditions at when. */
static void
index_phase(struct build *b, struct conf_ref acls, size_t size, size_t align,
    size_t when, struct conf_index *index)
{
	struct work w = { .b = b, .n = acls.n,
	    .conf = { .map = b->out->base, .size = b->out->n } };

	if (acls.n < ACLS_MIN)
		return;
	index->given = 1;
	w.from = arena_alloc(b->arena, acls.n * sizeof *w.from);
	w.near = arena_alloc(b->arena, acls.n);
	for (uint32_t i = 0; i < acls.n; i++) {
		const char *acl = conf_at(&w.conf, acls, size, align, i);
		const struct conf_conditions *c = (const void *)(acl + when);

		w.from[i] = &c->from;
		w.near[i] = has_ranges(&w, &c->from);
	}
	leave_wide(&w);
	put_steps(&w, index);
	put_bounds(&w, index);
	put_rest(&w, index);
}

#define INDEX(b, m, phase, type) \
	index_phase(b, (m)->phase##_acls, sizeof(type), _Alignof(type), \
	    offsetof(type, when), &(m)->phase##_index)

void
index_build(struct build *b, struct tables *t)
{
	if (b->report->errors > 0 || b->out->full)
		return;
	INDEX(b, t->m, session, struct conf_session_acl);
	INDEX(b, t->m, command, struct conf_command_acl);
}
