#include "addrset.h"
#include "eval.h"
#include "explain.h"
#include "line.h"

static const char months[12][4] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec" };
static const char wdays[7][4] = { "sun", "mon", "tue", "wed", "thu", "fri",
	"sat" };

/* ---- sets ---------------------------------------------------------------- */

static void
add_ranges(struct line *l, const struct conf *c, struct conf_ref ref,
    const char *sign, const char **comma)
{
	char text[ADDRSET_RANGE_TEXT];

	for (uint32_t i = 0; i < ref.n && !l->full; i++) {
		const struct conf_range *r = CONF_AT(c, struct conf_range,
		    ref, i);

		if (r == NULL)
			return;
		line_add(l, "%s%s%s", *comma, sign,
		    addrset_range_text(r, text));
		*comma = ", ";
	}
}

/* A host name and what it stands for. */
static void
add_host(struct line *l, const struct conf *c, struct acl_hosts *hosts,
    uint32_t i)
{
	const struct acl_host *row = hosts ? acl_host_at(hosts, i) : NULL;
	char text[ADDR_TEXT];

	line_vis(l, acl_host_name(c, i));
	for (unsigned k = 0; row != NULL && k < row->n; k++) {
		struct addr a = { .port = 0 };

		memcpy(a.ip, row->ip[k], sizeof a.ip);
		line_add(l, "%s%s", k == 0 ? " (" : " ", addr_host(&a, text));
	}
	if (row != NULL && row->n > 0)
		line_add(l, ")");
}

/* Host names of one sign. */
static void
add_hosts(struct line *l, const struct conf *c, struct conf_ref ref,
    struct acl_hosts *hosts, bool negative, const char **comma)
{
	const struct conf_host_use *u;

	for (uint32_t i = 0; (u = CONF_AT(c, struct conf_host_use, ref,
	    i)) != NULL && !l->full; i++) {
		if (!u->negative != !negative)
			continue;
		line_add(l, "%s%s", *comma, negative ? "!" : "");
		add_host(l, c, hosts, u->host);
		*comma = ", ";
	}
}

static void
add_set(struct line *l, const struct conf *c, const struct conf_addrset *s,
    struct acl_hosts *hosts)
{
	const char *comma = "";

	line_add(l, " is not in {");
	add_ranges(l, c, s->pos, "", &comma);
	add_hosts(l, c, s->hosts, hosts, false, &comma);
	add_ranges(l, c, s->neg, "!", &comma);
	add_hosts(l, c, s->hosts, hosts, true, &comma);
	line_add(l, "}");
}

static void
add_addrset(struct line *l, const struct conf *c,
    const struct conf_addrset *s, const struct addr *a,
    struct acl_hosts *hosts)
{
	static const uint8_t unknown[16];
	char text[ADDR_TEXT];

	line_add(l, "%s", memcmp(a->ip, unknown, 16) == 0 ?
	    "an unknown address" : addr_host(a, text));
	add_set(l, c, s, hosts);
}

static void
add_server(struct line *l, const struct conf *c,
    const struct conf_addrset *s, const struct acl_facts *f)
{
	if (!f->server_is_name) {
		add_addrset(l, c, s, &f->server, f->hosts);
		return;
	}
	add_host(l, c, f->hosts, (uint32_t)f->server_host);
	add_set(l, c, s, f->hosts);
}

static void
add_title(struct line *l, const struct conf *c, struct str seen,
    const struct conf_strset *s)
{
	line_add(l, "\"");
	line_vis(l, seen);
	line_add(l, "\" is not in ");
	line_strset(l, c, s);
}

static void
add_user(struct line *l, const struct conf *c, struct str seen,
    const char *none, const struct conf_strset *s)
{
	if (seen.n > 0) {
		add_title(l, c, seen, s);
		return;
	}
	line_add(l, "%s is not in ", none);
	line_strset(l, c, s);
}

/* ---- times --------------------------------------------------------------- */

static void
add_now(struct line *l, const struct tm *t)
{
	line_add(l, "%s %04d-%02d-%02d %02d:%02d is ", wdays[t->tm_wday % 7],
	    t->tm_year + 1900, t->tm_mon + 1, t->tm_mday, t->tm_hour,
	    t->tm_min);
}

/* A word of its own. */
static void
add_word(struct line *l, const char *word)
{
	bool first = l->n == 0 || l->out[l->n - 1] == '{';

	line_add(l, "%s%s", first ? "" : " ", word);
}

static void
add_hours(struct line *l, const struct conf *c, struct conf_ref ref)
{
	if (ref.n > 0)
		add_word(l, "hours");
	for (uint32_t i = 0; i < ref.n && !l->full; i++) {
		const struct conf_hours *h = CONF_AT(c, struct conf_hours,
		    ref, i);

		if (h == NULL)
			return;
		line_add(l, " %02u%02u-%02u%02u", h->from / 60, h->from % 60,
		    h->to / 60, h->to % 60);
	}
}

static void
add_time(struct line *l, const struct conf *c, const struct conf_time *t)
{
	if (t->days != 0)
		add_word(l, "day");
	for (int i = 1; i <= 31; i++)
		if (t->days >> i & 1)
			line_add(l, " %d", i);
	if (t->months != 0)
		add_word(l, "month");
	for (int i = 0; i < 12; i++)
		if (t->months >> (i + 1) & 1)
			line_add(l, " %s", months[i]);
	if (t->wdays != 0)
		add_word(l, "wday");
	for (int i = 0; i < 7; i++)
		if (t->wdays >> i & 1)
			line_add(l, " %s", wdays[i]);
	add_hours(l, c, t->hours);
}

static void
add_times(struct line *l, const struct conf *c, struct conf_ref times,
    const struct tm *now)
{
	add_now(l, now);
	line_add(l, "not in {");
	for (uint32_t i = 0; i < times.n && !l->full; i++) {
		const struct conf_time *t = CONF_AT(c, struct conf_time,
		    times, i);

		if (t == NULL)
			return;
		line_add(l, "%s", i > 0 ? "," : "");
		add_time(l, c, t);
	}
	line_add(l, "}");
}

/* The specs by name: their text is a page of its own. */
static void
add_time_set(struct line *l, const struct conf *c,
    const struct conf_time_set *s, const struct tm *now)
{
	add_now(l, now);
	line_add(l, s->exclude ? "in the excluded {" : "not in {");
	for (uint32_t i = 0; i < s->specs.n && !l->full; i++) {
		const struct conf_time_spec *p = CONF_AT(c,
		    struct conf_time_spec, s->specs, i);

		if (p == NULL)
			return;
		line_add(l, "%s\"", i > 0 ? ", " : "");
		line_vis(l, conf_str(c, p->name));
		line_add(l, "\"");
	}
	line_add(l, "}");
}

/* ---- certificates -------------------------------------------------------- */

static void
add_sans(struct line *l, const struct certinfo *ci)
{
	line_add(l, "san {");
	for (size_t i = 0; i < ci->nsan && i < CERT_SAN_MAX && !l->full; i++) {
		line_add(l, i > 0 ? ", " : "");
		line_vis(l, ci->san[i]);
	}
	line_add(l, "}");
}

static void
add_cert(struct line *l, const struct conf *c,
    const struct conf_certmatch *m, const struct certinfo *ci)
{
	enum certmatch_part part = CERTMATCH_PARTS;
	const struct conf_strset *want = NULL;
	const char *why = "";

	certmatch(c, m, ci, &part, &why);
	switch (part) {
	case CERTMATCH_FINGERPRINT:
		want = &m->fingerprint;
		line_add(l, "fingerprint %s", ci->fingerprint);
		break;
	case CERTMATCH_SAN:
		want = &m->san;
		add_sans(l, ci);
		break;
	case CERTMATCH_SUBJECT:
	case CERTMATCH_ISSUER:
		want = part == CERTMATCH_SUBJECT ? &m->subject : &m->issuer;
		line_add(l, part == CERTMATCH_SUBJECT ? "subject " : "issuer ");
		line_vis(l, part == CERTMATCH_SUBJECT ? ci->subject :
		    ci->issuer);
		break;
	case CERTMATCH_PRESENT:
	case CERTMATCH_VERIFIED:
	case CERTMATCH_PARTS:
		line_add(l, "%s", why);
		return;
	}
	line_add(l, " does not match ");
	line_strset(l, c, want);
}

char *
explain_when(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, char *out)
{
	struct line l = { .out = out };
	enum acl_condition which = ACL_CONDITIONS;
	const char *why = "";
	enum acl_truth t = acl_when(c, when, f, &which, &why);

	out[0] = '\0';
	if (t == ACL_HOLDS)
		return out;
	line_add(&l, "%s: ", acl_matchers[which].name);
	if (t == ACL_UNDECIDED) {
		line_add(&l, "cannot be decided: %s", why);
		return out;
	}
	switch (which) {
	case ACL_TRANSPARENT:
		line_add(&l, f->transparent ? "the connection is" :
		    "the connection is not");
		break;
	case ACL_IP_TOS_FROM:
		line_add(&l, "%u is not in ", f->tos);
		line_numset(&l, c, &when->ip_tos_from);
		break;
	case ACL_LISTENER:
		add_title(&l, c, f->listener, &when->listener);
		break;
	case ACL_FROM:
		add_addrset(&l, c, &when->from, &f->from, f->hosts);
		break;
	case ACL_TO:
		add_addrset(&l, c, &when->to, &f->to, f->hosts);
		break;
	case ACL_SERVER:
		add_server(&l, c, &when->server, f);
		break;
	case ACL_PARENT:
		add_title(&l, c, f->parent, &when->parent);
		break;
	case ACL_USER:
		add_user(&l, c, f->user, "nobody known", &when->user);
		break;
	case ACL_GROUP:
		add_user(&l, c, f->groups, "no group", &when->group);
		break;
	case ACL_TIME:
		add_times(&l, c, when->time, &f->now);
		break;
	case ACL_TIME_PERIOD_SET:
		add_time_set(&l, c, &when->time_set, &f->now);
		break;
	case ACL_CLIENT_CERT:
		add_cert(&l, c, &when->client_cert, f->cert);
		break;
	case ACL_CONDITIONS:
		break;
	}
	return out;
}
