#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "log.h"
#include "oob.h"
#include "users.h"
#include "vis.h"

/*
 * What each file says.  Rules are looked at more than once in a process and
 * must see one state of it, so it is kept here, not in a struct sess.
 */
static struct known {
	bool read;
	struct users_who who;
	char why[USERS_WHY + 80];	/* and the section's title; "" none */
} known[CONF_OOB_MAX];

static void
read_file(const struct sess_start *start, const struct conf_oob *o,
    struct known *k)
{
	const struct conf *c = start->conf;
	const struct users_rules rules = { o->max_sessions, c->main->uid };
	int64_t now = start->now ? start->now : time(NULL);
	char path[PATH_MAX], title[64];
	struct users_who who;

	if (users_find(conf_oob_path(c, o, path), &rules, &start->from, now,
	    &who) < 0)
		snprintf(k->why, sizeof k->why, "oob-auth %s: %s",
		    vis(title, sizeof title, conf_str(c, o->name)), who.why);
	k->read = true;
	k->who = who;
}

/* NULL: no such section. */
static struct known *
know(const struct sess_start *start, int32_t row)
{
	const struct conf *c = start->conf;
	const struct conf_oob *o = row < 0 || row >= CONF_OOB_MAX ? NULL :
	    CONF_AT(c, struct conf_oob, c->main->oob_auths, (uint32_t)row);

	if (o == NULL)
		return NULL;
	if (!known[row].read)
		read_file(start, o, &known[row]);
	return &known[row];
}

void
oob_read(const struct sess_start *start)
{
	const struct conf *c = start->conf;

	know(start, c->main->auth);
	for (int32_t row = 0; row < CONF_OOB_MAX; row++)
		if (c->main->auths >> row & 1)
			know(start, row);
}

void
oob_report(void)
{
	for (int i = 0; i < CONF_OOB_MAX; i++)
		if (known[i].why[0] != '\0')
			log_msg(LOG_USERS_UNUSABLE, "%s", known[i].why);
}

void
oob_know(const struct sess_start *start,
    const struct conf_session_acl *chosen, struct acl_facts *f)
{
	int32_t row = acl_facts_auth(start->conf, chosen);
	const struct known *k = know(start, row);

	f->user = f->groups = STR_NULL;
	f->user_why = NULL;
	if (k == NULL && row >= 0)
		f->user_why = "the cache is damaged";
	if (k == NULL)
		return;
	f->user_why = k->why[0] != '\0' ? k->why : NULL;
	if (!k->who.known)
		return;
	f->user = str_c(k->who.user);
	f->groups = str_c(k->who.groups);
}
