#include <stdio.h>

#include "addrset.h"
#include "candidates.h"
#include "eval.h"
#include "numset.h"
#include "strset.h"
#include "timematch.h"
#include "vis.h"

/* ---- matchers ------------------------------------------------------------ */

static enum acl_truth
match_transparent(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	(void)c, (void)why_r;
	if (when->transparent == CONF_TRI_UNSET)
		return ACL_HOLDS;
	return f->transparent == (when->transparent == CONF_TRI_YES) ?
	    ACL_HOLDS : ACL_FAILS;
}

static enum acl_truth
damaged(enum acl_truth t, const char **why_r)
{
	if (t == ACL_UNDECIDED)
		*why_r = "the cache is damaged";
	return t;
}

static enum acl_truth
match_listener(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return damaged(strset_has(c, &when->listener, f->listener), why_r);
}

static enum acl_truth
match_tos(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	if (when->ip_tos_from.given && !f->tos_known) {
		*why_r = "the client's TOS octet is not known";
		return ACL_UNDECIDED;
	}
	return damaged(numset_has(c, &when->ip_tos_from, f->tos), why_r);
}

static enum acl_truth
match_from(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return addrset_judge(c, &when->from, &f->from, f->hosts, why_r);
}

static enum acl_truth
match_to(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return addrset_judge(c, &when->to, &f->to, f->hosts, why_r);
}

/* By each of its addresses, any of which may be dialed. */
static enum acl_truth
match_named_server(const struct conf *c, const struct conf_addrset *s,
    const struct acl_facts *f, const char **why_r)
{
	const struct acl_host *row = acl_host_need(f->hosts, c,
	    (uint32_t)f->server_host, why_r);
	enum acl_truth all = ACL_UNDECIDED;

	for (unsigned i = 0; row != NULL && i < row->n; i++) {
		struct addr a = { .port = f->server.port };
		enum acl_truth t;

		memcpy(a.ip, row->ip[i], sizeof a.ip);
		t = addrset_judge(c, s, &a, f->hosts, why_r);
		if (t == ACL_UNDECIDED)
			return t;
		if (i > 0 && t != all) {
			*why_r = "only some addresses of plug-to's name are "
			    "in it";
			return ACL_UNDECIDED;
		}
		all = t;
	}
	return all;
}

static enum acl_truth
match_server(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	if (when->server.given && f->server_is_name)
		return match_named_server(c, &when->server, f, why_r);
	return addrset_judge(c, &when->server, &f->server, f->hosts, why_r);
}

static enum acl_truth
match_parent(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return damaged(strset_has(c, &when->parent, f->parent), why_r);
}

/* "none" is no user's and no group's name. */
static enum acl_truth
match_user(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	if (when->user.given && f->user_why != NULL) {
		*why_r = f->user_why;
		return ACL_UNDECIDED;
	}
	return damaged(strset_has(c, &when->user, f->user.p != NULL ?
	    f->user : STR("none")), why_r);
}

static enum acl_truth
match_group(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	if (when->group.given && f->user_why != NULL) {
		*why_r = f->user_why;
		return ACL_UNDECIDED;
	}
	return damaged(strset_meets(c, &when->group, f->groups.n > 0 ?
	    f->groups : STR("none")), why_r);
}

static enum acl_truth
match_time(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return damaged(time_has(c, when->time, &f->now), why_r);
}

static enum acl_truth
match_time_set(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	return damaged(time_set_has(c, &when->time_set, &f->now), why_r);
}

static enum acl_truth
match_cert(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, const char **why_r)
{
	enum certmatch_part part;

	return certmatch(c, &when->client_cert, f->cert, &part, why_r);
}

/* Cheap and selective ones first, expressions last. */
const struct acl_matcher acl_matchers[ACL_CONDITIONS] = {
	[ACL_TRANSPARENT] = { "transparent", match_transparent },
	[ACL_IP_TOS_FROM] = { "ip-tos-from", match_tos },
	[ACL_LISTENER] = { "listener", match_listener },
	[ACL_FROM] = { "from", match_from },
	[ACL_TO] = { "to", match_to },
	[ACL_SERVER] = { "server", match_server },
	[ACL_PARENT] = { "parent", match_parent },
	[ACL_USER] = { "user", match_user },
	[ACL_GROUP] = { "group", match_group },
	[ACL_TIME] = { "time", match_time },
	[ACL_TIME_PERIOD_SET] = { "time-period-set", match_time_set },
	[ACL_CLIENT_CERT] = { "client-cert", match_cert },
};

enum acl_truth
acl_when(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, enum acl_condition *which_r,
    const char **why_r)
{
	enum acl_truth all = ACL_HOLDS;

	for (int i = 0; i < ACL_CONDITIONS; i++) {
		const char *why = NULL;
		enum acl_truth t = acl_matchers[i].match(c, when, f, &why);

		if (t == ACL_HOLDS || (t == ACL_UNDECIDED && all == t))
			continue;
		all = t;
		*which_r = (enum acl_condition)i;
		*why_r = why;
		if (t == ACL_FAILS)
			break;
	}
	/* a host's name stands where the condition asked last put it */
	if (all == ACL_UNDECIDED)
		acl_matchers[*which_r].match(c, when, f, why_r);
	return all;
}

/* ---- phases -------------------------------------------------------------- */

/* One ACL: true when it ends the search. */
static bool
ask(const struct conf *c, const struct conf_conditions *when,
    struct conf_ref name, const struct acl_facts *f, struct acl_result *r)
{
	char title[100];
	enum acl_condition which;
	const char *why;

	switch (acl_when(c, when, f, &which, &why)) {
	case ACL_FAILS:
		return false;
	case ACL_HOLDS:
		return true;
	case ACL_UNDECIDED:
		break;
	}
	snprintf(r->text, sizeof r->text, "%s: %s cannot be decided: %s",
	    vis(title, sizeof title, conf_str(c, name)),
	    acl_matchers[which].name, why);
	r->reason = r->text;
	return true;
}

static void
begin(struct acl_result *r)
{
	r->row = -1;
	r->deny = true;
	r->reason = NULL;
	r->text[0] = '\0';
}

static void
damaged_row(struct acl_result *r)
{
	snprintf(r->text, sizeof r->text, "the cache is damaged");
	r->reason = r->text;
}

static void
chosen(struct acl_result *r, uint32_t row, bool deny)
{
	if (r->reason != NULL)
		return;
	r->row = (int)row;
	r->deny = deny;
}

void
acl_session(const struct conf *c, const struct acl_facts *f,
    struct acl_result *r_r)
{
	struct conf_ref table = c->main->session_acls;
	struct acl_candidates k = acl_candidates(c, &c->main->session_index,
	    table.n, &f->from);
	uint32_t i;

	begin(r_r);
	while (acl_candidates_next(&k, &i)) {
		const struct conf_session_acl *a = CONF_AT(c,
		    struct conf_session_acl, table, i);

		if (a == NULL) {
			damaged_row(r_r);
			return;
		}
		if (ask(c, &a->when, a->name, f, r_r)) {
			chosen(r_r, i, a->deny);
			return;
		}
	}
	if (k.damaged)
		damaged_row(r_r);
}

void
acl_command(const struct conf *c, const struct acl_facts *f,
    struct acl_result *r_r)
{
	struct conf_ref table = c->main->command_acls;
	struct acl_candidates k = acl_candidates(c, &c->main->command_index,
	    table.n, &f->from);
	uint32_t i;

	begin(r_r);
	while (acl_candidates_next(&k, &i)) {
		const struct conf_command_acl *a = CONF_AT(c,
		    struct conf_command_acl, table, i);

		if (a == NULL) {
			damaged_row(r_r);
			return;
		}
		if (ask(c, &a->when, a->name, f, r_r)) {
			chosen(r_r, i, a->deny);
			return;
		}
	}
	if (k.damaged)
		damaged_row(r_r);
}

/* ---- names --------------------------------------------------------------- */

static bool
certain(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f)
{
	enum acl_condition which;
	const char *why;

	return acl_when(c, when, f, &which, &why) == ACL_HOLDS;
}

void
acl_session_want(const struct conf *c, const struct acl_facts *f)
{
	struct conf_ref table = c->main->session_acls;
	struct acl_candidates k = acl_candidates(c, &c->main->session_index,
	    table.n, &f->from);
	const struct conf_session_acl *a;
	uint32_t i;

	while (acl_candidates_next(&k, &i)) {
		a = CONF_AT(c, struct conf_session_acl, table, i);
		if (a == NULL || certain(c, &a->when, f))
			return;
	}
}

void
acl_command_want(const struct conf *c, const struct acl_facts *f)
{
	struct conf_ref table = c->main->command_acls;
	struct acl_candidates k = acl_candidates(c, &c->main->command_index,
	    table.n, &f->from);
	const struct conf_command_acl *a;
	uint32_t i;

	while (acl_candidates_next(&k, &i)) {
		a = CONF_AT(c, struct conf_command_acl, table, i);
		if (a == NULL || certain(c, &a->when, f))
			return;
	}
}
