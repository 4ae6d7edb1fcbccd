#include "board.h"
#include "shaping.h"

/* Of one direction, when both ACLs have been asked. */
struct chosen {
	struct conf_shaping c;
	struct conf_ref per_ip;		/* the ACL max-rate-per-ip is of */
};

/*
 * command-acl's, value by value; its max-rate comes with its own group or
 * with none.
 */
static void
choose(const struct sess *s, bool client, struct chosen *r_r)
{
	const struct conf_shaping *outer = client ?
	    &s->sacl->traffic.to_client : &s->sacl->traffic.to_server;
	const struct conf_shaping *inner = s->cacl == NULL ? NULL : client ?
	    &s->cacl->traffic.to_client : &s->cacl->traffic.to_server;

	*r_r = (struct chosen){ *outer, s->sacl->name };
	if (inner == NULL)
		return;
	if (inner->mark != 0)
		r_r->c.mark = inner->mark;
	if (inner->priority != 0)
		r_r->c.priority = inner->priority;
	if (inner->dscp != 0)
		r_r->c.dscp = inner->dscp;
	if (inner->max_rate != 0) {
		r_r->c.max_rate = inner->max_rate;
		r_r->c.group = inner->group;
	}
	if (inner->max_rate_per_ip != 0) {
		r_r->c.max_rate_per_ip = inner->max_rate_per_ip;
		r_r->per_ip = s->cacl->name;
	}
}

/* What the kernel does: its pacing is of one socket, so never a group's. */
static void
by_kernel(const struct conf_shaping *c, struct shape *r_r)
{
	*r_r = (struct shape){
		.mark = c->mark,
		.priority = (uint8_t)c->priority,
		.dscp = (int8_t)(c->dscp - 1),
		.max_rate = c->group.n > 0 ? 0 : c->max_rate,
	};
}

const char *
shaping_client(struct sess *s)
{
	struct chosen chosen;
	struct shape shape;
	const char *why;

	choose(s, true, &chosen);
	by_kernel(&chosen.c, &shape);
	return shape_apply(s->client.fd, &shape, &why) < 0 ? why : NULL;
}

void
shaping_server(const struct sess *s, struct shape *shape_r)
{
	struct chosen chosen;

	choose(s, false, &chosen);
	by_kernel(&chosen.c, shape_r);
}

/* ---- shared -------------------------------------------------------------- */

static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *octet = p;

	while (n-- > 0)
		h = (h ^ *octet++) * 0x100000001b3;
	return h;
}

/* Direction and kind first: neither a group's name nor an address clashes. */
static uint64_t
key_of(bool client, char kind, struct str name, const uint8_t ip[16])
{
	char what[2] = { client ? 'c' : 's', kind };
	uint64_t h = mix(0xcbf29ce484222325, what, sizeof what);

	h = mix(h, name.p, name.n);
	return ip != NULL ? mix(h, ip, 16) : h;
}

static void
add_rate(struct sess *s, struct throttle *g, uint64_t key, uint64_t per_s)
{
	const struct board *b = s->start->board;
	struct rate_bucket *table = b != NULL && b->head ? b->rates : NULL;

	rate_init(&g->rates[g->n++], table,
	    table ? BOARD_RATES / sizeof *table : 0, key, per_s);
}

static void
begin(struct sess *s, struct io *leg, struct throttle *g, bool client)
{
	struct chosen chosen;
	uint8_t ip[16];

	choose(s, client, &chosen);
	if (chosen.c.group.n > 0)
		add_rate(s, g, key_of(client, 'g', conf_str(s->conf,
		    chosen.c.group), NULL), chosen.c.max_rate);
	if (chosen.c.max_rate_per_ip != 0) {
		board_ip(&s->start->from, s->conf->main->per_ip_prefix6, ip);
		add_rate(s, g, key_of(client, 'i', conf_str(s->conf,
		    chosen.per_ip), ip), chosen.c.max_rate_per_ip);
	}
	leg->throttle = g->n > 0 ? g : NULL;
}

void
shaping_begin(struct sess *s)
{
	begin(s, &s->client, &s->throttles[0], true);
	begin(s, &s->server, &s->throttles[1], false);
}

void
shaping_end(struct sess *s)
{
	s->client.throttle = s->server.throttle = NULL;
}
