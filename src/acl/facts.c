#include "facts.h"

static bool
listener_has(const struct conf_listener *l, const struct addr *to, bool any)
{
	struct addr a = { .port = 0 };

	memcpy(a.ip, l->ip, sizeof a.ip);
	return to->port >= l->port && to->port <= l->port_to &&
	    addr_none(&a) == any && (any || addr_same(&a, to));
}

struct str
acl_facts_listener(const struct conf *c, const struct addr *to)
{
	struct conf_ref table = c->main->listeners;

	for (int any = 0; any < 2; any++)
		for (uint32_t i = 0; i < table.n; i++) {
			const struct conf_listener *l = CONF_AT(c,
			    struct conf_listener, table, i);

			if (l != NULL && listener_has(l, to, any))
				return conf_str(c, l->name);
		}
	return STR("");
}

void
acl_facts_chosen(struct acl_facts *f, const struct conf *c,
    const struct conf_session_acl *chosen)
{
	static const uint8_t name[16];
	const struct conf_target *t;

	f->parent = conf_str(c, chosen->name);
	t = CONF_AT(c, struct conf_target, chosen->plug_to, 0);
	if (t == NULL)
		return;
	f->server = (struct addr){ .port = t->port };
	memcpy(f->server.ip, t->ip, sizeof t->ip);
	f->server_is_name = memcmp(t->ip, name, sizeof name) == 0;
}
