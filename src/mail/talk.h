#ifndef TALK_H
#define TALK_H

/*
 * What session and mail worker say to each other, over a SOCK_SEQPACKET
 * socketpair: one message is one datagram, a fixed head, perhaps rows and
 * text behind it, perhaps descriptors.  Both are of one build.  Neither trusts
 * the other's numbers.
 *
 *	session				worker
 *	JUDGE fd of octets	->
 *				<-	FACTS index, or why there is none
 *	EDIT rows of ACLs	->
 *				<-	EDITED octets, index, what was done
 *	DECODE span of octets	->
 *				<-	DECODED octets
 *				<-	DIED (said by the keeper): what was
 *					asked will not be answered
 *
 * One question at a time, but for a JUDGE behind a JUDGE's or an EDIT's
 * answer.  Rows are rows of the compiled configuration, which both have.
 */

#include <stdbool.h>
#include <stdint.h>

#include "index.h"
#include "str.h"

enum {
	MAIL_TALK_MAX = 60 << 10,	/* a datagram */
	MAIL_TALK_FDS = 3,
	/* A document's decision: rows that fit one message. */
	MAIL_TALK_DOCS = 10000,
	MAIL_TALK_WHY = 160,
	MAIL_TALK_USER = 64,
};

enum mail_talk_kind { MAIL_JUDGE = 1, MAIL_FACTS, MAIL_EDIT, MAIL_EDITED,
	MAIL_DECODE, MAIL_DECODED, MAIL_DIED };

enum mail_talk_direction { MAIL_DOWNLOAD, MAIL_UPLOAD };

/*
 * Findings that are known may follow, a list (finding.h).  Octets of the
 * mail: fd 0; it is offset off of it, a multiple of a page.
 * fd 1, if there is one: a file for what is decoded of large parts, until the
 * answer.
 */
struct mail_judge {
	uint32_t serial;
	uint32_t command_acl;		/* row: what engines, what filter */
	uint64_t off, size;
	uint8_t direction;
	uint8_t language;		/* enum conf_language */
	uint8_t pad[6];
	uint32_t ms;			/* the answer is wanted within */
	uint32_t pad2;
	char id[32];			/* of the session, for notes and logs */
	char user[MAIL_TALK_USER];	/* who is logged in; longer ones cut */
};

enum mail_facts_status {
	MAIL_FACTS_OK,
	MAIL_FACTS_LIMIT,		/* deeper, more parts ... than allowed */
	MAIL_FACTS_ERROR,		/* it could not be taken apart */
};

/*
 * index: fd 0 when there is one, of index_size octets.  A list of findings may
 * follow: of engines that were asked, and without a word on any object of
 * those whose known ones hold still; if_same: the version was asked now.
 */
struct mail_facts {
	uint32_t serial;
	uint8_t status;			/* enum mail_facts_status */
	uint8_t corrected;		/* mail-filter has something to mend */
	uint8_t rejected;		/* mail-filter rejects it; why says */
	uint8_t pad;
	uint64_t index_size;
	char why[MAIL_TALK_WHY];
};

/*
 * docs rows of uint32_t follow: for each part of the index, in its order, the
 * doc-acl that decided, or MAIL_NONE.  If there are more than fit, they come
 * in a sealed memfd, fd 1.  fd 0: a file for what does not fit a memfd.
 */
struct mail_edit {
	uint32_t serial;
	uint32_t mail_acl;		/* row, or MAIL_NONE */
	uint32_t docs;
	uint8_t denied;			/* quarantine only: nothing is made */
	uint8_t has_file;
	uint8_t pad[2];
	uint32_t ms;
	uint32_t pad2;
	char why[MAIL_TALK_WHY];	/* of a denial, for the quarantine */
};

/*
 * fd 0 the index, fd 1 the octets, unless they are in the file of the
 * question.  edits rows of mail_edit_done follow, as many as fit.
 */
struct mail_edited {
	uint32_t serial;
	uint8_t status;			/* enum mail_facts_status */
	uint8_t in_file;
	uint8_t unchanged;		/* the octets are the original ones */
	uint8_t quarantined;
	uint64_t size, index_size;
	uint32_t edits, edits_left_out;
	char why[MAIL_TALK_WHY];
};

/* One edit, for the log. */
struct mail_edit_done {
	uint32_t part;			/* row of the original's index */
	char what[28];			/* "replace-file", "prefix-subject" */
	char detail[64];
};

/*
 * A body decoded, for BINARY: fd 0 as in JUDGE; fd 1, if there is one: a file
 * for what is large.
 */
struct mail_decode {
	uint32_t serial;
	uint8_t cte;			/* enum mime_cte */
	uint8_t pad[3];
	uint64_t off, size;		/* of the body, any offset */
};

/*
 * fd 0: size octets, unless they are in the file of the question.  ok 0:
 * nobody can decode it (RFC 3516 [UNKNOWN-CTE]), or there is no room.
 */
struct mail_decoded {
	uint32_t serial;
	uint8_t ok;
	uint8_t in_file;
	uint8_t pad[2];
	uint64_t size;
};

/* The keeper throws away what waited for a worker before it says this. */
struct mail_died {
	uint32_t killed;		/* 1: as the reins wanted it */
	uint32_t pad;
};

struct mail_message {
	enum mail_talk_kind kind;
	union {
		struct mail_judge judge;
		struct mail_facts facts;
		struct mail_edit edit;
		struct mail_edited edited;
		struct mail_decode decode;
		struct mail_decoded decoded;
		struct mail_died died;
	} u;
	struct str rest;		/* rows behind the head, aligned to 8 */
	int fd[MAIL_TALK_FDS];		/* -1: none; the receiver's to close */
};

/*
 * 1 sent, 0 it would block, ERR_EOF the other end is gone, ERR_IO,
 * ERR_LIMIT more rows than fit.  Descriptors stay the sender's.
 */
int mail_talk_send(int sock, const struct mail_message *m)
    __attribute__((warn_unused_result));
/*
 * 1 a message, whose rest lives in buf (MAIL_TALK_MAX octets, aligned to 8);
 * 0 none yet; ERR_EOF; ERR_IO; ERR_SYNTAX, what came is no message.  Never
 * blocks.  Texts end with NUL, and each kind has the descriptors it needs.
 */
int mail_talk_receive(int sock, void *buf, struct mail_message *m_r)
    __attribute__((warn_unused_result));
/* Close what it brought and was not taken (set to -1). */
void mail_talk_forget(struct mail_message *m);

#endif
