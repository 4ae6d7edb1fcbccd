#include <assert.h>

#include "arg.h"
#include "fetch.h"

struct imap_arg *
imap_arg_at(const struct imap_command *c, unsigned n)
{
	struct imap_arg *a = c->args;

	while (a != NULL && n-- > 0)
		a = a->next;
	return a;
}

void
imap_walk_begin(struct imap_walk *w, const struct imap_arg *first)
{
	w->at = first;
	w->depth = 0;
}

const struct imap_arg *
imap_walk_next(struct imap_walk *w)
{
	const struct imap_arg *a = w->at;

	while (a == NULL && w->depth > 0)
		a = w->up[--w->depth];
	if (a == NULL)
		return NULL;
	w->at = a->next;
	if (a->list != NULL) {
		assert(w->depth <= IMAP_DEPTH_MAX);
		w->up[w->depth++] = a->next;
		w->at = a->list;
	}
	return a;
}

bool
imap_arg_is(const struct imap_arg *a, const char *name)
{
	return a != NULL && a->kind == IMAP_ARG_ATOM &&
	    str_ieq(a->s, str_c(name));
}

bool
imap_is_number(struct str s, uint32_t least)
{
	uint64_t v;

	return str_u64(s, UINT32_MAX, &v) && v >= least &&
	    (s.n == 1 || s.p[0] != '0');
}

/* seq-number = nz-number / "*" */
static bool
is_seq_number(struct str s)
{
	return str_eq(s, STR("*")) || imap_is_number(s, 1);
}

bool
imap_is_sequence(struct str s)
{
	struct str part, low;
	bool more = true;

	if (str_eq(s, STR("$")))
		return true;
	while (more) {
		more = str_cut(&s, ',', &part);
		if (str_cut(&part, ':', &low) && !is_seq_number(part))
			return false;
		if (!is_seq_number(low))
			return false;
	}
	return true;
}

/* Of an atom: nothing that a flag or a list wildcard has. */
static bool
is_plain(struct str s)
{
	return s.n > 0 && s.p[0] != '\\' && memchr(s.p, '*', s.n) == NULL &&
	    memchr(s.p, '%', s.n) == NULL;
}

static bool
is_astring(const struct imap_arg *a)
{
	return imap_arg_astring(a) &&
	    (a->kind != IMAP_ARG_ATOM || is_plain(a->s));
}

/* A FETCH item or a list of them; a list behind an item is its argument. */
static bool
is_items(const struct imap_arg *a)
{
	if (a->kind != IMAP_ARG_LIST)
		return imap_item_asked(a);
	for (a = a->list; a != NULL; a = a->next)
		if (a->kind != IMAP_ARG_LIST && !imap_item_asked(a))
			return false;
	return true;
}

/* NIL, or pairs of a string and a string or NIL (RFC 2971 section 3.3). */
static bool
is_id(const struct imap_arg *a)
{
	enum { STRINGS_MAX = 60, FIELD_MAX = 30, VALUE_MAX = 1024 };
	unsigned n = 0;

	if (imap_arg_is(a, "NIL"))
		return true;
	if (a->kind != IMAP_ARG_LIST)
		return false;
	for (a = a->list; a != NULL; a = a->next, n++) {
		bool nil = n % 2 == 1 && imap_arg_is(a, "NIL");

		if (!nil && (a->kind == IMAP_ARG_ATOM ||
		    !imap_arg_astring(a)))
			return false;
		if (a->s.n > (n % 2 ? VALUE_MAX : FIELD_MAX))
			return false;
	}
	return n % 2 == 0 && n <= STRINGS_MAX;
}

static bool
fits(const struct imap_arg *a, char letter)
{
	switch (letter) {
	case 'a': return a->kind == IMAP_ARG_ATOM && is_plain(a->s);
	case 's': return is_astring(a);
	case 'm': return is_astring(a) && a->s.n < IMAP_MAILBOX_MAX;
	case 'p': return imap_arg_astring(a) &&
	    (a->kind != IMAP_ARG_ATOM || a->s.p[0] != '\\');
	case 'q': return a->kind == IMAP_ARG_ATOM && imap_is_sequence(a->s);
	case 'l': return a->kind == IMAP_ARG_LIST;
	case 'f': return is_items(a);
	case 'i': return is_id(a);
	case '?': return true;
	default: return false;
	}
}

/*
 * whole: false when more arguments may follow the last one, which may be a
 * list that is still open.
 */
static const char *
check(const struct imap_command *c, bool whole)
{
	const struct imap_arg *a = c->args;
	bool optional = !whole;

	for (const char *sig = imap_commands[c->row].args; *sig; sig++) {
		if (*sig == '*')
			return NULL;
		if (*sig == '|') {
			optional = true;
			continue;
		}
		if (a == NULL)
			return optional ? NULL : "an argument is missing";
		if (!whole && a->next == NULL && a->kind == IMAP_ARG_LIST ?
		    strchr("lfi?", *sig) == NULL : !fits(a, *sig))
			return "an argument is not of the right form";
		a = a->next;
	}
	return a == NULL ? NULL : "too many arguments";
}

const char *
imap_args_check(const struct imap_command *c)
{
	return check(c, true);
}

const char *
imap_args_begin(const struct imap_command *c)
{
	return check(c, false);
}
