/*
 * Random policies about mails, and random mails: what the compiled cache and
 * acl/mail choose is what a plain reading of the policy says, without one line
 * of the proxy's; and the cache printed compiles to the same octets.
 *
 *	mail_oracle.t [POLICIES [MAILS [FIRST]]]
 */

#include <stdarg.h>

#include "arena.h"
#include "common.h"
#include "dice.h"
#include "mail.h"

enum {
#ifdef __SANITIZE_ADDRESS__
	POLICIES = 100, MAILS = 100,
#else
	POLICIES = 500, MAILS = 500,
#endif
	ACLS_MAX = 12, VALUES = 4, SETS = 12, TEXT = 40,
};

/* ---- policies, as they are thought of ----------------------------------- */

enum truth { NO, YES, UNKNOWN };

struct value {
	bool negative;
	char text[TEXT];
};

struct set {
	bool given;
	int n;
	struct value v[VALUES];
};

/* Words of each set: patterns of globs, numbers, statuses. */
enum what { SIZE, SCORE, COUNT, STATUS, TYPES, NAMES, VIRUS, HEADER, PARENT,
	TOS, WHATS };

static const char *const words[WHATS][8] = {
	[SIZE] = { ">= 1K", "< 2K", "1024", "500-3000", "> 100" },
	[SCORE] = { ">= 5000", "UNKNOWN", "0", "< 100" },
	[COUNT] = { "0", "1", "> 2", "1-3" },
	[STATUS] = { "found", "free", "skipped", "unknown", "error" },
	[TYPES] = { "text/*", "image/png", "", "*", "*/*c" },
	[NAMES] = { "*.exe", "a*", "?.txt", "*" },
	[VIRUS] = { "Eicar*", "x", "*" },
	[HEADER] = { "a.*", ".*b", "ab", "c?" },
	[PARENT] = { "c0", "c1" },
	[TOS] = { "0-7", ">= 8" },
};

static const char *const keys[2][WHATS] = {
	{ "size", "spam-score", "doc-count", "virus-status", "mime-type",
	    NULL, "virus-name", NULL, "parent", "ip-tos-from" },
	{ "size", "spam-score", "depth", "virus-status", "mime-type",
	    "file-name", "archive-member", NULL, "parent", "ip-tos-from" },
};

struct acl {
	struct set set[WHATS];
	int direction;		/* -1: any */
	int encrypted, malformed;	/* -1: any */
	int order;		/* of orders, 0: the direction's */
	bool deny;
};

/* By each a document has another type; those of the proxy stand elsewhere. */
enum { ORDERS = 5 };
static const char *const orders[ORDERS] = { NULL, "magic", "extension, magic",
	"magic, extension", "content-type, extension, magic" };

static struct acl policy[2][ACLS_MAX];	/* of mails, of documents */
static int acls[2];

/* In a document's 'archive-member' there are types. */
static const char *
word(int doc, int what)
{
	const char *const *w = words[doc && what == VIRUS ? TYPES : what];
	uint32_t n = 0;

	while (n < 8 && w[n] != NULL)
		n++;
	return w[dice(n)];
}

static void
think_set(struct set *s, int doc, int what, uint32_t chance)
{
	s->given = one_in(chance);
	s->n = 1 + (int)dice(VALUES - 1);
	for (int i = 0; i < s->n; i++) {
		s->v[i].negative = one_in(4);
		snprintf(s->v[i].text, TEXT, "%s", word(doc, what));
	}
}

/* Statuses of which none is left are an error. */
static bool
holds_for_none(const struct set *s)
{
	bool yes[5] = { false }, no[5] = { false }, some = false;

	for (int k = 0; k < 5; k++)
		for (int i = 0; i < s->n; i++)
			if (strcmp(s->v[i].text, words[STATUS][k]) == 0)
				*(s->v[i].negative ? &no[k] : &yes[k]) = true;
	for (int k = 0; k < 5; k++)
		some |= yes[k];
	for (int k = 0; k < 5; k++)
		if ((yes[k] || !some) && !no[k])
			return false;
	return true;
}

static void
think(void)
{
	for (int doc = 0; doc < 2; doc++) {
		acls[doc] = 1 + (int)dice(ACLS_MAX);
		for (int i = 0; i < acls[doc]; i++) {
			struct acl *a = &policy[doc][i];

			memset(a, 0, sizeof *a);
			for (int w = 0; w < WHATS; w++)
				if (keys[doc][w] || (!doc && w == HEADER))
					think_set(&a->set[w], doc, w,
					    w >= PARENT ? 8 : 5);
			if (holds_for_none(&a->set[STATUS]))
				a->set[STATUS].given = false;
			a->direction = one_in(4) ? (int)dice(2) : -1;
			a->encrypted = one_in(8) ? (int)dice(2) : -1;
			a->malformed = !doc && one_in(8) ? (int)dice(2) : -1;
			a->order = doc && one_in(2) ? (int)dice(ORDERS) : 0;
			a->deny = one_in(3);
		}
	}
}

/* ---- as text ------------------------------------------------------------ */

static void
put_set(FILE *f, const char *key, const struct set *s)
{
	if (!s->given)
		return;
	fprintf(f, " %s = {", key);
	for (int i = 0; i < s->n; i++)
		fprintf(f, "%s\"%s%s\"", i ? ", " : "",
		    s->v[i].negative ? "!" : "", s->v[i].text);
	fputs("}\n", f);
}

static void
put_flag(FILE *f, const char *key, int flag)
{
	if (flag >= 0)
		fprintf(f, " %s = %s\n", key, flag ? "yes" : "no");
}

/* libconfuse's words have no dash. */
static void
put_order(FILE *f, const char *order)
{
	fputs(" doctype-ident-order = {\"", f);
	for (; *order != '\0'; order++)
		if (*order == ',')
			fputs("\",", f);
		else if (*order == ' ')
			fputs(" \"", f);
		else
			fputc(*order, f);
	fputs("\"}\n", f);
}

static void
put_acl(FILE *f, int doc, int i)
{
	const struct acl *a = &policy[doc][i];

	fprintf(f, "%s-acl \"%s%d\" {\n", doc ? "doc" : "mail",
	    doc ? "d" : "m", i);
	for (int w = 0; w < WHATS; w++)
		if (keys[doc][w] != NULL)
			put_set(f, keys[doc][w], &a->set[w]);
	if (a->set[HEADER].given) {
		fputs(" header \"Subject\" {\n", f);
		put_set(f, "match", &a->set[HEADER]);
		fputs(" }\n", f);
	}
	if (a->direction >= 0)
		fprintf(f, " direction = %s\n", a->direction ? "upload" :
		    "download");
	if (a->order > 0)
		put_order(f, orders[a->order]);
	put_flag(f, "encrypted", a->encrypted);
	put_flag(f, "malformed", a->malformed);
	fprintf(f, " deny = %s\n}\n", a->deny ? "yes" : "no");
}

static char *
text_of_policy(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fputs(VERSION "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "command-acl \"c0\" { from = \"10.0.0.1\" }\n"
	    "command-acl \"c1\" { }\n", f);
	for (int doc = 0; doc < 2; doc++)
		for (int i = 0; i < acls[doc]; i++)
			put_acl(f, doc, i);
	fclose(f);
	return text;
}

/* ---- mails, and documents ----------------------------------------------- */

struct thing {
	long size, score, count;	/* score -1: not known */
	int status, direction, parent, tos;	/* tos -1: not known */
	bool encrypted, malformed, whole;	/* could be taken apart */
	int n[WHATS];
	bool cut[WHATS];
	const char *text[WHATS][VALUES];
	const char *ordered[ORDERS];	/* a document's type by each */
};

static const char *const seen[WHATS][6] = {
	[TYPES] = { "text/plain", "image/png", "", "a/bc", "TEXT/x" },
	[NAMES] = { "a.exe", "B.EXE. ", "a.txt", "c", ".exe" },
	[VIRUS] = { "Eicar-Test", "x", "Win.X" },
	[HEADER] = { "ab", "a", "bb", "c", "" },
};

static void
happen(struct thing *t, int doc)
{
	memset(t, 0, sizeof *t);
	t->size = dice(2) ? 1024 : dice(4000);
	t->score = dice(3) ? (long)dice(7000) : -1;
	t->count = dice(5);
	t->status = (int)dice(5);
	t->direction = (int)dice(2);
	t->parent = (int)dice(2);
	t->tos = one_in(10) ? -1 : (int)dice(8) * 4;
	t->encrypted = one_in(3);
	t->malformed = one_in(3);
	t->whole = doc || !one_in(10);
	for (int w = TYPES; w <= HEADER; w++) {
		const char *const *from = seen[doc && w == VIRUS ? TYPES : w];

		t->n[w] = (int)dice(VALUES);
		/* a document has one type */
		if (doc && w == TYPES)
			t->n[w] = 1;
		t->cut[w] = !(doc && w == TYPES) && one_in(12);
		for (int i = 0; i < t->n[w]; i++)
			t->text[w][i] = from[dice(from[4] ? 5 : 3)];
	}
	for (int i = 0; i < ORDERS; i++)
		t->ordered[i] = seen[TYPES][dice(5)];
}

/* ---- the plain reading -------------------------------------------------- */

static bool
glob(const char *p, const char *s)
{
	if (*p == '\0')
		return *s == '\0';
	if (*p == '*')
		return glob(p + 1, s) || (*s != '\0' && glob(p, s + 1));
	return *s != '\0' && (*p == '?' || ascii_up(*p) == ascii_up(*s)) &&
	    glob(p + 1, s + 1);
}

/* Only what words[HEADER] has. */
static bool
expression(const char *p, const char *s)
{
	if (strcmp(p, "a.*") == 0)
		return s[0] == 'a';
	if (strcmp(p, ".*b") == 0)
		return *s != '\0' && s[strlen(s) - 1] == 'b';
	if (strcmp(p, "c?") == 0)
		return *s == '\0' || strcmp(s, "c") == 0;
	return strcmp(p, s) == 0;
}

static long
octets(const char *s, char **end)
{
	long n = strtol(s, end, 10);

	if (**end == 'K') {
		(*end)++;
		n *= 1024;
	}
	return n;
}

static bool
number(const char *p, long n)
{
	char *end;
	long a;

	if (strcmp(p, "UNKNOWN") == 0)
		return n == -1;
	if (n == -1)
		return false;
	if (strncmp(p, ">= ", 3) == 0)
		return n >= octets(p + 3, &end);
	if (p[0] == '>')
		return n > octets(p + 2, &end);
	if (p[0] == '<')
		return n < octets(p + 2, &end);
	a = octets(p, &end);
	if (*end == '-')
		return n >= a && n <= octets(end + 1, &end);
	return n == a;
}

static bool
name(const char *p, const char *s)
{
	char cut[TEXT];

	snprintf(cut, sizeof cut, "%s", s);
	while (*cut != '\0' && strchr(" .", cut[strlen(cut) - 1]) != NULL)
		cut[strlen(cut) - 1] = '\0';
	return glob(p, s) || glob(p, cut);
}

static bool
type(const char *p, const char *s)
{
	return *p == '\0' ? *s == '\0' : glob(p, s);
}

static bool
text_is(int doc, int what, const char *p, const char *s)
{
	if (what == NAMES)
		return name(p, s);
	if (what == HEADER)
		return expression(p, s);
	if (what == TYPES || (doc && what == VIRUS))
		return type(p, s);
	return glob(p, s);
}

static enum truth
value_is(const struct thing *t, int doc, int what, const char *p)
{
	switch (what) {
	case SIZE: return number(p, t->size);
	case SCORE: return number(p, t->score);
	case COUNT: return number(p, t->count);
	case STATUS: return strcmp(p, words[STATUS][t->status]) == 0;
	case PARENT: return p[1] - '0' == t->parent;
	case TOS: return number(p, t->tos);
	default:
		for (int i = 0; i < t->n[what]; i++)
			if (text_is(doc, what, p, t->text[what][i]))
				return YES;
		return t->cut[what] ? UNKNOWN : NO;
	}
}

static enum truth
set_is(const struct set *s, const struct thing *t, int doc, int what)
{
	int positive = 0, count[2][3] = { { 0 } };
	static const bool apart[WHATS] = { [COUNT] = true, [TYPES] = true,
		[HEADER] = true };

	if (!s->given)
		return YES;
	if ((!t->whole && apart[what]) || (what == TOS && t->tos < 0))
		return UNKNOWN;
	for (int i = 0; i < s->n; i++) {
		positive += !s->v[i].negative;
		count[s->v[i].negative][value_is(t, doc, what,
		    s->v[i].text)]++;
	}
	if (count[1][YES] > 0 || (positive > 0 && count[0][YES] +
	    count[0][UNKNOWN] == 0))
		return NO;
	if (count[1][UNKNOWN] > 0 || (positive > 0 && count[0][YES] == 0))
		return UNKNOWN;
	return YES;
}

static enum truth
flag_is(int want, bool is, const struct thing *t)
{
	if (want < 0)
		return YES;
	return !t->whole ? UNKNOWN : is == (want != 0);
}

static enum truth
holds(const struct acl *a, const struct thing *t, int doc)
{
	enum truth all[WHATS + 3];
	struct thing by = *t;
	bool unknown = false;

	if (doc && a->order > 0)
		by.text[TYPES][0] = t->ordered[a->order];
	for (int w = 0; w < WHATS; w++)
		all[w] = set_is(&a->set[w], &by, doc, w);
	all[WHATS] = a->direction < 0 || a->direction == t->direction;
	all[WHATS + 1] = flag_is(a->encrypted, t->encrypted, t);
	/* a password may be where nobody looked */
	if (a->encrypted >= 0 && !t->encrypted && t->cut[VIRUS])
		all[WHATS + 1] = UNKNOWN;
	all[WHATS + 2] = flag_is(a->malformed, t->malformed, t);
	for (int i = 0; i < WHATS + 3; i++)
		if (all[i] == NO)
			return NO;
	for (int i = 0; i < WHATS + 3; i++)
		unknown |= all[i] == UNKNOWN;
	return unknown ? UNKNOWN : YES;
}

/* The row, -1 none, -2 undecided. */
static int
choose(const struct thing *t, int doc)
{
	for (int i = 0; i < acls[doc]; i++)
		switch (holds(&policy[doc][i], t, doc)) {
		case YES: return i;
		case UNKNOWN: return -2;
		case NO: break;
		}
	return -1;
}

/* ---- the proxy's -------------------------------------------------------- */

static struct str texts[WHATS][VALUES];

static struct acl_list
list(const struct thing *t, int what)
{
	struct acl_list l;

	for (int i = 0; i < t->n[what]; i++)
		texts[what][i] = str_c(t->text[what][i]);
	l = acl_list_of(texts[what], (uint32_t)t->n[what]);
	l.cut = t->cut[what];
	return l;
}

static struct str
subject(const struct acl_list *l, uint32_t i)
{
	(void)l, (void)i;
	return STR("subject");
}

/* Is it this order, by the letters its methods begin with? */
static bool
is_order(const struct conf_methods *m, const char *order)
{
	static const char letters[CONF_METHODS] = {
		[CONF_BY_CONTENT_TYPE] = 'c', [CONF_BY_EXTENSION] = 'e',
		[CONF_BY_MAGIC] = 'm' };
	uint8_t n = 0;

	for (const char *p = order; p != NULL; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (n >= m->n || letters[m->method[n++]] != *p)
			return false;
	}
	return n == m->n;
}

/* What a worker tells: a type for each order that the cache lists. */
static struct acl_list
ordered(const struct conf *c, const struct thing *t)
{
	static struct str types[CONF_TYPE_ORDERS];
	uint32_t n = c->main->type_orders.n;

	for (uint32_t i = 0; i < n && i < CONF_TYPE_ORDERS; i++) {
		const struct conf_type_order *o = CONF_AT(c,
		    struct conf_type_order, c->main->type_orders, i);

		types[i] = STR("not/known");
		for (int k = 1; k < ORDERS; k++)
			if (is_order(&o->methods, orders[k]) &&
			    o->directions >> t->direction & 1)
				types[i] = str_c(t->ordered[k]);
	}
	return acl_list_of(types, n);
}

static void
ask(const struct acl_rules *rules, const struct thing *t, int doc,
    struct acl_result *r)
{
	uint64_t effort = ACL_EFFORT;
	uint32_t spam = t->score < 0 ? CONF_SPAM_UNKNOWN : (uint32_t)t->score;
	const struct acl_mail_facts m = {
		.effort = &effort, .spam = spam, .virus = (uint8_t)t->status,
		.why = t->whole ? NULL : "it is too deep",
		.size = (uint64_t)t->size, .docs = (uint32_t)t->count,
		.encrypted = t->encrypted, .malformed = t->malformed,
		.archives_cut = t->cut[VIRUS],
		.virus_names = list(t, VIRUS), .types = list(t, TYPES),
		.fields = { .n = (uint32_t)t->n[HEADER], .at = subject,
		    .cut = t->cut[HEADER] },
		.values = list(t, HEADER),
	};
	const struct acl_doc_facts d = {
		.effort = &effort, .spam = spam, .virus = (uint8_t)t->status,
		.encrypted = t->encrypted,
		.size = (uint64_t)t->size, .depth = (uint32_t)t->count,
		.type = str_c(t->n[TYPES] ? t->text[TYPES][0] : ""),
		.ordered = ordered(rules->c, t),
		.declared = STR(""), .names = list(t, NAMES),
		.members = list(t, VIRUS),
	};

	if (doc)
		acl_doc(rules, &d, r);
	else
		acl_mail(rules, &m, r);
}

static unsigned long outcomes[4];	/* accepted, denied, none, undecided */

static bool
judge(const struct conf *c, struct arena *arena, int doc)
{
	struct thing t;
	struct acl_facts f = { .user = STR_NULL };
	struct acl_rules rules;
	struct acl_result r;
	int want, got;

	happen(&t, doc);
	f.tos_known = t.tos >= 0;
	f.tos = (uint8_t)(t.tos >= 0 ? t.tos : 0);
	acl_facts_judged(&f, c, CONF_AT(c, struct conf_command_acl,
	    c->main->command_acls, (uint32_t)t.parent));
	(doc ? acl_doc_rules : acl_mail_rules)(c, &f, t.direction ?
	    CONF_UPLOAD : CONF_DOWNLOAD, arena, &rules);
	ask(&rules, &t, doc, &r);
	want = choose(&t, doc);
	got = r.reason != NULL ? -2 : r.row;
	outcomes[want == -2 ? 3 : want == -1 ? 2 : policy[doc][want].deny]++;
	if (got == want && r.deny == (want < 0 || policy[doc][want].deny))
		return true;
	tap_diag("%s: %d (%s), wanted %d", doc ? "doc" : "mail", got,
	    r.reason ? r.reason : "", want);
	tap_diag("size %ld score %ld count %ld status %d direction %d parent "
	    "%d tos %d", t.size, t.score, t.count, t.status, t.direction,
	    t.parent, t.tos);
	return false;
}

static bool
round_trip(const struct conf *c)
{
	struct compile_result r;
	char *text = print(c, false);
	struct conf back;
	bool good;

	must(text, &r, &back);
	good = c->head->tables_end == back.head->tables_end &&
	    memcmp(c->map + sizeof *c->head, back.map + sizeof *c->head,
	    c->head->tables_end - sizeof *c->head) == 0;
	conf_close(&back);
	compile_free(&r);
	free(text);
	return good;
}

static bool
try(unsigned long n, unsigned long mails, unsigned *trips)
{
	struct compile_result r;
	struct arena arena;
	struct conf c;
	bool good = true;
	char *text;

	dice_seed = (n + 1) * 0x9e3779b97f4a7c15;
	think();
	text = text_of_policy();
	must(text, &r, &c);
	for (unsigned long i = 0; i < mails && good; i++) {
		arena_init(&arena, 1 << 16, NULL, NULL);
		good = judge(&c, &arena, 0) && judge(&c, &arena, 1);
		arena_fini(&arena);
	}
	if (!good)
		tap_diag("policy %lu:\n%s", n, text);
	*trips += good && round_trip(&c);
	conf_close(&c);
	compile_free(&r);
	free(text);
	return good;
}

int
main(int argc, char **argv)
{
	unsigned long policies = argc > 1 ? strtoul(argv[1], NULL, 10) :
	    POLICIES;
	unsigned long mails = argc > 2 ? strtoul(argv[2], NULL, 10) : MAILS;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned good = 0, trips = 0;

	for (unsigned long i = first; i < first + policies && good == i -
	    first; i++)
		good += try(i, mails, &trips);
	tap_ok(good == policies, "%u of %lu policies choose for %lu mails and "
	    "documents each what they say", good, policies, mails);
	tap_int(good, trips, "and compile to the same octets when printed");
	tap_diag("accepted %lu, denied %lu, no ACL %lu, undecided %lu",
	    outcomes[0], outcomes[1], outcomes[2], outcomes[3]);
	tap_ok(outcomes[0] > outcomes[2] / 4 && outcomes[1] > 0 &&
	    outcomes[2] > 0 && outcomes[3] > 0, "every outcome was met");
	return tap_done();
}
