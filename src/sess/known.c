#include <assert.h>

#include "known.h"
#include "talk.h"

static_assert((int)MAIL_VIRUS_FOUND == CONF_VIRUS_FOUND &&
    (int)MAIL_VIRUS_FREE == CONF_VIRUS_FREE &&
    (int)MAIL_VIRUS_SKIPPED == CONF_VIRUS_SKIPPED &&
    (int)MAIL_VIRUS_UNKNOWN == CONF_VIRUS_UNKNOWN &&
    (int)MAIL_VIRUS_ERROR == CONF_VIRUS_ERROR, "both say the same");
static_assert((int)MAIL_DOWNLOAD == CONF_DOWNLOAD &&
    (int)MAIL_UPLOAD == CONF_UPLOAD, "both say the same");

static bool
is_doc(const struct mail_part *p)
{
	return p->kind != MAIL_MULTIPART;
}

static struct str
type_at(const struct acl_list *l, uint32_t i)
{
	const struct known *k = l->from;

	return mail_index_str(k->x, mail_index_part(k->x,
	    k->docs[i])->identified);
}

static struct str
value_at(const struct acl_list *l, uint32_t i)
{
	const struct known *k = l->from;
	const struct mail_value *v = mail_index_value(k->x, i);

	if (v == NULL)
		return STR_NULL;
	return mail_index_str(k->x, l->ref ? v->value : v->name);
}

/* A list of strings in the index; ref: where it is. */
static struct str
listed_at(const struct acl_list *l, uint32_t i)
{
	struct mail_ref r = { (uint32_t)l->ref, l->n };

	return mail_index_listed(l->from, r, i);
}

static struct acl_list
listed(const struct mail_index *x, struct mail_ref r, bool cut)
{
	return (struct acl_list){ .n = r.n, .cut = cut, .at = listed_at,
	    .from = x, .ref = r.off };
}

static struct acl_list
virus_names(struct known *k)
{
	const struct mail_result *r;
	uint32_t n = 0;
	bool cut = false;
	struct acl_list l;

	for (uint32_t i = 0; (r = mail_index_result(k->x, i)) != NULL; i++) {
		if (r->name.n == 0)
			continue;
		cut = n == KNOWN_VIRUSES;
		if (!cut)
			k->viruses[n++] = mail_index_str(k->x, r->name);
	}
	l = acl_list_of(k->viruses, n);
	l.cut = cut;
	return l;
}

static uint32_t
spam(const struct mail_index *x)
{
	return x->head->spam == MAIL_SPAM_UNKNOWN ? CONF_SPAM_UNKNOWN :
	    x->head->spam < 0 ? 0 : (uint32_t)x->head->spam;
}

void
known_mail(struct known *k, uint64_t *effort, uint64_t size,
    struct acl_mail_facts *m_r)
{
	const struct mail_index_head *h = k->x->head;

	*m_r = (struct acl_mail_facts){
		.effort = effort, .spam = spam(k->x), .virus = h->virus,
		.size = size, .docs = k->ndocs,
		.encrypted = h->marks & MAIL_ENCRYPTED,
		.malformed = h->marks & MAIL_MALFORMED,
		.archives_cut = h->marks & MAIL_ARCHIVE_CUT,
		.virus_names = virus_names(k),
		.types = { k->ndocs, false, type_at, k, 0 },
		.fields = { h->values.n, false, value_at, k, 0 },
		.values = { h->values.n, false, value_at, k, 1 },
	};
}

void
known_doc(const struct known *k, uint32_t i, uint64_t *effort,
    struct acl_doc_facts *d_r)
{
	const struct mail_part *p = mail_index_part(k->x, k->docs[i]);

	*d_r = (struct acl_doc_facts){
		.effort = effort, .spam = spam(k->x),
		.virus = k->suspect ? CONF_VIRUS_FOUND : p->virus,
		.encrypted = p->marks & MAIL_ENCRYPTED,
		.depth = p->depth, .size = p->decoded,
		.type = mail_index_str(k->x, p->identified),
		.ordered = listed(k->x, p->ordered, false),
		.declared = mail_index_str(k->x, p->declared),
		.names = listed(k->x, p->names,
		    p->marks & MAIL_NAMES_CUT),
		.members = listed(k->x, p->members,
		    p->marks & MAIL_ARCHIVE_CUT),
	};
}

void
known_open(struct known *k, const struct mail_index *x, struct arena *a)
{
	uint32_t n = mail_index_parts(x);
	uint32_t *docs = arena_alloc(a, (n + 1) * sizeof *docs);

	*k = (struct known){ .x = x, .docs = docs,
	    .suspect = x->head->virus == MAIL_VIRUS_FOUND };
	for (uint32_t i = 0; i < n; i++) {
		const struct mail_part *p = mail_index_part(x, i);
		bool found = p->virus == MAIL_VIRUS_FOUND;

		if (!is_doc(p)) {
			k->hidden |= found;
			continue;
		}
		docs[k->ndocs++] = i;
		k->suspect &= !found;
	}
	k->hidden |= k->suspect;
}
