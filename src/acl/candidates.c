#include "candidates.h"

/*
 * Of n rows of this size that begin with an address, ascending: how many are
 * at or below one.
 */
static uint32_t
up_to(const void *rows, size_t size, uint32_t n, const uint8_t ip[16])
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (memcmp((const char *)rows + mid * size, ip, 16) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The last bound at or below an address; NULL: none, or damaged. */
static const struct conf_bound *
bound_of(const struct conf *c, const struct conf_index *index,
    const uint8_t ip[16], bool *damaged_r)
{
	/* row 0 is handed out only when the whole table lies in the map */
	const struct conf_step *steps = CONF_AT(c, struct conf_step,
	    index->steps, 0);
	const struct conf_bound *b = CONF_AT(c, struct conf_bound,
	    index->bounds, 0);
	uint32_t first, n;

	*damaged_r = steps == NULL || b == NULL;
	if (*damaged_r)
		return NULL;
	n = up_to(steps, sizeof *steps, index->steps.n, ip);
	if (n == 0)
		return NULL;
	first = (n - 1) * CONF_STEP;
	*damaged_r = first >= index->bounds.n;
	if (*damaged_r)
		return NULL;
	n = index->bounds.n - first;
	n = up_to(b + first, sizeof *b, n < CONF_STEP ? n : CONF_STEP, ip);
	return n > 0 ? b + first + n - 1 : NULL;
}

static void
find_near(struct acl_candidates *k, const struct conf *c,
    const struct conf_index *index, const struct addr *from)
{
	static const uint8_t unknown[16];
	const struct conf_bound *b;

	if (index->bounds.n == 0 ||
	    memcmp(from->ip, unknown, sizeof unknown) == 0)
		return;
	b = bound_of(c, index, from->ip, &k->damaged);
	if (b == NULL || b->rows.n == 0)
		return;
	k->near = b->rows.n == 1 ? &b->rows.off :
	    CONF_AT(c, uint32_t, b->rows, 0);
	k->nnear = b->rows.n;
	k->damaged = k->near == NULL;
}

struct acl_candidates
acl_candidates(const struct conf *c, const struct conf_index *index,
    uint32_t n, const struct addr *from)
{
	struct acl_candidates k = { .n = n };

	if (!index->given)
		return k;
	k.next = n;
	find_near(&k, c, index, from);
	if (index->rest.n > 0) {
		k.rest = CONF_AT(c, uint32_t, index->rest, 0);
		k.nrest = index->rest.n;
		k.damaged = k.damaged || k.rest == NULL;
	}
	return k;
}

bool
acl_candidates_next(struct acl_candidates *k, uint32_t *row_r)
{
	if (k->damaged)
		return false;
	if (k->nnear > 0 && (k->nrest == 0 || *k->near < *k->rest)) {
		*row_r = *k->near++;
		k->nnear--;
		return true;
	}
	if (k->nrest > 0) {
		*row_r = *k->rest++;
		k->nrest--;
		return true;
	}
	*row_r = k->next;
	return k->next++ < k->n;
}
