#include "addrset.h"
#include "facts.h"

static bool
listener_has(const struct conf_listener *l, const struct addr *to, bool any)
{
	struct addr a = { .port = 0 };

	memcpy(a.ip, l->ip, sizeof a.ip);
	return to->port >= l->port && to->port <= l->port_to &&
	    addr_none(&a) == any && (any || addr_same(&a, to));
}

static const struct conf_transparent *
transparent_at(const struct conf *c, uint32_t i)
{
	return CONF_AT(c, struct conf_transparent, c->main->transparents, i);
}

static struct str
caught_by(const struct conf *c, const struct addr *to)
{
	const struct conf_transparent *t;

	for (uint32_t i = 0; (t = transparent_at(c, i)) != NULL; i++)
		if (to->port >= t->port && to->port <= t->port_to &&
		    addrset_has(c, &t->address, to) == ACL_HOLDS)
			return conf_str(c, t->name);
	return STR("");
}

/* The first listener of this address and port. */
static const struct conf_listener *
listener_at(const struct conf *c, const struct addr *to, bool any)
{
	struct conf_ref table = c->main->listeners;

	for (uint32_t i = 0; i < table.n; i++) {
		const struct conf_listener *l = CONF_AT(c,
		    struct conf_listener, table, i);

		if (l == NULL)
			break;
		if (listener_has(l, to, any))
			return l;
	}
	return NULL;
}

struct str
acl_facts_listener(const struct conf *c, const struct addr *to,
    bool transparent)
{
	const struct conf_listener *l;

	if (transparent)
		return caught_by(c, to);
	l = listener_at(c, to, false);
	if (l == NULL)
		l = listener_at(c, to, true);
	return l != NULL ? conf_str(c, l->name) : STR("");
}

bool
acl_facts_own(const struct conf *c, const struct addr *a, bool *any_r)
{
	const struct conf_transparent *t;

	*any_r = false;
	if (listener_at(c, a, false) != NULL)
		return true;
	*any_r = true;
	for (uint32_t i = 0; (t = transparent_at(c, i)) != NULL; i++)
		if (t->listen_port == a->port)
			return true;
	return listener_at(c, a, true) != NULL;
}

int32_t
acl_facts_auth(const struct conf *c, const struct conf_session_acl *chosen)
{
	return chosen == NULL || chosen->auth == CONF_AUTH_INHERIT ?
	    c->main->auth : chosen->auth;
}

static void
chosen(struct acl_facts *f, const struct conf *c, struct conf_ref acl,
    struct conf_ref plug_to)
{
	static const uint8_t name[16];
	const struct conf_target *t;

	f->parent = conf_str(c, acl);
	t = CONF_AT(c, struct conf_target, plug_to, 0);
	if (t == NULL)
		return;
	f->server = (struct addr){ .port = t->port };
	memcpy(f->server.ip, t->ip, sizeof t->ip);
	f->server_is_name = memcmp(t->ip, name, sizeof name) == 0;
	f->server_host = (int)t->host_row - 1;
}

void
acl_facts_chosen(struct acl_facts *f, const struct conf *c,
    const struct conf_session_acl *acl)
{
	chosen(f, c, acl->name, acl->plug_to);
}

void
acl_facts_judged(struct acl_facts *f, const struct conf *c,
    const struct conf_command_acl *acl)
{
	chosen(f, c, acl->name, acl->plug_to);
}
