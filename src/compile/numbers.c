/*
 * Sets of numbers: "184", "32-63", ">= 128", "< 8", "ge 128", "!0"; of sizes
 * with their units; of scores with the word UNKNOWN.
 */

#include <stdlib.h>

#include "arena.h"
#include "values.h"

/* Signs come before the signs they begin with. */
static const struct op {
	char sign[3], word[3];
	bool upward, itself;	/* does N itself hold? */
} ops[] = {
	{ ">=", "ge", true, true },
	{ "<=", "le", false, true },
	{ ">", "gt", true, false },
	{ "<", "lt", false, false },
};

/* Take an operator off the front; NULL: there is none. */
static const struct op *
take_op(struct str *s)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		struct str sign = str_c(ops[i].sign);
		struct str word = str_c(ops[i].word);
		bool is_word = str_istarts(*s, word) && s->n > word.n &&
		    (s->p[word.n] == ' ' || s->p[word.n] == '\t');

		if (!is_word && !str_starts(*s, sign))
			continue;
		s->p += 1 + (is_word || sign.n == 2);
		s->n -= 1 + (is_word || sign.n == 2);
		*s = str_trim(*s);
		return &ops[i];
	}
	return NULL;
}

/* What an operator and a number hold for; false: for none of min to max. */
static bool
bound(const struct conf_key *k, const struct op *op, uint64_t n,
    struct conf_numrange *r)
{
	*r = (struct conf_numrange){ k->min, k->max };
	if (op->upward) {
		if (!op->itself && n == k->max)
			return false;
		r->lo = n + !op->itself;
	} else {
		if (!op->itself && n == k->min)
			return false;
		r->hi = n - !op->itself;
	}
	return true;
}

static bool
one_number(const struct conf_key *k, struct str s, uint64_t *v_r)
{
	s = str_trim(s);
	return (k->type == KEY_SIZES ? value_size(s, v_r) :
	    str_u64(s, k->max, v_r)) && *v_r >= k->min && *v_r <= k->max;
}

/* false after an error. */
static bool
read_one(struct build *b, const struct conf_key *k,
    const struct tree_value *v, struct str s, struct conf_numrange *r)
{
	const struct op *op;
	struct str lo;

	if (k->type == KEY_SCORES && str_eq(s, STR("UNKNOWN"))) {
		r->lo = r->hi = CONF_SPAM_UNKNOWN;
		return true;
	}
	op = take_op(&s);
	if (op == NULL && !str_cut(&s, '-', &lo))
		s = lo;
	else if (op != NULL)
		lo = s;
	if (!one_number(k, lo, &r->lo) || !one_number(k, s, &r->hi) ||
	    r->hi < r->lo) {
		values_bad(b, k, v,
		    "is no number from %llu to %llu, nor several: "
		    "write \"N\", \"A-B\", \">= N\", \"> N\", \"<= N\" or "
		    "\"< N\"", (unsigned long long)k->min,
		    (unsigned long long)k->max);
		return false;
	}
	if (op == NULL || bound(k, op, r->lo, r))
		return true;
	values_bad(b, k, v, "holds for no number from %llu to %llu",
	    (unsigned long long)k->min, (unsigned long long)k->max);
	return false;
}

static int
by_lo(const void *a, const void *b)
{
	const struct conf_numrange *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sorted, and none that touches the next. */
static uint32_t
merge(struct conf_numrange *r, uint32_t n)
{
	uint32_t m = 0;

	qsort(r, n, sizeof r[0], by_lo);
	for (uint32_t i = 0; i < n; i++) {
		if (m == 0 || r[m - 1].hi < r[i].lo - (r[i].lo > 0))
			r[m++] = r[i];
		else if (r[i].hi > r[m - 1].hi)
			r[m - 1].hi = r[i].hi;
	}
	return m;
}

static struct conf_ref
read_ranges(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, bool negative)
{
	struct conf_numrange *r = arena_alloc(b->arena,
	    values_count(e) * sizeof *r);
	struct conf_ref ref;
	uint32_t n = 0;
	void *to;

	for (const struct tree_value *v = e->first; v; v = v->next) {
		struct str s = str_c(v->text);
		bool negated = s.n > 0 && s.p[0] == '!';

		s.p += negated;
		s.n -= negated;
		if (negated == negative)
			n += read_one(b, k, v, str_trim(s), &r[n]);
	}
	n = merge(r, n);
	to = out_table(b->out, sizeof *r, _Alignof(struct conf_numrange), n,
	    &ref);
	if (n > 0)
		memcpy(to, r, n * sizeof *r);
	return ref;
}

void
value_read_numbers(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_numset *s = place;

	if (values_empty(b, k, e))
		return;
	s->given = 1;
	s->pos = read_ranges(b, k, e, false);
	s->neg = read_ranges(b, k, e, true);
}

static void
print_one(const struct conf_key *k, uint64_t v, FILE *f)
{
	if (k->type == KEY_SIZES)
		value_put_size(f, v);
	else if (k->type == KEY_SCORES && v == CONF_SPAM_UNKNOWN)
		fputs("UNKNOWN", f);
	else
		fprintf(f, "%llu", (unsigned long long)v);
}

static void
print_ranges(const struct conf *c, const struct conf_key *k,
    struct conf_ref ref, const char *sign, struct values_out *out)
{
	for (uint32_t i = 0; i < ref.n; i++) {
		const struct conf_numrange *r = CONF_AT(c,
		    struct conf_numrange, ref, i);

		if (r == NULL)
			return;
		values_next(out);
		fprintf(out->f, "\"%s%s", sign, r->lo != r->hi &&
		    r->hi == k->max ? ">= " : "");
		print_one(k, r->lo, out->f);
		if (r->lo != r->hi && r->hi != k->max) {
			fputc('-', out->f);
			print_one(k, r->hi, out->f);
		}
		fputc('"', out->f);
	}
}

bool
value_print_numbers(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_numset *s = place;
	struct values_out out;

	if (!s->given)
		return false;
	values_open(&out, f);
	print_ranges(c, k, s->pos, "", &out);
	print_ranges(c, k, s->neg, "!", &out);
	values_close(&out);
	return true;
}
