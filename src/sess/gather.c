#include <time.h>

#include "gather.h"
#include "oob.h"
#include "tos.h"

static void
gather_tos(const struct sess_start *start, struct acl_facts *f)
{
	int tos = tos_received(start->client_fd);

	f->tos_known = tos >= 0;
	f->tos = (uint8_t)(tos & 0xff);
}

void
gather_facts(const struct sess_start *start, struct arena *arena,
    struct acl_facts *f_r)
{
	time_t t = start->now ? start->now : time(NULL);

	*f_r = (struct acl_facts){
		.from = start->from,
		.to = start->to,
		.server = start->server,
		.listener = start->listener,
		.transparent = start->transparent,
		.hosts = acl_hosts_new(arena, start->conf, start->hosts, t),
	};
	/* reading the time zone costs 30 us; judged once per connection */
	if (start->conf->main->asks_time)
		localtime_r(&t, &f_r->now);
	if (start->conf->main->asks_tos)
		gather_tos(start, f_r);
	oob_know(start, NULL, f_r);
}

void
gather_chosen(const struct sess_start *start,
    const struct conf_session_acl *chosen, struct acl_facts *f)
{
	acl_facts_chosen(f, start->conf, chosen);
	oob_know(start, chosen, f);
}

void
sess_prepare(const struct sess_start *start)
{
	oob_read(start);
}
