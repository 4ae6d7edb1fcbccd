#include <stdio.h>

#include "arena.h"
#include "host.h"
#include "vis.h"

struct acl_hosts *
acl_hosts_new(struct arena *arena, const struct conf *c,
    const struct hosts *known, int64_t now)
{
	uint32_t n = c->main->hosts.n;
	struct acl_hosts *h;

	/* a damaged reference must not ask for gigabytes */
	if (n == 0 || n > CONF_HOSTS)
		return NULL;
	h = arena_alloc(arena, sizeof *h);
	*h = (struct acl_hosts){ .conf = c, .known = known, .now = now,
	    .n = n, .rows = arena_alloc(arena, n * sizeof h->rows[0]) };
	return h;
}

struct str
acl_host_name(const struct conf *c, uint32_t i)
{
	const struct conf_ref *name = CONF_AT(c, struct conf_ref,
	    c->main->hosts, i);

	return name ? conf_str(c, *name) : STR_NULL;
}

/* What the file knows of it. */
static void
see(struct acl_hosts *h, struct acl_host *row, uint32_t i)
{
	const struct hosts_row *have = h->known ? hosts_find(h->known,
	    acl_host_name(h->conf, i)) : NULL;

	row->state = ACL_HOST_UNKNOWN;
	row->why = "not looked up yet";
	if (have == NULL || (row->ip = hosts_addrs(h->known, have)) == NULL)
		return;
	row->n = (uint16_t)have->addrs.n;
	row->state = hosts_fresh(have, h->now) ? ACL_HOST_KNOWN :
	    ACL_HOST_EXPIRED;
}

const struct acl_host *
acl_host_at(struct acl_hosts *h, uint32_t i)
{
	if (i >= h->n)
		return NULL;
	if (h->rows[i].state == ACL_HOST_UNSEEN)
		see(h, &h->rows[i], i);
	return &h->rows[i];
}

const struct acl_host *
acl_host_need(struct acl_hosts *h, const struct conf *c, uint32_t i,
    const char **why_r)
{
	const struct acl_host *row = h ? acl_host_at(h, i) : NULL;
	char name[CONF_HOST_NAME];

	if (row == NULL) {
		*why_r = "host names are not looked up";
		return NULL;
	}
	if (row->state != ACL_HOST_KNOWN) {
		h->rows[i].wanted = true;
		h->wanted = h->wanted || !row->asked;
	}
	if (row->state != ACL_HOST_UNKNOWN)
		return row;
	snprintf(h->why, sizeof h->why, "%s is not resolved: %s",
	    vis(name, sizeof name, acl_host_name(c, i)), row->why);
	*why_r = h->why;
	return NULL;
}

enum acl_truth
acl_host_has(struct acl_hosts *h, const struct conf *c, uint32_t i,
    const struct addr *a, const char **why_r)
{
	const struct acl_host *row = acl_host_need(h, c, i, why_r);

	if (row == NULL)
		return ACL_UNDECIDED;
	for (unsigned k = 0; k < row->n; k++)
		if (memcmp(row->ip[k], a->ip, sizeof a->ip) == 0)
			return ACL_HOLDS;
	return ACL_FAILS;
}

void
acl_host_learn(struct acl_hosts *h, uint32_t i, const uint8_t (*ip)[16],
    uint16_t n, const char *why)
{
	struct acl_host *row = &h->rows[i];

	(void)acl_host_at(h, i);
	row->asked = true;
	if (n > 0) {
		row->ip = ip;
		row->n = n;
		row->state = ACL_HOST_KNOWN;
	} else if (row->state == ACL_HOST_UNKNOWN) {
		row->why = why;
	}
}
