#include <stdio.h>

#include "command.h"
#include "display.h"
#include "jail.h"
#include "record.h"

static const char *
yes_no(bool b)
{
	return b ? "YES" : "NO";
}

static void
kv_addr(struct log_rec *r, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	log_kv(r, key, "%s", addr_text(a, text));
}

/* Who the client is apart from its login, where something can tell. */
static void
kv_oob(struct log_rec *r, const struct sess *s)
{
	if (s->conf->main->oob_auths.n == 0)
		return;
	log_kv_str(r, "OOB-USER", s->facts.user);
	log_kv_str(r, "OOB-GROUPS", s->facts.groups.n > 0 ? s->facts.groups :
	    STR_NULL);
}

/* As long as the monitor shows it. */
static void
kv_policy(struct log_rec *r, const struct conf *c)
{
	char text[2 * DISPLAY_HASH + 1];

	for (size_t i = 0; i < DISPLAY_HASH; i++)
		snprintf(text + 2 * i, 3, "%02x", c->head->policy_hash[i]);
	log_kv(r, "POLICY", "%s", text);
}

void
record_start(const struct sess *s)
{
	struct log_rec r;

	log_begin(&r, LOG_SESSION_START);
	kv_addr(&r, "FROM", &s->start->from);
	kv_addr(&r, "TO", &s->start->to);
	log_kv(&r, "TRANSP", "%s", yes_no(s->start->transparent));
	log_kv_str(&r, "LISTENER", s->start->listener);
	kv_oob(&r, s);
	log_kv(&r, "CONFIG", s->start->config_stale ? "stale" : "current");
	kv_policy(&r, s->conf);
	log_kv(&r, "JAIL", "%s", s->start->jail ? jail_level() : "none");
	log_end(&r);
}

void
record_acl(const struct sess *s, int phase, struct str parent, struct str name,
    bool accepted, const char *reason)
{
	struct log_rec r;

	log_begin(&r, phase == 1 ? LOG_ACL_SESSION : LOG_ACL_COMMAND);
	log_kv_u64(&r, "PHASE", (uint64_t)phase);
	kv_addr(&r, "FROM", &s->start->from);
	if (phase > 1)
		log_kv_str(&r, "PARENT", parent);
	log_kv_str(&r, "NAME", name);
	kv_oob(&r, s);
	if (reason != NULL)
		log_kv(&r, "REASON", "%s", reason);
	log_word(&r, accepted ? "ACCEPTED" : "REJECTED");
	log_end(&r);
}

static bool
request_wanted(const struct sess *s, bool refused)
{
	uint8_t want = s->conf->main->logs[LOG_STATS_LOG].requests;

	return want == CONF_REQ_ALL || (want == CONF_REQ_REFUSED && refused);
}

void
record_request(const struct sess *s, const struct queued *q,
    const char *status, bool by_proxy)
{
	struct log_rec r;

	if (!request_wanted(s, q->dry || (by_proxy && *status != 'O')))
		return;
	log_begin(&r, LOG_REQUEST);
	log_kv_str(&r, "TAG", str_c(q->tag));
	log_kv(&r, "CMD", "%s", imap_commands[q->row].name);
	log_kv_str(&r, "USER", s->user);
	log_kv(&r, "STATUS", "%s", status);
	log_kv(&r, "BY", by_proxy ? "proxy" : "server");
	log_kv_u64(&r, "MS", (uint64_t)(clock_ms() - q->since));
	if (q->dry)
		log_word(&r, "DRY-RUN");
	log_end(&r);
}

void
record_refused(const struct sess *s, unsigned row, const char *why,
    struct str mailbox, bool dry)
{
	struct log_rec r;

	log_begin(&r, LOG_COMMAND_REFUSED);
	log_kv(&r, "CMD", "%s", imap_commands[row].name);
	log_kv(&r, "why", "%s", why);
	if (mailbox.p != NULL)
		log_kv_str(&r, "MAILBOX", mailbox);
	log_kv_str(&r, "USER", s->user);
	if (dry)
		log_word(&r, "DRY-RUN");
	log_end(&r);
}

static const char *
result_word(enum sess_result result)
{
	switch (result) {
	case SESS_ACCEPTED: return "ACCEPTED";
	case SESS_REJECTED: return "REJECTED";
	case SESS_FAILED: break;
	}
	return "FAILED";
}

/* Seconds with milliseconds. */
static void
kv_time(struct log_rec *r, const char *key, int64_t ms)
{
	log_kv(r, key, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
}

/* Where mails are scanned. */
static void
kv_mails(struct log_rec *r, const struct sess *s)
{
	if (s->cacl == NULL || !conf_scans(s->cacl))
		return;
	log_kv_u64(r, "MAILS", s->mails.judged[CONF_DOWNLOAD] +
	    s->mails.judged[CONF_UPLOAD]);
	log_kv_u64(r, "CHANGED", s->mails.changed);
	log_kv_u64(r, "DENIED", s->mails.denied);
	log_kv_u64(r, "UNJUDGED", s->mails.unjudged);
	log_kv_u64(r, "WAITED", s->mails.waited_ms);
	log_kv_u64(r, "STORED", s->mails.recalled);
}

static void
record_session_end(const struct sess *s)
{
	struct log_rec r;

	log_begin(&r, LOG_SESSION_END);
	kv_addr(&r, "CLIENT", &s->start->from);
	kv_addr(&r, "SERVER", &s->server_addr);
	log_kv(&r, "TRANSP", "%s", yes_no(s->start->transparent));
	log_kv_str(&r, "USER", s->user);
	kv_oob(&r, s);
	log_kv_u64(&r, "CMDS", s->commands);
	log_kv_u64(&r, "REFUSED", s->refused);
	log_kv_u64(&r, "DROPPED", s->dropped);
	kv_mails(&r, s);
	log_kv_u64(&r, "IN", s->client.out_bytes);
	log_kv_u64(&r, "OUT", s->client.in_bytes);
	kv_time(&r, "TIME", clock_ms() - s->started);
	log_kv(&r, "STAGE", "%s", sess_stage(s));
	log_kv(&r, "REASON", "%s", s->end.reason);
	log_word(&r, result_word(s->end.result));
	log_end(&r);
}

static void
kv_end(struct log_rec *r, const char *who, const char *who_ip,
    const char *who_port, const struct addr *a, struct str name)
{
	char text[ADDR_TEXT];
	const char *ip = addr_none(a) ? "0.0.0.0" : addr_host(a, text);

	if (name.n > 0)
		log_kv_str(r, who, name);
	else
		log_kv(r, who, "%s", ip);
	log_kv(r, who_ip, "%s", ip);
	log_kv_u64(r, who_port, a->port);
}

static void
record_event(const struct sess *s)
{
	struct log_rec r;
	const struct conf *c = s->conf;
	struct str rule = s->cacl ? conf_str(c, s->cacl->name) :
	    s->sacl ? conf_str(c, s->sacl->name) : STR_NULL;

	log_begin(&r, LOG_PROXY_EVENT);
	log_kv(&r, "PROTOCOL", "TCP");
	kv_end(&r, "CLIENT", "CLIENT-IP", "CLIENT-PORT", &s->start->from,
	    STR_NULL);
	kv_end(&r, "SERVER", "SERVER-IP", "SERVER-PORT", &s->server_addr,
	    s->server_name);
	log_kv(&r, "SERVER-PORT-NAME",
	    s->server_addr.port == 993 ? "imaps" : "imap");
	log_kv_str(&r, "USER", s->user);
	log_kv_u64(&r, "BYTES-CIN", s->client.out_bytes);
	log_kv_u64(&r, "BYTES-COUT", s->client.in_bytes);
	log_kv_u64(&r, "BYTES-SIN", s->server.in_bytes);
	log_kv_u64(&r, "BYTES-SOUT", s->server.out_bytes);
	kv_time(&r, "DURATION", clock_ms() - s->started);
	log_kv(&r, "STATUS", s->end.result == SESS_REJECTED ? "REJECTED" :
	    "ACCEPTED");
	log_kv(&r, "RESULT", s->end.result == SESS_ACCEPTED ? "OK" :
	    s->end.result == SESS_REJECTED ? "ABORTED" : "FAILED");
	log_kv_str(&r, "RULE", rule);
	kv_oob(&r, s);
	log_end(&r);
}

void
record_end(const struct sess *s)
{
	record_session_end(s);
	record_event(s);
}

void
record_failed(const struct sess *s, enum log_id id, const char *why)
{
	struct log_rec r;

	log_begin(&r, id);
	log_kv(&r, "stage", "%s", sess_stage(s));
	log_kv(&r, "why", "%s", why);
	log_end(&r);
}
