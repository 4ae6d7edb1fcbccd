/* Rates that sessions share. */

#include "check.h"

/* One direction of one ACL's traffic-shaping. */
struct place {
	const struct tree_node *n;
	const struct conf_shaping *s;
	struct conf_ref acl;
	bool client;
};

enum { DIRECTIONS = 2 };

static uint32_t
places(const struct check *ck)
{
	return (ck->m->session_acls.n + ck->m->command_acls.n) * DIRECTIONS;
}

/* session-acls first, then command-acls, each with both directions. */
static struct place
place_at(struct check *ck, uint32_t i)
{
	uint32_t row = i / DIRECTIONS, before = ck->m->session_acls.n;
	const struct conf_traffic *t;
	struct place p = { .client = i % DIRECTIONS == 0 };

	if (row < before) {
		const struct conf_session_acl *a = CONF_AT(&ck->conf,
		    struct conf_session_acl, ck->m->session_acls, row);

		p.n = check_node(ck, "session-acl", row);
		p.acl = a->name;
		t = &a->traffic;
	} else {
		const struct conf_command_acl *a = CONF_AT(&ck->conf,
		    struct conf_command_acl, ck->m->command_acls,
		    row - before);

		p.n = check_node(ck, "command-acl", row - before);
		p.acl = a->name;
		t = &a->traffic;
	}
	p.s = p.client ? &t->to_client : &t->to_server;
	return p;
}

/* The same group in the same direction has one rate. */
static void
check_group(struct check *ck, uint32_t at, const struct place *p)
{
	const char *way = p->client ? "to-client" : "to-server";
	struct str name = conf_str(&ck->conf, p->s->group);

	if (p->s->max_rate == 0) {
		CHECK_ERROR(ck, p->n, "traffic-shaping", "%s: group without "
		    "max-rate: write what its sessions may send together",
		    way);
		return;
	}
	for (uint32_t i = 0; i < at; i++) {
		struct place o = place_at(ck, i);

		if (o.client != p->client || o.s->max_rate == 0 ||
		    !str_eq(conf_str(&ck->conf, o.s->group), name) ||
		    o.s->max_rate == p->s->max_rate)
			continue;
		CHECK_ERROR(ck, p->n, "traffic-shaping", "%s: group \"%.*s\" "
		    "has another max-rate in \"%s\": a group has one", way,
		    STR_ARG(name), conf_cstr(&ck->conf, o.acl));
		return;
	}
}

void
check_shaping(struct check *ck)
{
	bool told = !ck->m->monitoring.disabled;

	for (uint32_t i = 0; i < places(ck); i++) {
		struct place p = place_at(ck, i);

		if (p.s->group.n > 0)
			check_group(ck, i, &p);
		if (!told && (p.s->group.n > 0 || p.s->max_rate_per_ip != 0)) {
			CHECK_WARN(ck, p.n, "traffic-shaping", "nothing is "
			    "shared with monitoring { disabled = yes }: each "
			    "session has such a rate of its own");
			told = true;
		}
	}
}
