#include "fold.h"
#include "mailboxes.h"

/* In place of characters in a pattern: no character has these numbers. */
#define ANY_RUN UINT32_MAX
#define ANY_ONE (UINT32_MAX - 1)

/* A pattern, its runs of stars single. */
struct glob {
	uint32_t tok[ACL_PATTERN_MAX * FOLD_ROOM];
	size_t n;
	size_t words;		/* of its places: mostly 1 */
	bool fold;
};

/*
 * Where in a pattern one may be behind some characters of a name: bit i, in
 * front of tok[i]; bit n, at the end.
 */
struct places {
	uint64_t w[(ACL_PATTERN_MAX * FOLD_ROOM + 64) / 64];
};

enum { WORDS = sizeof(struct places) / sizeof(uint64_t) };

static bool
glob_read(struct glob *g, struct str text, bool fold)
{
	size_t n;

	if (text.p == NULL || text.n == 0 || text.n > ACL_PATTERN_MAX ||
	    !str_utf8(text))
		return false;
	n = fold_chars(text, fold, g->tok);
	g->fold = fold;
	g->n = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = g->tok[i];

		c = c == '*' ? ANY_RUN : c == '?' ? ANY_ONE : c;
		if (c != ANY_RUN || g->n == 0 || g->tok[g->n - 1] != ANY_RUN)
			g->tok[g->n++] = c;
	}
	g->words = g->n / 64 + 1;
	return true;
}

static bool
has(const struct places *p, size_t i)
{
	return p->w[i / 64] >> (i % 64) & 1;
}

/* A star may stand for nothing. */
static void
put(struct places *p, const struct glob *g, size_t i)
{
	p->w[i / 64] |= 1ull << (i % 64);
	if (i < g->n && g->tok[i] == ANY_RUN) {
		i++;
		p->w[i / 64] |= 1ull << (i % 64);
	}
}

/*
 * One character on; a pattern's ANY_RUN, ANY_ONE stand for any they may be.
 * Where characters are taken apart, their marks belong to ANY_ONE, too.
 */
static void
step(struct places *p, const struct glob *g, uint32_t c)
{
	struct places from = *p;
	bool mark = g->fold && c < ANY_ONE && fold_mark(c);

	for (size_t w = 0; w < g->words; w++)
		p->w[w] = 0;
	for (size_t w = 0; w < g->words; w++)
		for (uint64_t left = from.w[w]; left != 0; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);
			uint32_t t = i < g->n ? g->tok[i] : 0;

			if (mark && i > 0 && g->tok[i - 1] == ANY_ONE)
				put(p, g, i);
			if (i >= g->n)
				continue;
			if (t == ANY_RUN)
				put(p, g, i);
			else if (t == c || (t == ANY_ONE && c != ANY_RUN))
				put(p, g, i + 1);
		}
}

static bool
none(const struct places *p, const struct glob *g)
{
	for (size_t w = 0; w < g->words; w++)
		if (p->w[w] != 0)
			return false;
	return true;
}

static struct places
walk(const struct glob *g, const uint32_t *c, size_t n)
{
	struct places p = { 0 };

	put(&p, g, 0);
	for (size_t i = 0; i < n && !none(&p, g); i++)
		step(&p, g, c[i]);
	return p;
}

/* Does whatever follows fit? */
static bool
takes_all(const struct places *p, const struct glob *g)
{
	return g->n > 0 && g->tok[g->n - 1] == ANY_RUN && has(p, g->n - 1);
}

static bool
within(const struct places *a, const struct places *b)
{
	for (size_t w = 0; w < WORDS; w++)
		if (a->w[w] & ~b->w[w])
			return false;
	return true;
}

/* ---- the set's values ---------------------------------------------------- */

/* A value, and where a name leads in its pattern. */
struct value {
	struct glob glob;
	struct places at;
	bool negative;
	bool broken;		/* no pattern, or not in the map */
};

static void
value_read(struct value *v, const struct acl_mailboxes *m, uint32_t i)
{
	const struct conf_strval *s = CONF_AT(m->conf, struct conf_strval,
	    m->set->values, i);

	v->negative = s == NULL || s->negative != 0;
	v->broken = s == NULL || !glob_read(&v->glob,
	    conf_str(m->conf, s->text), v->negative);
}

static void
value_ask(struct value *v, struct str name)
{
	uint32_t c[ACL_MAILBOX_MAX * FOLD_ROOM];
	size_t n;

	if (v->broken)
		return;
	n = fold_chars(name, v->negative, c);
	v->at = walk(&v->glob, c, n);
}

static bool
value_holds(const struct value *v)
{
	return !v->broken && has(&v->at, v->glob.n);
}

static uint32_t
values(const struct acl_mailboxes *m)
{
	return m->set->given ? m->set->values.n : 0;
}

bool
acl_mailbox_admits(const struct acl_mailboxes *m, struct str name)
{
	bool any = false, yes = false;
	struct value v;

	if (m->set->given && name.n > ACL_MAILBOX_MAX)
		return false;
	for (uint32_t i = 0; i < values(m); i++) {
		value_read(&v, m, i);
		if (v.broken)
			return false;
		any |= !v.negative;
		if (!v.negative && yes)
			continue;
		value_ask(&v, name);
		if (v.negative && value_holds(&v))
			return false;
		yes |= !v.negative && value_holds(&v);
	}
	return yes || !any;
}

bool
acl_mailbox_denies(const struct acl_mailboxes *m, struct str name)
{
	struct value v;

	if (m->set->given && name.n > ACL_MAILBOX_MAX)
		return true;
	for (uint32_t i = 0; i < values(m); i++) {
		value_read(&v, m, i);
		if (!v.negative)
			continue;
		value_ask(&v, name);
		if (v.broken || value_holds(&v))
			return true;
	}
	return false;
}

/* ---- what is below a name ------------------------------------------------ */

/* Of ASCII: what a server may use between the levels of its hierarchy. */
static bool
may_delimit(uint32_t c)
{
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') &&
	    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Does a pattern begin with name and a delimiter, spelled out? */
static bool
begins_below(const struct glob *g, struct str name)
{
	uint32_t c[ACL_MAILBOX_MAX * FOLD_ROOM];
	size_t n = fold_chars(name, true, c);

	return n > 0 && n < g->n && may_delimit(g->tok[n]) &&
	    memcmp(c, g->tok, n * sizeof *c) == 0;
}

bool
acl_mailbox_hides(const struct acl_mailboxes *m, struct str name)
{
	struct value v;

	if (m->set->given && name.n > ACL_MAILBOX_MAX)
		return true;
	for (uint32_t i = 0; i < values(m); i++) {
		value_read(&v, m, i);
		if (v.negative && (v.broken || begins_below(&v.glob, name)))
			return true;
	}
	return false;
}

/*
 * What the values say of names that begin with from or to, then a delimiter.
 * Nothing is revealed when all of those of to are denied; else it must be
 * that what is admitted of to is admitted of from, and what is denied of from
 * is denied of to.
 */
struct below {
	bool hidden;		/* all of to is denied */
	bool worse;		/* more of from is denied than of to */
	bool open;		/* all of from is admitted */
	bool wider;		/* more of to is admitted than of from */
};

static void
below_add(struct below *b, const struct value *v, const struct places *from,
    uint32_t delimiter)
{
	struct places f = *from, t = v->at;

	step(&f, &v->glob, delimiter);
	step(&t, &v->glob, delimiter);
	if (v->negative) {
		b->hidden |= takes_all(&t, &v->glob);
		b->worse |= !within(&f, &t);
	} else {
		b->open |= takes_all(&f, &v->glob);
		b->wider |= !within(&t, &f);
	}
}

bool
acl_mailbox_reveals(const struct acl_mailboxes *m, struct str from,
    struct str to)
{
	struct below below[0x7f] = { 0 };
	struct value v;
	bool revealed = false;

	if (!m->set->given)
		return false;
	if (from.n > ACL_MAILBOX_MAX || to.n > ACL_MAILBOX_MAX)
		return true;
	for (uint32_t i = 0; i < values(m); i++) {
		struct places at;

		value_read(&v, m, i);
		if (v.broken)
			return true;
		value_ask(&v, from);
		at = v.at;
		value_ask(&v, to);
		for (uint32_t d = 0; d < 0x7f; d++)
			if (may_delimit(d))
				below_add(&below[d], &v, &at, d);
	}
	for (uint32_t d = 0; d < 0x7f; d++)
		revealed |= may_delimit(d) && !below[d].hidden &&
		    (below[d].worse || (below[d].wider && !below[d].open));
	return revealed;
}

bool
acl_mailbox_reaches(const struct acl_mailboxes *m, struct str prefix)
{
	bool any = false, yes = false;
	struct value v;

	if (m->set->given && prefix.n > ACL_MAILBOX_MAX)
		return false;
	for (uint32_t i = 0; i < values(m); i++) {
		value_read(&v, m, i);
		if (v.broken)
			return false;
		value_ask(&v, prefix);
		if (v.negative && takes_all(&v.at, &v.glob))
			return false;
		any |= !v.negative;
		yes |= !v.negative && !none(&v.at, &v.glob);
	}
	return yes || !any;
}

/* ---- patterns ------------------------------------------------------------ */

const char *
acl_mailbox_pattern(struct str text)
{
	if (text.n == 0)
		return "is empty";
	if (!str_utf8(text))
		return "is not UTF-8";
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return "has a control character in it";
	if (text.n > ACL_PATTERN_MAX)
		return "is longer than 255 octets";
	return NULL;
}

bool
acl_mailbox_within(struct str a, struct str b, bool fold)
{
	struct glob ga, gb;
	struct places p;

	if (!glob_read(&ga, a, fold) || !glob_read(&gb, b, fold))
		return false;
	p = walk(&gb, ga.tok, ga.n);
	return has(&p, gb.n);
}
