#include <stdio.h>
#include <unistd.h>

#include "mailrecord.h"
#include "log.h"
#include "scan.h"
#include "session.h"

static const char *
direction(enum mail_talk_direction d)
{
	return d == MAIL_DOWNLOAD ? "IN" : "OUT";
}

static const char *
virus_word(uint8_t v)
{
	static const char words[][8] = {
		[MAIL_VIRUS_FOUND] = "FOUND", [MAIL_VIRUS_FREE] = "FREE",
		[MAIL_VIRUS_SKIPPED] = "SKIPPED",
		[MAIL_VIRUS_UNKNOWN] = "UNKNOWN",
		[MAIL_VIRUS_ERROR] = "ERROR",
	};

	return v <= MAIL_VIRUS_ERROR ? words[v] : "ERROR";
}

/* Which mail: the UID it has, or will have. */
static void
kv_mail(struct log_rec *r, const struct sess *s, const struct scan_mail *m)
{
	log_kv(r, "MSGID", "%d.%u", (int)getpid(), m->serial);
	log_kv_str(r, "USER", s->user);
	if (m->uid != 0)
		log_kv_u64(r, "UID", m->uid);
}

static void
kv_spam(struct log_rec *r, int32_t spam)
{
	if (spam == MAIL_SPAM_UNKNOWN)
		log_kv(r, "SPAM", "UNKNOWN");
	else
		log_kv(r, "SPAM", "%d", (int)spam);
}

static void
kv_verdict(struct log_rec *r, const struct scan_mail *m)
{
	const struct mail_index_head *h = m->index.head;

	if (h == NULL)
		return;
	kv_spam(r, h->spam);
	log_kv(r, "VIR", "%s", virus_word(h->virus));
	if (h->virus == MAIL_VIRUS_FOUND)
		log_kv_str(r, "VIRUS-NAME", mail_index_str(&m->index,
		    h->virus_name));
}

static void
record_scanner(const struct sess *s, const struct scan_mail *m,
    const struct mail_result *e)
{
	const struct mail_index *x = &m->index;
	struct log_rec r;

	log_begin(&r, LOG_SCANNER_SAID);
	kv_mail(&r, s, m);
	log_kv_str(&r, "SCANNER", mail_index_str(x, e->engine));
	if (e->antispam)
		kv_spam(&r, e->spam);
	else
		log_kv(&r, "VIR", "%s", virus_word(e->virus));
	if (e->name.n > 0)
		log_kv_str(&r, "FOUND", mail_index_str(x, e->name));
	if (e->why.n > 0)
		log_kv_str(&r, "WHY", mail_index_str(x, e->why));
	if (e->known)
		log_kv(&r, "STORED", "YES");
	log_kv_u64(&r, "MS", e->ms);
	log_kv_u64(&r, "WAITED", e->waited);
	log_end(&r);
}

static void
kv_hash(struct log_rec *r, const uint8_t hash[STORE_HASH])
{
	char text[2 * STORE_HASH + 1];

	for (int i = 0; i < STORE_HASH; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	log_kv(r, "SHA256", "%s", text);
}

void
mailrecord_mail(const struct sess *s, const struct scan_mail *m)
{
	const struct mail_result *e;
	struct log_rec r;

	log_begin(&r, LOG_MAIL_JUDGED);
	log_kv(&r, "DIRECTION", "%s", direction(m->direction));
	kv_mail(&r, s, m);
	log_kv_u64(&r, "SIZE", m->octets.size);
	if (m->index.head != NULL) {
		log_kv_str(&r, "MESSAGE-ID", mail_index_str(&m->index,
		    m->index.head->message_id));
		log_kv_u64(&r, "PARTS", mail_index_parts(&m->index));
	}
	if (m->recall.hashed)
		kv_hash(&r, m->recall.hash);
	log_kv_u64(&r, "MS", (uint64_t)(clock_ms() - m->since));
	log_end(&r);
	for (uint32_t i = 0; (e = mail_index_result(&m->index, i)) != NULL; i++)
		record_scanner(s, m, e);
}

void
mailrecord_acl(const struct sess *s, const struct scan_mail *m, uint32_t doc,
    struct str type, struct str name, bool accepted, const char *reason)
{
	const struct mail_part *p = doc == MAIL_NONE ? NULL :
	    mail_index_part(&m->index, doc);
	struct log_rec r;

	log_begin(&r, p == NULL ? LOG_ACL_MAIL : LOG_ACL_DOC);
	log_kv(&r, "PHASE", p == NULL ? "3M" : "3D");
	kv_mail(&r, s, m);
	kv_verdict(&r, m);
	if (p != NULL) {
		log_kv_u64(&r, "PART", doc);
		log_kv_str(&r, "TYPE", type);
		log_kv_str(&r, "FILE", mail_index_listed(&m->index, p->names,
		    0));
	}
	log_kv_str(&r, "PARENT", conf_str(s->conf, s->cacl->name));
	log_kv_str(&r, "NAME", name);
	if (reason != NULL && *reason != '\0')
		log_kv_str(&r, "REASON", str_c(reason));
	log_word(&r, accepted ? "ACCEPTED" : "REJECTED");
	if (!accepted && s->cacl->dry_run)
		log_word(&r, "DRY-RUN");
	log_end(&r);
}

/* Was a copy to be kept, and was it? */
static void
record_copy(const struct sess *s, const struct scan_mail *m,
    const struct mail_edited *e)
{
	const struct conf_mail_acl *a = m->mail_acl == MAIL_NONE ? NULL :
	    CONF_AT(s->conf, struct conf_mail_acl,
	    s->conf->main->mail_acls, m->mail_acl);
	struct log_rec r;

	if (a == NULL || !a->quarantine)
		return;
	log_begin(&r, LOG_MAIL_EDIT);
	kv_mail(&r, s, m);
	log_kv(&r, "EDIT", "quarantine");
	log_kv_str(&r, "DETAIL", e->quarantined ? STR("kept") :
	    str_c(e->why));
	log_end(&r);
}

void
mailrecord_edits(const struct sess *s, const struct scan_mail *m,
    const struct mail_message *a)
{
	const struct mail_edited *e = &a->u.edited;
	const struct mail_edit_done *rows = (const void *)a->rest.p;
	size_t n = a->rest.n / sizeof *rows;
	struct log_rec r;

	record_copy(s, m, e);
	for (size_t i = 0; i < n && i < e->edits; i++) {
		log_begin(&r, LOG_MAIL_EDIT);
		kv_mail(&r, s, m);
		log_kv_u64(&r, "PART", rows[i].part);
		log_kv_str(&r, "EDIT", str_c(rows[i].what));
		if (rows[i].detail[0] != '\0')
			log_kv_str(&r, "DETAIL", str_c(rows[i].detail));
		log_end(&r);
	}
	if (e->edits_left_out > 0) {
		log_begin(&r, LOG_MAIL_EDIT);
		kv_mail(&r, s, m);
		log_kv_u64(&r, "NOT-LISTED", e->edits_left_out);
		log_end(&r);
	}
}

static void
refused(const struct sess *s, enum mail_talk_direction d, uint32_t uid,
    uint64_t octets, const char *code, const char *why)
{
	struct log_rec r;

	log_begin(&r, LOG_MAIL_REFUSED);
	log_kv(&r, "DIRECTION", "%s", direction(d));
	log_kv_str(&r, "USER", s->user);
	if (uid != 0)
		log_kv_u64(&r, "UID", uid);
	log_kv_u64(&r, "SIZE", octets);
	log_kv(&r, "CODE", "%s", code);
	/* a worker's words are not trusted more than a mail's */
	log_kv_str(&r, "why", str_c(why));
	log_end(&r);
}

void
mailrecord_refused(const struct sess *s, const struct scan_mail *m)
{
	refused(s, m->direction, m->uid, m->announced, m->code, m->why);
}

void
mailrecord_none(struct sess *s, enum mail_talk_direction d,
    uint32_t uid, uint64_t octets, const char *why)
{
	s->mails.unjudged++;
	refused(s, d, uid, octets, "NONE", why);
}
