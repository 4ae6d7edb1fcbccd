#include <string.h>

#include "list.h"

static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789_-";
static const char iface_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789_.@:+-";

/* ---- making -------------------------------------------------------------- */

/* Ranges of a set to the end of the list's; how many, or -1: no room. */
static int
put_ranges(struct list *l, const struct conf *c, struct conf_ref ref)
{
	for (uint32_t i = 0; i < ref.n; i++) {
		const struct conf_range *r = CONF_AT(c, struct conf_range,
		    ref, i);

		if (r == NULL || l->nranges == LIST_RANGES)
			return -1;
		memcpy(l->ranges[l->nranges].lo, r->lo, sizeof r->lo);
		memcpy(l->ranges[l->nranges++].hi, r->hi, sizeof r->hi);
	}
	return (int)ref.n;
}

static const char *
put_catch(struct list *l, const struct conf *c,
    const struct conf_transparent *t)
{
	struct str iface = conf_str(c, t->iface);
	struct list_catch *k = &l->catches[l->ncatches];
	int npos, nneg;

	if (l->ncatches == LIST_CATCHES)
		return "more than 64 transparent sections";
	if (iface.n >= sizeof k->iface)
		return "an interface's name is too long";
	*k = (struct list_catch){ .port = t->port, .port_to = t->port_to,
	    .listen_port = t->listen_port, .block = t->block != 0, .active = 1,
	    .tproxy = t->mode == CONF_CATCH_TPROXY,
	    .first = (uint16_t)l->nranges };
	if (iface.n > 0)
		memcpy(k->iface, iface.p, iface.n);
	npos = put_ranges(l, c, t->address.pos);
	nneg = npos < 0 ? -1 : put_ranges(l, c, t->address.neg);
	if (nneg < 0)
		return "more than 512 ranges in 'address' of all transparent "
		    "sections";
	k->npos = (uint16_t)npos;
	k->nneg = (uint16_t)nneg;
	l->ncatches++;
	return NULL;
}

static bool
uses_foreign(const struct conf *c)
{
	const struct conf_session_acl *a;

	for (uint32_t i = 0; (a = CONF_AT(c, struct conf_session_acl,
	    c->main->session_acls, i)) != NULL; i++)
		if (a->source.mode == CONF_SOURCE_CLIENT)
			return true;
	return false;
}

int
list_make(struct list *l_r, const struct conf *c, const char **why_r)
{
	struct str name = conf_str(c, c->main->name);
	const struct conf_transparent *t;

	memset(l_r, 0, sizeof *l_r);
	l_r->version = LIST_VERSION;
	l_r->uid = c->main->uid;
	l_r->foreign = uses_foreign(c);
	*why_r = NULL;
	if (name.n >= sizeof l_r->name)
		*why_r = "the configuration's name is too long";
	else
		memcpy(l_r->name, name.p, name.n);
	for (uint32_t i = 0; *why_r == NULL && (t = CONF_AT(c,
	    struct conf_transparent, c->main->transparents, i)) != NULL; i++)
		*why_r = put_catch(l_r, c, t);
	return *why_r == NULL ? 0 : -1;
}

void
list_listening(struct list *l, const uint16_t *ports, size_t n)
{
	for (uint32_t i = 0; i < l->ncatches; i++) {
		l->catches[i].active = 0;
		for (size_t j = 0; j < n; j++)
			if (ports[j] == l->catches[i].listen_port)
				l->catches[i].active = 1;
	}
}

/* ---- checking ------------------------------------------------------------ */

/* All of a field, to its end, is text of these and then zeros. */
static bool
text_of(const char *p, size_t size, const char *chars, bool star)
{
	size_t n = strnlen(p, size), good;

	if (n == size)
		return false;
	good = strspn(p, chars);
	return good == n || (star && good + 1 == n && p[good] == '*');
}

static bool
ranges_hold(const struct list *l, const struct list_catch *k)
{
	for (unsigned i = 0; i < (unsigned)k->npos + k->nneg; i++) {
		const struct list_range *r = &l->ranges[k->first + i];

		if (memcmp(r->lo, r->hi, sizeof r->lo) > 0)
			return false;
	}
	return true;
}

static bool
catch_holds(const struct list *l, const struct list_catch *k)
{
	return text_of(k->iface, sizeof k->iface, iface_chars, true) &&
	    k->port > 0 && k->port <= k->port_to && k->listen_port > 0 &&
	    k->tproxy <= 1 && k->block <= 1 && k->active <= 1 &&
	    (uint32_t)k->first + k->npos + k->nneg <= l->nranges &&
	    /* an exception of nobody would catch our own */
	    (strcmp(k->iface, "lo") != 0 || l->uid != UINT32_MAX) &&
	    ranges_hold(l, k);
}

bool
list_check(const struct list *l, size_t n)
{
	if (n != sizeof *l || l->version != LIST_VERSION || l->foreign > 1 ||
	    l->ncatches > LIST_CATCHES || l->nranges > LIST_RANGES ||
	    l->name[0] == '\0' ||
	    !text_of(l->name, sizeof l->name, name_chars, false))
		return false;
	for (uint32_t i = 0; i < l->ncatches; i++)
		if (!catch_holds(l, &l->catches[i]))
			return false;
	return true;
}

bool
list_blocks(const struct list *l)
{
	for (uint32_t i = 0; i < l->ncatches; i++)
		if (l->catches[i].block)
			return true;
	return false;
}

bool
list_needs_route(const struct list *l)
{
	for (uint32_t i = 0; i < l->ncatches; i++)
		if (l->catches[i].tproxy)
			return true;
	return l->foreign;
}
