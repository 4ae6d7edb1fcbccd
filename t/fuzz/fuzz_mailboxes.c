/*
 * Sets of mailboxes.  Properties, for any set and any names:
 *
 *	the set admits what a second, naive reading of it does
 *	a name means the same in modified UTF-7 and in UTF-8
 *	a name that is denied is denied in the other case, composed or not,
 *	and with delimiters too many
 *	what RENAME may do reveals nothing below
 *	no name that begins with a prefix that is not reached is admitted
 *	a pattern that is within another one holds for no other names
 */

#include <assert.h>

#include "../unit/acl/image.h"
#include "fold.h"
#include "named.h"
#include "utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	TEXT = 256, VALUES = 8, INPUT_MAX = 120,
	/* The naive reading takes exponential time. */
	STARS_MAX = 3,
};

/* An octet of the input stands for one of these; 0xff begins a new text. */
static const char *const letters[] = {
	"a", "A", "b", "B", "k", "/", ".", "\\", " ", "&", "&-", "-", "*", "?",
	"\xc3\xbc", "\xc3\x9c", "u", "\xcc\x88", "\xcc\xa3", "\xe2\x84\xaa",
	"\xe3\x81\x8c", "\xf0\x9f\x98\x80", "INBOX", "inbox", "!", "%",
};
enum { LETTERS = sizeof letters / sizeof *letters };

struct text {
	char p[TEXT];
	size_t n;
};

static struct conf_strset set;
static const struct acl_mailboxes m = { &image.conf, &set };

static struct str
str_of(const struct text *t)
{
	return (struct str){ t->p, t->n };
}

static void
add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->n + n > sizeof t->p)
		return;
	memcpy(t->p + t->n, s, n);
	t->n += n;
}

static struct text
take(const uint8_t **data, const uint8_t *end)
{
	struct text t = { .n = 0 };

	while (*data < end && **data != 0xff)
		add(&t, letters[*(*data)++ % LETTERS]);
	if (*data < end)
		(*data)++;
	return t;
}

static struct text
joined(const struct text *a, const char *between, const struct text *b)
{
	struct text t = *a;

	add(&t, between);
	for (size_t i = 0; i < b->n && t.n < sizeof t.p; i++)
		t.p[t.n++] = b->p[i];
	return t;
}

/* ---- the naive reading --------------------------------------------------- */

static bool
naive_glob(const uint32_t *p, size_t np, const uint32_t *s, size_t ns,
    bool marks)
{
	for (; np > 0; p++, np--) {
		if (*p == '*') {
			for (size_t i = 0; i <= ns; i++)
				if (naive_glob(p + 1, np - 1, s + i, ns - i,
				    marks))
					return true;
			return false;
		}
		if (ns == 0 || (*p != '?' && *p != *s))
			return false;
		s++;
		ns--;
		/* any number of marks may belong to '?' */
		for (size_t i = 1; *p == '?' && marks && i <= ns &&
		    fold_mark(s[i - 1]); i++)
			if (naive_glob(p + 1, np - 1, s + i, ns - i, marks))
				return true;
	}
	return ns == 0;
}

static bool
holds(const struct conf_strval *v, struct str name)
{
	uint32_t p[TEXT * FOLD_ROOM], s[TEXT * FOLD_ROOM];
	struct str text = conf_str(&image.conf, v->text);
	size_t np = fold_chars(text, v->negative != 0, p);
	size_t ns = fold_chars(name, v->negative != 0, s);

	return naive_glob(p, np, s, ns, v->negative != 0);
}

static bool
naive_admits(struct str name)
{
	bool any = false, yes = false;

	for (uint32_t i = 0; i < set.values.n; i++) {
		const struct conf_strval *v = CONF_AT(&image.conf,
		    struct conf_strval, set.values, i);
		bool h = holds(v, name);

		if (v->negative && h)
			return false;
		any |= !v->negative;
		yes |= !v->negative && h;
	}
	return yes || !any;
}

/* ---- properties ---------------------------------------------------------- */

static void
check_spelling(struct str name)
{
	char wire[IMAP_UTF7_ROOM(TEXT)];
	size_t n;
	enum acl_named_result r;

	if (name.n == 0)
		return;
	r = acl_named_mailbox(&m, name, true);
	assert(imap_utf7_encode(wire, name, &n));
	/* in UTF-8 it may have a second reading, which may be refused */
	if (memchr(name.p, '&', name.n) == NULL)
		assert(acl_named_mailbox(&m, (struct str){ wire, n }, false) ==
		    r);
	if (r == ACL_NAMED_ADMITTED)
		assert(acl_named_mailbox(&m, (struct str){ wire, n }, false) ==
		    r && naive_admits(imap_is_inbox(name) ? STR("INBOX") :
		    name));
}

/* Single delimiters, none at the ends, and no blanks there. */
static bool
is_plain(struct str s)
{
	bool after = true;

	for (size_t i = 0; i < s.n; i++) {
		bool is = strchr("/.\\", s.p[i]) != NULL;

		if (is && after)
			return false;
		after = is;
	}
	return !after && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
}

/* Composed and decomposed, both cases of ASCII, delimiters at the end. */
static void
check_denied(struct str name)
{
	struct text t = { .n = 0 };
	bool denied = acl_mailbox_denies(&m, name);

	for (size_t i = 0; i < name.n; i++) {
		char c[2] = { ascii_up(name.p[i]) };

		if (name.n - i >= 2 && memcmp(name.p + i, "\xc3\xbc", 2) == 0) {
			add(&t, "U\xcc\x88");
			i++;
		} else {
			add(&t, c);
		}
	}
	if (t.n < sizeof t.p - 4)
		assert(acl_mailbox_denies(&m, str_of(&t)) == denied);
	add(&t, "//");
	if (denied && is_plain(name) && t.n < sizeof t.p - 4 &&
	    !imap_is_inbox(name))
		assert(acl_named_mailbox(&m, str_of(&t), true) !=
		    ACL_NAMED_ADMITTED);
}

static void
check_rename(const struct text *from, const struct text *to,
    const struct text *below)
{
	static const char delimiters[][2] = { "/", ".", "\\" };

	if (acl_mailbox_reveals(&m, str_of(from), str_of(to)))
		return;
	for (size_t i = 0; i < 3; i++) {
		struct text a = joined(from, delimiters[i], below);
		struct text b = joined(to, delimiters[i], below);

		if (a.n < sizeof a.p && b.n < sizeof b.p &&
		    str_utf8(str_of(&a)) && str_utf8(str_of(&b)))
			assert(acl_mailbox_admits(&m, str_of(&a)) ||
			    !acl_mailbox_admits(&m, str_of(&b)));
	}
}

static void
check_prefix(const struct text *prefix, const struct text *below)
{
	struct text all = joined(prefix, "", below);

	if (all.n < sizeof all.p && str_utf8(str_of(&all)) &&
	    !acl_mailbox_reaches(&m, str_of(prefix)))
		assert(!acl_mailbox_admits(&m, str_of(&all)));
}

static void
check_within(struct str name)
{
	for (uint32_t i = 0; i < set.values.n; i++)
		for (uint32_t j = 0; j < set.values.n; j++) {
			const struct conf_strval *v = CONF_AT(&image.conf,
			    struct conf_strval, set.values, i);
			const struct conf_strval *w = CONF_AT(&image.conf,
			    struct conf_strval, set.values, j);

			if ((w->negative || !v->negative) && holds(v, name) &&
			    acl_mailbox_within(conf_str(&image.conf, v->text),
			    conf_str(&image.conf, w->text),
			    w->negative != 0))
				assert(holds(w, name));
		}
}

static unsigned
wild(struct str s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '*' || s.p[i] == '?';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf_strval v[VALUES];
	const uint8_t *end = data + n;
	struct text name, other, below;
	uint32_t count = 0;

	if (n > INPUT_MAX)
		return 0;
	name = take(&data, end);
	other = take(&data, end);
	below = take(&data, end);
	image_start();
	while (data < end && count < VALUES) {
		struct text t = take(&data, end);
		bool negative = t.n > 0 && t.p[0] == '!';
		struct str s = { t.p + negative, t.n - negative };
		char text[TEXT + 1];

		if (acl_mailbox_pattern(s) != NULL || wild(s) > STARS_MAX)
			continue;
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		v[count++] = (struct conf_strval){ image_text(text), negative };
	}
	set = (struct conf_strset){ IMAGE_ROWS(v, count), .given = 1 };
	image_open();
	assert(acl_mailbox_admits(&m, str_of(&name)) ==
	    naive_admits(str_of(&name)));
	check_spelling(str_of(&name));
	check_denied(str_of(&name));
	check_rename(&name, &other, &below);
	check_prefix(&name, &below);
	check_within(str_of(&name));
	return 0;
}
