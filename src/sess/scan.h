#ifndef SCAN_H
#define SCAN_H

/*
 * The mails of a session that scans: spooled, given to the mail worker,
 * decided upon, and kept for as long as there is room, so that whatever is
 * asked of one mail is answered from the same octets.  One question is with
 * the worker at a time; what it answers is checked (mail/index.h), and a
 * worker that dies or does not answer costs the mail it had, nothing else.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "hire.h"
#include "index.h"
#include "mail.h"
#include "recall.h"
#include "spool.h"
#include "talk.h"

struct sess;

enum {
	/*
	 * Mails that are kept: what a client reads in pieces, and what it has
	 * just listed; their octets are bounded by spool.memory, and each has
	 * a descriptor of the session's JAIL_NOFILE.
	 */
	SCAN_MAILS = 32,
	/*
	 * Mails that were changed or denied and had to make room: a listing
	 * has these judged again; once there were more, all that it shows.
	 */
	SCAN_GONE = 1024,
	/*
	 * Octets of the indexes of mails, common ones having some kB each:
	 * above, those that are kept make room for those in work.
	 */
	SCAN_INDEXES = 4 << 20,
	/* Rows and documents of one mail, 10,000 at the most. */
	SCAN_ARENA = 1 << 20,
	/*
	 * What taking apart and putting together may take, besides the time
	 * that the engines are given.
	 */
	SCAN_WORK_MS = 30000,
	/* The keeper's word that a worker was killed. */
	SCAN_KILL_MS = 5000,
};

enum scan_state {
	SCAN_FREE,
	SCAN_SPOOLING,		/* its octets come in */
	SCAN_WAITING,		/* for the worker */
	SCAN_JUDGING,		/* JUDGE was sent */
	SCAN_EDITING,		/* EDIT was sent */
	SCAN_READY,		/* may be shown or stored: from octets */
	SCAN_DENIED,		/* by an ACL or a filter */
	SCAN_ERROR,		/* could not be judged: try later */
};

struct scan_mail {
	enum scan_state state;
	enum mail_talk_direction direction;
	uint32_t uid, seq;		/* of a download; seq 0: not known */
	uint32_t serial;
	unsigned pins;			/* in work: it does not make room */
	bool changed;			/* edited, or denied */
	bool denied;			/* by policy, whatever happens now */
	bool later;			/* no engine could say: once one can */
	uint64_t stamp;			/* of its last use */
	uint64_t announced;		/* octets its literal has */
	struct spooled octets;
	struct str map;			/* the index */
	struct mail_index index;
	struct recall_mail recall;
	uint32_t mail_acl;		/* row that decided, or MAIL_NONE */
	const char *code;		/* response code of a refusal */
	char why[MAIL_TALK_WHY];	/* of DENIED and ERROR, for the log */
	int64_t since;
};

struct scan {
	struct acl_rules mail_rules[CONF_DIRECTIONS],
	    doc_rules[CONF_DIRECTIONS];
	struct arena arena;		/* of one decision */
	struct mail_worker worker;
	struct spool spool;
	struct recall recall;
	struct scan_mail mails[SCAN_MAILS];
	uint32_t gone[SCAN_GONE];	/* UIDs */
	unsigned ngone;
	bool lost;			/* there were more */
	uint64_t clock;			/* of stamps */
	uint32_t serial;
	/* The question that the worker has. */
	int64_t asked_until;		/* 0: none */
	uint32_t awaited, awaited_serial;	/* kind of its answer */
	struct scan_mail *asked;	/* about it; NULL: about none any more */
	bool killed;			/* it took too long */
	bool ready;			/* poll(2) has it readable */
	struct scan_decode {
		bool active, asked, done, ok;
		bool full;	/* not ok: for want of room or of a worker */
		const struct scan_mail *mail;
		struct mail_span body;
		uint8_t cte;
		uint32_t serial;
		struct spooled octets;
	} decode;
	char *talk;			/* MAIL_TALK_MAX */
};

/* Does this session's ACL ask for it? */
bool scan_wanted(const struct sess *s);
/*
 * Hire a worker and open the spool: before the server is dialed.  0, or -1
 * with *why_r.
 */
int scan_begin(struct sess *s, const char **why_r);
void scan_end(struct sess *s);
/* The descriptor to wait for, -1: nothing is asked. */
int scan_fd(const struct sess *s);
/* When what was asked is overdue, clock_ms(); CLOCK_NEVER. */
int64_t scan_due(const struct sess *s);
/* Hear the worker and ask it the next question; true when something moved. */
bool scan_turn(struct sess *s);

/*
 * A mail of so many octets begins.  NULL with *code_r and *why_r when there is
 * no place for it: *code_r is NULL when there will be one, as soon as a mail
 * in work is done.  It is pinned, see scan_keep().
 */
struct scan_mail *scan_new(struct sess *s, enum mail_talk_direction d,
    uint64_t octets, const char **code_r, const char **why_r);
/* Its next octets; what cannot be kept makes it SCAN_ERROR. */
void scan_write(struct sess *s, struct scan_mail *m, struct str octets);
/* All octets are there: have it judged. */
void scan_judge(struct sess *s, struct scan_mail *m);
/* Is it decided? */
bool scan_decided(const struct scan_mail *m);
void scan_drop(struct sess *s, struct scan_mail *m);
/* It is in work once more. */
void scan_pin(struct scan_mail *m);
/*
 * It is so no longer: what is decided stays for later, and makes room when
 * it has to.
 */
void scan_keep(struct sess *s, struct scan_mail *m);

/* The mail kept of this UID, or of this number; NULL. */
struct scan_mail *scan_find_uid(struct sess *s, uint32_t uid);
struct scan_mail *scan_find_seq(struct sess *s, uint32_t seq);
/* Is any mail kept, or was one that was changed? */
bool scan_knows(const struct sess *s);
/* Was this one changed, and is not kept any more? */
bool scan_was_changed(const struct sess *s, uint32_t uid);
/* Were there more of them than scan_was_changed() can tell of? */
bool scan_lost(const struct sess *s);
/*
 * Another mailbox, or other UIDs in it: what was kept is about mails of the
 * last one.  No mail of it may be in work.
 */
void scan_forget(struct sess *s);
/* The server said that message seq is gone. */
void scan_expunged(struct sess *s, uint32_t seq);
/* The server said which UIDs are gone: numbers are not known any more. */
void scan_vanished(struct sess *s);

/* Have a part's body decoded; then scan->decode.done. */
void scan_decode(struct sess *s, const struct scan_mail *m,
    const struct mail_part *p);
void scan_decode_end(struct sess *s);

#endif
