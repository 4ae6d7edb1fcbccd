#include "facts.h"
#include "addrset.h"
#include "origdst.h"
#include "origin.h"

static const struct conf_transparent *
row(const struct conf *c, uint32_t i)
{
	return CONF_AT(c, struct conf_transparent, c->main->transparents, i);
}

bool
origin_is_own(const struct conf *c, const struct addr *a)
{
	bool any;

	return acl_facts_own(c, a, &any) && (!any || origdst_local(a));
}

/* The one of this title or, without a title, with the socket's port. */
static const struct conf_transparent *
by_listen_port(const struct sess_start *s)
{
	const struct conf_transparent *t;

	for (uint32_t i = 0; (t = row(s->conf, i)) != NULL; i++)
		if (t->listen_port == s->to.port && (s->listener.n == 0 ||
		    str_eq(conf_str(s->conf, t->name), s->listener)))
			return t;
	return NULL;
}

/* The one that leaves the socket the server's address. */
static const struct conf_transparent *
by_server_port(const struct sess_start *s)
{
	const struct conf_transparent *t;
	bool any;

	for (uint32_t i = 0; (t = row(s->conf, i)) != NULL; i++)
		if (t->mode == CONF_CATCH_TPROXY && s->to.port >= t->port &&
		    s->to.port <= t->port_to && (s->listener.n == 0 ||
		    str_eq(conf_str(s->conf, t->name), s->listener)) &&
		    addrset_has(s->conf, &t->address, &s->to) == ACL_HOLDS)
			break;
	/* a plain listener may have the same port at our own address */
	if (t != NULL && acl_facts_own(s->conf, &s->to, &any) &&
	    (!any || origdst_local(&s->to)))
		return NULL;
	return t;
}

static void
caught(struct sess_start *s, const struct conf_transparent *t,
    const struct addr *server)
{
	s->listener = conf_str(s->conf, t->name);
	s->transparent = true;
	s->to = s->server = *server;
}

void
origin_find(struct sess_start *s)
{
	const struct conf_transparent *t = by_listen_port(s);
	struct addr server;

	if (t != NULL) {
		s->listener = conf_str(s->conf, t->name);
		if (t->mode == CONF_CATCH_REDIRECT &&
		    origdst_get(s->client_fd, &server)) {
			caught(s, t, &server);
			if (origin_is_own(s->conf, &server))
				s->loop = "the original destination is the "
				    "proxy itself (a loop)";
		} else {
			s->loop = "a direct connection to listen-port, which "
			    "is for caught ones (a loop)";
		}
		return;
	}
	t = by_server_port(s);
	if (t != NULL)
		caught(s, t, &s->to);	/* not ours, or it were none */
	else if (s->listener.n == 0)
		s->listener = acl_facts_listener(s->conf, &s->to, false);
}
