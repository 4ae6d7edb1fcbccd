#include <stdio.h>

#include "certmatch.h"
#include "mail.h"
#include "numset.h"
#include "regex.h"
#include "strset.h"
#include "vis.h"

enum {
	/*
	 * Values of one field that bring an expression to its limit, each some
	 * 10 ms: what comes behind them is not looked at.
	 */
	LIMITS_REACHED = 3,
};

static const char damaged[] = "the cache is damaged";

/* ---- lists -------------------------------------------------------------- */

static struct str
of_array(const struct acl_list *l, uint32_t i)
{
	return ((const struct str *)l->from)[i];
}

struct acl_list
acl_list_of(const struct str *texts, uint32_t n)
{
	return (struct acl_list){ .n = n, .at = of_array, .from = texts };
}

/* What a glob is compared with. */
struct compared {
	const struct acl_list *list;
	uint64_t *effort;
	const char *cut;	/* why there may be others */
	bool (*same)(struct str pattern, struct str text);
};

/* Is there anything left to compare them with? */
static bool
pay(uint64_t *effort, struct str pattern, struct str text)
{
	/* size: both come from 32-bit lengths */
	uint64_t cost = 1 + (uint64_t)text.n * pattern.n;

	if (cost > *effort) {
		*effort = 0;
		return false;
	}
	*effort -= cost;
	return true;
}

static enum acl_truth
any_of(struct str pattern, const void *value, const char **why_r)
{
	const struct compared *v = value;

	for (uint32_t i = 0; i < v->list->n; i++) {
		struct str text = v->list->at(v->list, i);

		if (!pay(v->effort, pattern, text)) {
			*why_r = "there is too much of it to compare";
			return ACL_UNDECIDED;
		}
		if (v->same(pattern, text))
			return ACL_HOLDS;
	}
	if (!v->list->cut)
		return ACL_FAILS;
	*why_r = v->cut;
	return ACL_UNDECIDED;
}

static enum acl_truth
list_in(const struct conf *c, const struct conf_strset *s,
    const struct compared *v, const char **why_r)
{
	return strset_walk(c, s, any_of, v, why_r);
}

static bool
same_glob(struct str pattern, struct str text)
{
	return str_glob(pattern, text, true);
}

static bool
same_type(struct str pattern, struct str text)
{
	if (str_eq(pattern, STR(CONF_NO_TYPE)))
		return text.n == 0;
	return str_glob(pattern, text, true);
}

/* Windows drops blanks and dots at the end of a name. */
static bool
same_name(struct str pattern, struct str text)
{
	if (str_glob(pattern, text, true))
		return true;
	while (text.n > 0 && (text.p[text.n - 1] == ' ' ||
	    text.p[text.n - 1] == '.'))
		text.n--;
	return str_glob(pattern, text, true);
}

/* ---- what both ask ------------------------------------------------------ */

static const char not_all[] = "not all members of the archive were looked at";

/* What was not looked at of archives may have one. */
static enum acl_truth
has_password(uint8_t want, bool is, bool cut, const char **why_r)
{
	if (want == CONF_TRI_UNSET)
		return ACL_HOLDS;
	if (!is && cut) {
		*why_r = not_all;
		return ACL_UNDECIDED;
	}
	return is == (want == CONF_TRI_YES) ? ACL_HOLDS : ACL_FAILS;
}

static enum acl_truth
number_in(const struct conf *c, const struct conf_numset *s, uint64_t n,
    const char **why_r)
{
	enum acl_truth t = numset_has(c, s, n);

	if (t == ACL_UNDECIDED)
		*why_r = damaged;
	return t;
}

static enum acl_truth
status_in(uint8_t bits, uint8_t virus)
{
	return bits == 0 || (virus < CONF_VIRUSES && bits >> virus & 1) ?
	    ACL_HOLDS : ACL_FAILS;
}

/* ---- mails -------------------------------------------------------------- */

static enum acl_truth
mail_size(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	return number_in(c, &a->size, m->size, why_r);
}

static enum acl_truth
mail_virus_status(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	(void)c, (void)why_r;
	return status_in(a->virus_status, m->virus);
}

static enum acl_truth
mail_spam_score(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	return number_in(c, &a->spam_score, m->spam, why_r);
}

/* Is a condition written that nobody can answer? */
static bool
unknown(bool given, const struct acl_mail_facts *m, const char **why_r)
{
	if (!given || m->why == NULL)
		return false;
	*why_r = m->why;
	return true;
}

static enum acl_truth
mail_doc_count(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	if (unknown(a->doc_count.given, m, why_r))
		return ACL_UNDECIDED;
	return number_in(c, &a->doc_count, m->docs, why_r);
}

static enum acl_truth
tri(uint8_t want, bool is, const struct acl_mail_facts *m,
    const char **why_r)
{
	if (want == CONF_TRI_UNSET)
		return ACL_HOLDS;
	if (unknown(true, m, why_r))
		return ACL_UNDECIDED;
	return is == (want == CONF_TRI_YES) ? ACL_HOLDS : ACL_FAILS;
}

static enum acl_truth
mail_encrypted(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	(void)c;
	if (unknown(a->encrypted != CONF_TRI_UNSET, m, why_r))
		return ACL_UNDECIDED;
	return has_password(a->encrypted, m->encrypted, m->archives_cut,
	    why_r);
}

static enum acl_truth
mail_malformed(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	(void)c;
	return tri(a->malformed, m->malformed, m, why_r);
}

static enum acl_truth
mail_virus_name(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	const struct compared v = { &m->virus_names, m->effort,
	    "not all names of viruses are known", same_glob };

	return list_in(c, &a->virus_name, &v, why_r);
}

static enum acl_truth
mail_mime_type(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	const struct compared v = { &m->types, m->effort,
	    "not all types are known", same_type };

	if (unknown(a->mime_type.given, m, why_r))
		return ACL_UNDECIDED;
	return list_in(c, &a->mime_type, &v, why_r);
}

/* ---- headers ------------------------------------------------------------ */

struct field {
	struct str name;
	const struct acl_mail_facts *m;
	const struct regex_engine *re;	/* NULL: cannot be loaded */
};

/* Of all fields of the name, does some value match? */
static enum acl_truth
any_value(struct str pattern, const void *value, const char **why_r)
{
	const struct field *f = value;
	const struct acl_mail_facts *m = f->m;
	enum acl_truth some = ACL_FAILS;
	unsigned limits = 0;

	if (f->re == NULL) {
		*why_r = "regular expressions cannot be loaded";
		return ACL_UNDECIDED;
	}
	for (uint32_t i = 0; i < m->fields.n && i < m->values.n &&
	    some != ACL_HOLDS && limits < LIMITS_REACHED; i++) {
		struct str text = m->values.at(&m->values, i);

		if (!str_ieq(f->name, m->fields.at(&m->fields, i)))
			continue;
		if (!pay(m->effort, pattern, text)) {
			*why_r = "there is too much of it to compare";
			return ACL_UNDECIDED;
		}
		switch (f->re->match(pattern, text, why_r)) {
		case REGEX_MATCH:
			some = ACL_HOLDS;
			break;
		case REGEX_NO:
			break;
		case REGEX_UNDECIDED:
			some = ACL_UNDECIDED;
			limits++;
		}
	}
	if (some != ACL_FAILS || !(m->fields.cut || m->values.cut))
		return some;
	*why_r = "not all of its fields are known";
	return ACL_UNDECIDED;
}

static enum acl_truth
header_in(const struct conf *c, const struct conf_header_match *h,
    const struct acl_mail_facts *m, const char **why_r)
{
	const char *why;
	const struct field f = { conf_str(c, h->name), m,
	    module_get("regex", &why) };

	return strset_walk(c, &h->match, any_value, &f, why_r);
}

enum acl_truth
acl_mail_header(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, uint32_t *row_r, const char **why_r)
{
	enum acl_truth all = ACL_HOLDS;

	for (uint32_t i = 0; i < a->headers.n && all != ACL_FAILS; i++) {
		const struct conf_header_match *h = CONF_AT(c,
		    struct conf_header_match, a->headers, i);
		const char *why = damaged;
		enum acl_truth t = h == NULL ? ACL_UNDECIDED :
		    header_in(c, h, m, &why);

		if (t == ACL_HOLDS || (t == ACL_UNDECIDED && all == t))
			continue;
		all = t;
		*row_r = i;
		*why_r = why;
	}
	return all;
}

static enum acl_truth
mail_header(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, const char **why_r)
{
	uint32_t row;

	if (unknown(a->headers.n > 0, m, why_r))
		return ACL_UNDECIDED;
	return acl_mail_header(c, a, m, &row, why_r);
}

/* Cheap and selective ones first, expressions last. */
const struct acl_mail_matcher acl_mail_matchers[ACL_MAIL_CONDITIONS] = {
	[ACL_MAIL_SIZE] = { "size", mail_size },
	[ACL_MAIL_VIRUS_STATUS] = { "virus-status", mail_virus_status },
	[ACL_MAIL_SPAM_SCORE] = { "spam-score", mail_spam_score },
	[ACL_MAIL_DOC_COUNT] = { "doc-count", mail_doc_count },
	[ACL_MAIL_ENCRYPTED] = { "encrypted", mail_encrypted },
	[ACL_MAIL_MALFORMED] = { "malformed", mail_malformed },
	[ACL_MAIL_VIRUS_NAME] = { "virus-name", mail_virus_name },
	[ACL_MAIL_MIME_TYPE] = { "mime-type", mail_mime_type },
	[ACL_MAIL_HEADER] = { "header", mail_header },
};

/* ---- documents ---------------------------------------------------------- */

static enum acl_truth
doc_size(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	return number_in(c, &a->size, d->size, why_r);
}

static enum acl_truth
doc_virus_status(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	(void)c, (void)why_r;
	return status_in(a->virus_status, d->virus);
}

static enum acl_truth
doc_spam_score(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	return number_in(c, &a->spam_score, d->spam, why_r);
}

static enum acl_truth
doc_depth(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	return number_in(c, &a->depth, d->depth, why_r);
}

static enum acl_truth
type_in(const struct conf *c, const struct conf_strset *s, struct str type,
    const struct acl_doc_facts *d, const char **why_r)
{
	const struct acl_list one = acl_list_of(&type, 1);
	const struct compared v = { &one, d->effort, "", same_type };

	return list_in(c, s, &v, why_r);
}

struct str
acl_doc_type(const struct conf_doc_acl *a, const struct acl_doc_facts *d)
{
	struct str type = d->type;

	if (a->type_order > d->ordered.n)
		return STR_NULL;
	if (a->type_order > 0)
		type = d->ordered.at(&d->ordered, a->type_order - 1u);
	return type.p != NULL ? type : STR("");
}

static enum acl_truth
doc_mime_type(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	struct str type = acl_doc_type(a, d);

	if (a->mime_type.given && type.p == NULL) {
		*why_r = "its type by this order is not known";
		return ACL_UNDECIDED;
	}
	return type_in(c, &a->mime_type, type, d, why_r);
}

static enum acl_truth
doc_declared_type(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	return type_in(c, &a->declared_type, d->declared, d, why_r);
}

static enum acl_truth
doc_file_name(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	const struct compared v = { &d->names, d->effort,
	    "it has more names than are known", same_name };

	return list_in(c, &a->file_name, &v, why_r);
}

static enum acl_truth
doc_archive_member(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	const struct compared v = { &d->members, d->effort,
	    not_all, same_type };

	return list_in(c, &a->archive_member, &v, why_r);
}

static enum acl_truth
doc_encrypted(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, const char **why_r)
{
	(void)c;
	return has_password(a->encrypted, d->encrypted, d->members.cut, why_r);
}

const struct acl_doc_matcher acl_doc_matchers[ACL_DOC_CONDITIONS] = {
	[ACL_DOC_SIZE] = { "size", doc_size },
	[ACL_DOC_VIRUS_STATUS] = { "virus-status", doc_virus_status },
	[ACL_DOC_SPAM_SCORE] = { "spam-score", doc_spam_score },
	[ACL_DOC_DEPTH] = { "depth", doc_depth },
	[ACL_DOC_ENCRYPTED] = { "encrypted", doc_encrypted },
	[ACL_DOC_MIME_TYPE] = { "mime-type", doc_mime_type },
	[ACL_DOC_DECLARED_TYPE] = { "declared-type", doc_declared_type },
	[ACL_DOC_FILE_NAME] = { "file-name", doc_file_name },
	[ACL_DOC_ARCHIVE_MEMBER] = { "archive-member", doc_archive_member },
};

/* ---- all conditions of an ACL ------------------------------------------- */

/* One more of them: false when it fails, which decides. */
static bool
also(enum acl_truth *all, enum acl_truth t, int i, const char *why,
    int *which_r, const char **why_r)
{
	if (t == ACL_HOLDS || (t == ACL_UNDECIDED && *all == t))
		return true;
	*all = t;
	*which_r = i;
	*why_r = why;
	return t != ACL_FAILS;
}

enum acl_truth
acl_mail_when(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_mail_facts *m, enum acl_mail_condition *which_r,
    const char **why_r)
{
	enum acl_truth all = ACL_HOLDS;
	int which = ACL_MAIL_CONDITIONS;

	for (int i = 0; i < ACL_MAIL_CONDITIONS; i++) {
		const char *why = NULL;
		enum acl_truth t = acl_mail_matchers[i].match(c, a, m, &why);

		if (!also(&all, t, i, why, &which, why_r))
			break;
	}
	*which_r = (enum acl_mail_condition)which;
	return all;
}

enum acl_truth
acl_doc_when(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, enum acl_doc_condition *which_r,
    const char **why_r)
{
	enum acl_truth all = ACL_HOLDS;
	int which = ACL_DOC_CONDITIONS;

	for (int i = 0; i < ACL_DOC_CONDITIONS; i++) {
		const char *why = NULL;
		enum acl_truth t = acl_doc_matchers[i].match(c, a, d, &why);

		if (!also(&all, t, i, why, &which, why_r))
			break;
	}
	*which_r = (enum acl_doc_condition)which;
	return all;
}

/* ---- what hangs on the connection --------------------------------------- */

static bool
may_hold(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, uint8_t direction, enum conf_direction d)
{
	enum acl_condition which;
	const char *why;

	return (direction == 0 || direction == d + 1) &&
	    acl_when(c, when, f, &which, &why) != ACL_FAILS;
}

static const struct conf_mail_acl *
mail_acl(const struct conf *c, uint32_t row)
{
	return CONF_AT(c, struct conf_mail_acl, c->main->mail_acls, row);
}

static const struct conf_doc_acl *
doc_acl(const struct conf *c, uint32_t row)
{
	return CONF_AT(c, struct conf_doc_acl, c->main->doc_acls, row);
}

/* A row that is not in the map stays, and rejects when it is asked. */
void
acl_mail_rules(const struct conf *c, const struct acl_facts *f,
    enum conf_direction d, struct arena *arena, struct acl_rules *r_r)
{
	uint32_t n = c->main->mail_acls.n;
	uint32_t *row = arena_alloc(arena, (n + 1) * sizeof *row);

	*r_r = (struct acl_rules){ .c = c, .f = f, .row = row };
	for (uint32_t i = 0; i < n; i++) {
		const struct conf_mail_acl *a = mail_acl(c, i);

		if (a == NULL || may_hold(c, &a->when, f, a->direction, d))
			row[r_r->n++] = i;
		if (a == NULL)
			return;
	}
}

void
acl_doc_rules(const struct conf *c, const struct acl_facts *f,
    enum conf_direction d, struct arena *arena, struct acl_rules *r_r)
{
	uint32_t n = c->main->doc_acls.n;
	uint32_t *row = arena_alloc(arena, (n + 1) * sizeof *row);

	*r_r = (struct acl_rules){ .c = c, .f = f, .row = row };
	for (uint32_t i = 0; i < n; i++) {
		const struct conf_doc_acl *a = doc_acl(c, i);

		if (a == NULL || may_hold(c, &a->when, f, a->direction, d))
			row[r_r->n++] = i;
		if (a == NULL)
			return;
	}
}

/* ---- choosing ----------------------------------------------------------- */

static void
begin(struct acl_result *r)
{
	*r = (struct acl_result){ .row = -1, .deny = true };
}

static void
reject(struct acl_result *r, struct str title, const char *condition,
    const char *why)
{
	char shown[100];

	snprintf(r->text, sizeof r->text, "%s: %s cannot be decided: %s",
	    vis(shown, sizeof shown, title), condition, why);
	r->reason = r->text;
}

static void
reject_damaged(struct acl_result *r)
{
	snprintf(r->text, sizeof r->text, "%s", damaged);
	r->reason = r->text;
}

/*
 * The generic conditions of one whose own hold, or cannot be decided (t): may
 * it be chosen?  If not, r has the reason.
 */
static bool
decided(const struct acl_rules *rules, struct conf_ref name,
    const struct conf_conditions *when, enum acl_truth t,
    const char *condition, const char *why, struct acl_result *r)
{
	struct str title = conf_str(rules->c, name);
	enum acl_condition which;
	const char *generic;

	if (acl_when(rules->c, when, rules->f, &which, &generic) !=
	    ACL_HOLDS)
		reject(r, title, acl_matchers[which].name, generic);
	else if (t != ACL_HOLDS)
		reject(r, title, condition, why);
	return r->reason == NULL;
}

void
acl_mail(const struct acl_rules *rules, const struct acl_mail_facts *m,
    struct acl_result *r_r)
{
	begin(r_r);
	for (uint32_t i = 0; i < rules->n; i++) {
		const struct conf_mail_acl *a = mail_acl(rules->c,
		    rules->row[i]);
		enum acl_mail_condition which;
		const char *why = "";
		enum acl_truth t;

		if (a == NULL) {
			reject_damaged(r_r);
			return;
		}
		t = acl_mail_when(rules->c, a, m, &which, &why);
		if (t == ACL_FAILS)
			continue;
		if (decided(rules, a->name, &a->when, t, t == ACL_HOLDS ? "" :
		    acl_mail_matchers[which].name, why, r_r)) {
			r_r->row = (int)rules->row[i];
			r_r->deny = a->deny;
		}
		return;
	}
}

void
acl_doc(const struct acl_rules *rules, const struct acl_doc_facts *d,
    struct acl_result *r_r)
{
	begin(r_r);
	for (uint32_t i = 0; i < rules->n; i++) {
		const struct conf_doc_acl *a = doc_acl(rules->c,
		    rules->row[i]);
		enum acl_doc_condition which;
		const char *why = "";
		enum acl_truth t;

		if (a == NULL) {
			reject_damaged(r_r);
			return;
		}
		t = acl_doc_when(rules->c, a, d, &which, &why);
		if (t == ACL_FAILS)
			continue;
		if (decided(rules, a->name, &a->when, t, t == ACL_HOLDS ? "" :
		    acl_doc_matchers[which].name, why, r_r)) {
			r_r->row = (int)rules->row[i];
			r_r->deny = a->deny;
		}
		return;
	}
}

/* ---- what they need ----------------------------------------------------- */

void
acl_judged_want(const struct conf *c, const struct acl_facts *f)
{
	const struct conf_mail_acl *m;
	const struct conf_doc_acl *d;
	enum acl_condition which;
	const char *why;

	for (uint32_t i = 0; (m = mail_acl(c, i)) != NULL; i++)
		acl_when(c, &m->when, f, &which, &why);
	for (uint32_t i = 0; (d = doc_acl(c, i)) != NULL; i++)
		acl_when(c, &d->when, f, &which, &why);
}

static bool
cert_patterns(const struct conf *c, const struct conf_conditions *when,
    const struct regex_engine *re)
{
	const struct conf_certmatch *m = &when->client_cert;

	if (re != NULL)
		acl_certmatch_prepare(c, m, re);
	return m->subject.given || m->issuer.given;
}

static bool
header_patterns(const struct conf *c, const struct conf_mail_acl *a,
    const struct regex_engine *re)
{
	const struct conf_header_match *h;

	for (uint32_t i = 0; re != NULL && (h = CONF_AT(c,
	    struct conf_header_match, a->headers, i)) != NULL; i++)
		acl_patterns_prepare(c, &h->match, re);
	return a->headers.n > 0;
}

bool
acl_judged_patterns(const struct conf *c, const struct regex_engine *re)
{
	const struct conf_mail_acl *m;
	const struct conf_doc_acl *d;
	bool some = false;

	for (uint32_t i = 0; (m = mail_acl(c, i)) != NULL; i++) {
		some |= cert_patterns(c, &m->when, re);
		some |= header_patterns(c, m, re);
	}
	for (uint32_t i = 0; (d = doc_acl(c, i)) != NULL; i++)
		some |= cert_patterns(c, &d->when, re);
	return some;
}
