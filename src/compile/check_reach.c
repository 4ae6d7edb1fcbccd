/* ACLs that no connection can reach, and listeners that nobody serves. */

#include "check.h"

enum {
	/*
	 * Every pair is compared: half a million.  Longer policies are made
	 * by programs.
	 */
	SHADOW_MAX = 1000,
};

/* ---- does a hold wherever b does? ---------------------------------------- */

static const struct conf_range *
range(const struct check *ck, struct conf_ref r, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_range, r, i);
}

static bool
in_ranges(const struct check *ck, struct conf_ref wide,
    const struct conf_range *r)
{
	for (uint32_t i = 0; i < wide.n; i++) {
		const struct conf_range *w = range(ck, wide, i);

		if (memcmp(w->lo, r->lo, 16) <= 0 &&
		    memcmp(w->hi, r->hi, 16) >= 0)
			return true;
	}
	return false;
}

static bool
meets_ranges(const struct check *ck, struct conf_ref some,
    const struct conf_range *r)
{
	for (uint32_t i = 0; i < some.n; i++) {
		const struct conf_range *s = range(ck, some, i);

		if (memcmp(s->lo, r->hi, 16) <= 0 &&
		    memcmp(s->hi, r->lo, 16) >= 0)
			return true;
	}
	return false;
}

/* Is there a host name without '!'?  They come first. */
static bool
has_host(const struct check *ck, const struct conf_addrset *s)
{
	const struct conf_host_use *u = CONF_AT(&ck->conf,
	    struct conf_host_use, s->hosts, 0);

	return u != NULL && !u->negative;
}

/*
 * What a host name resolves to is not known here: one in a may leave anything
 * out, a positive one in b may add anything.
 */
static bool
addresses_cover(const struct check *ck, const struct conf_addrset *a,
    const struct conf_addrset *b)
{
	const struct conf_range *r;

	if (a->hosts.n > 0)
		return false;
	if (a->pos.n > 0 && (b->pos.n == 0 || has_host(ck, b)))
		return false;
	for (uint32_t i = 0; a->pos.n > 0 && i < b->pos.n; i++)
		if (!in_ranges(ck, a->pos, range(ck, b->pos, i)))
			return false;
	/* what a leaves out, b leaves out as well, or never had */
	for (uint32_t i = 0; i < a->neg.n; i++) {
		r = range(ck, a->neg, i);
		if (!in_ranges(ck, b->neg, r) &&
		    (b->pos.n == 0 || meets_ranges(ck, b->pos, r)))
			return false;
	}
	return true;
}

static bool
has_title(const struct check *ck, const struct conf_strset *s,
    struct str title, bool negative)
{
	for (uint32_t i = 0; i < s->values.n; i++) {
		const struct conf_strval *v = CONF_AT(&ck->conf,
		    struct conf_strval, s->values, i);

		if (!v->negative == !negative &&
		    str_eq(conf_str(&ck->conf, v->text), title))
			return true;
	}
	return false;
}

static bool
any_positive(const struct check *ck, const struct conf_strset *s)
{
	for (uint32_t i = 0; i < s->values.n; i++)
		if (!CONF_AT(&ck->conf, struct conf_strval, s->values,
		    i)->negative)
			return true;
	return false;
}

/* Does a set of titles hold for this one? */
static bool
holds(const struct check *ck, const struct conf_strset *s, struct str title)
{
	return !has_title(ck, s, title, true) &&
	    (!any_positive(ck, s) || has_title(ck, s, title, false));
}

static bool
titles_cover(const struct check *ck, const struct conf_strset *a,
    const struct conf_strset *b)
{
	bool named = any_positive(ck, b);
	const struct conf_strset *s = named ? b : a;

	if (!named && any_positive(ck, a))
		return false;
	for (uint32_t i = 0; i < s->values.n; i++) {
		const struct conf_strval *v = CONF_AT(&ck->conf,
		    struct conf_strval, s->values, i);
		struct str title = conf_str(&ck->conf, v->text);

		if (named ? holds(ck, b, title) && !holds(ck, a, title) :
		    !has_title(ck, b, title, true))
			return false;
	}
	return true;
}

/*
 * Certificates, users, times and TOS are not compared: they may always
 * differ.
 */
static bool
covers(const struct check *ck, const struct conf_conditions *a,
    const struct conf_conditions *b)
{
	return !a->client_cert.given && a->time.n == 0 &&
	    !a->time_set.given && !a->ip_tos_from.given &&
	    !a->user.given && !a->group.given &&
	    (a->transparent == CONF_TRI_UNSET ||
	    a->transparent == b->transparent) &&
	    titles_cover(ck, &a->listener, &b->listener) &&
	    titles_cover(ck, &a->parent, &b->parent) &&
	    addresses_cover(ck, &a->from, &b->from) &&
	    addresses_cover(ck, &a->to, &b->to) &&
	    addresses_cover(ck, &a->server, &b->server);
}

/* ---- ACLs ---------------------------------------------------------------- */

static const struct conf_conditions *
when(const struct check *ck, bool session, uint32_t i, const char **title_r)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *c;

	if (session) {
		s = CONF_AT(&ck->conf, struct conf_session_acl,
		    ck->m->session_acls, i);
		*title_r = conf_cstr(&ck->conf, s->name);
		return &s->when;
	}
	c = CONF_AT(&ck->conf, struct conf_command_acl, ck->m->command_acls,
	    i);
	*title_r = conf_cstr(&ck->conf, c->name);
	return &c->when;
}

static void
check_shadows(struct check *ck, bool session)
{
	const char *kind = session ? "session-acl" : "command-acl";
	uint32_t n = session ? ck->m->session_acls.n : ck->m->command_acls.n;
	const struct conf_conditions *b;
	const char *before, *title;

	for (uint32_t i = 1; i < n && i < SHADOW_MAX; i++) {
		b = when(ck, session, i, &title);
		for (uint32_t j = 0; j < i; j++) {
			if (!covers(ck, when(ck, session, j, &before), b))
				continue;
			CHECK_WARN(ck, check_node(ck, kind, i), "", "never "
			    "chosen: %s \"%s\" before it matches whatever "
			    "this one would", kind, before);
			break;
		}
	}
}

/* ---- from phase to phase ------------------------------------------------- */

static const struct conf_session_acl *
session_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_session_acl,
	    ck->m->session_acls, i);
}

static const struct conf_strset *
parents(const struct check *ck, uint32_t i)
{
	return &CONF_AT(&ck->conf, struct conf_command_acl,
	    ck->m->command_acls, i)->when.parent;
}

/* A command-acl may be for this session-acl. */
static bool
goes_on(const struct check *ck, const struct conf_session_acl *s)
{
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++)
		if (holds(ck, parents(ck, i), conf_str(&ck->conf, s->name)))
			return true;
	return false;
}

/* A session-acl that accepts may come before this command-acl. */
static bool
comes_from(const struct check *ck, uint32_t row)
{
	for (uint32_t i = 0; i < ck->m->session_acls.n; i++)
		if (!session_acl(ck, i)->deny && holds(ck, parents(ck, row),
		    conf_str(&ck->conf, session_acl(ck, i)->name)))
			return true;
	return false;
}

static void
check_parents(struct check *ck)
{
	bool some = false;

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		some = some || !session_acl(ck, i)->deny;
		if (!session_acl(ck, i)->deny &&
		    !goes_on(ck, session_acl(ck, i)))
			CHECK_WARN(ck, check_node(ck, "session-acl", i), "",
			    "no command-acl is for its connections: all are "
			    "rejected");
	}
	for (uint32_t i = 0; some && i < ck->m->command_acls.n; i++)
		if (parents(ck, i)->given && !comes_from(ck, i))
			CHECK_WARN(ck, check_node(ck, "command-acl", i),
			    "parent", "never holds: the session-acls it "
			    "admits deny");
}

/* ---- listeners ----------------------------------------------------------- */

static bool
served(const struct check *ck, struct str title, enum conf_tri transparent)
{
	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		const struct conf_session_acl *s = session_acl(ck, i);

		if ((s->when.transparent == CONF_TRI_UNSET ||
		    s->when.transparent == transparent) &&
		    holds(ck, &s->when.listener, title))
			return true;
	}
	return false;
}

static void
check_served(struct check *ck, const char *kind, enum conf_tri transparent)
{
	const struct conf_section *on = conf_section_find(&conf_vocabulary,
	    "listen-on");
	const struct tree_node *in = tree_section(ck->root, on, NULL), *n;
	const struct conf_section *def = conf_section_find(on, kind);

	n = in ? tree_section(in, def, NULL) : NULL;
	for (; n != NULL; n = tree_section(in, def, n))
		if (!served(ck, str_c(n->title), transparent))
			CHECK_WARN(ck, n, "", "no session-acl is for this "
			    "listener: every connection to it is rejected");
}

void
check_reach(struct check *ck)
{
	check_shadows(ck, true);
	check_shadows(ck, false);
	/* a parent that is wrong is no parent */
	if (ck->m->command_acls.n > 0 && ck->report->errors == 0)
		check_parents(ck);
	if (ck->m->session_acls.n == 0)
		return;
	check_served(ck, "non-transparent", CONF_TRI_NO);
	check_served(ck, "transparent", CONF_TRI_YES);
}
