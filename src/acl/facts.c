#include "facts.h"

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
