/* Listeners: that each can have its address, and caught ones their port. */

#include <net/if.h>

#include "addr.h"
#include "check.h"

static const struct tree_node *
listen_on(const struct check *ck)
{
	return tree_section(ck->root, conf_section_find(&conf_vocabulary,
	    "listen-on"), NULL);
}

static const struct conf_listener *
listener(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_listener, ck->m->listeners, i);
}

static const struct conf_transparent *
transparent(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_transparent,
	    ck->m->transparents, i);
}

/* ---- addresses ----------------------------------------------------------- */

static bool
wildcard(const uint8_t ip[16], bool *four_r)
{
	struct addr a = { 0 };

	memcpy(a.ip, ip, 16);
	*four_r = addr_is4(&a);
	return addr_none(&a);
}

static bool
clash(const struct conf_listener *a, const struct conf_listener *b)
{
	bool a4, b4, a_all = wildcard(a->ip, &a4), b_all = wildcard(b->ip,
	    &b4);

	if (a->port > b->port_to || b->port > a->port_to)
		return false;
	if (memcmp(a->ip, b->ip, 16) == 0)
		return true;
	/* "::" takes IPv4 as well */
	return (a_all && (!a4 || b4)) || (b_all && (!b4 || a4));
}

static void
check_address(struct check *ck, const struct tree_node *n, uint32_t row)
{
	const struct conf_listener *a = listener(ck, row), *b;

	for (uint32_t i = 0; i < row; i++) {
		b = listener(ck, i);
		if (a->port == 0 || b->port == 0 || !clash(a, b))
			continue;
		CHECK_ERROR(ck, n, "port", "%u is taken by non-transparent "
		    "\"%s\": only one can have an address and port",
		    a->port > b->port ? a->port : b->port,
		    conf_cstr(&ck->conf, b->name));
		return;
	}
}

/* ---- caught connections -------------------------------------------------- */

/* It goes into a rule: a name as the kernel's, or the beginning of names. */
static void
check_iface(struct check *ck, const struct tree_node *n,
    const struct conf_transparent *t)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_.@:+-";
	const char *s = conf_cstr(&ck->conf, t->iface);
	size_t len = strspn(s, good);

	if (*s == '\0')
		return;
	if (len == 0 || len >= IFNAMSIZ ||
	    (s[len] != '\0' && strcmp(s + len, "*") != 0))
		CHECK_ERROR(ck, n, "iface", "is no name of an interface: "
		    "write \"eth1\", or \"ppp*\" for all that begin so");
	if (strcmp(s, "lo") != 0)
		return;
	if (t->mode == CONF_CATCH_TPROXY)
		CHECK_ERROR(ck, n, "mode", "tproxy cannot catch what this "
		    "machine itself sends: write mode = redirect");
	if (ck->m->uid == UINT32_MAX)
		CHECK_ERROR(ck, n, "iface", "\"lo\" would catch the proxy's "
		    "own connections: they are told apart by app-user, and "
		    "\"%s\" is no user of this machine",
		    conf_cstr(&ck->conf, ck->m->app_user));
}

/* Can both have the port? Then no address and port is both's. */
static void
check_listen_port(struct check *ck, const struct tree_node *n, uint32_t row)
{
	const struct conf_transparent *t = transparent(ck, row), *u;
	const struct conf_listener own = { .port = t->listen_port,
	    .port_to = t->listen_port }, *l;

	if (t->listen_port == 0)
		return;
	if (t->listen_port != t->listen_port_to)
		CHECK_ERROR(ck, n, "listen-port", "a range: all of 'port' is "
		    "sent to one");
	if (t->listen_port >= t->port && t->listen_port <= t->port_to)
		CHECK_ERROR(ck, n, "listen-port", "%u is a server's port as "
		    "well: a direct connection could not be told from a "
		    "caught one", t->listen_port);
	for (uint32_t i = 0; i < ck->m->listeners.n; i++) {
		l = listener(ck, i);
		if (l->port == 0 || !clash(&own, l))
			continue;
		CHECK_ERROR(ck, n, "listen-port", "%u is taken by "
		    "non-transparent \"%s\"", t->listen_port,
		    conf_cstr(&ck->conf, l->name));
		return;
	}
	for (uint32_t i = 0; i < row; i++) {
		u = transparent(ck, i);
		if (u->listen_port != t->listen_port)
			continue;
		CHECK_ERROR(ck, n, "listen-port", "%u is taken by "
		    "transparent \"%s\": it tells which section a "
		    "connection came by", t->listen_port,
		    conf_cstr(&ck->conf, u->name));
		return;
	}
}

static bool
scans(const struct check *ck)
{
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++) {
		const struct conf_command_acl *a = CONF_AT(&ck->conf,
		    struct conf_command_acl, ck->m->command_acls, i);

		if (conf_scans(a))
			return true;
	}
	return false;
}

static void
check_transparent(struct check *ck, const struct tree_node *n, uint32_t row)
{
	const struct tree_node *in = listen_on(ck);
	const struct conf_transparent *t = transparent(ck, row);

	if (tree_titled(ck->root, in, conf_section_find(in->def,
	    "non-transparent"), n->title) != NULL)
		CHECK_ERROR(ck, n, "", "a non-transparent section has the "
		    "same title: 'listener' could not tell them apart");
	check_iface(ck, n, t);
	check_listen_port(ck, n, row);
	if (!t->block && scans(ck))
		CHECK_WARN(ck, n, "on-exit", "pass: when imap4-helper is not "
		    "running, mail passes unscanned: write on-exit = block");
}

void
check_listeners(struct check *ck)
{
	static const struct {
		char name[16];
		void (*check)(struct check *, const struct tree_node *,
		    uint32_t row);
	} kinds[] = {
		{ "non-transparent", check_address },
		{ "transparent", check_transparent },
	};
	const struct tree_node *in = listen_on(ck), *n;

	for (size_t i = 0; in && i < sizeof kinds / sizeof *kinds; i++) {
		const struct conf_section *def = conf_section_find(in->def,
		    kinds[i].name);
		uint32_t row = 0;

		for (n = tree_section(in, def, NULL); n != NULL;
		    n = tree_section(in, def, n))
			kinds[i].check(ck, n, row++);
	}
}
