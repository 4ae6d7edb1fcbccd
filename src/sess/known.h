#ifndef KNOWN_H
#define KNOWN_H

/*
 * What policy may know of a mail that a worker took apart: its index told as
 * the facts of acl/mailfacts.h.  Used by sessions and by test-imap4.
 */

#include "arena.h"
#include "index.h"
#include "mailfacts.h"

enum {
	/* Names of viruses that rules are asked about, for one mail. */
	KNOWN_VIRUSES = 64,
};

struct known {
	const struct mail_index *x;
	const uint32_t *docs;		/* rows of documents */
	uint32_t ndocs;
	/* A virus in the mail, and in none of its documents: in any. */
	bool suspect;
	/* A virus in octets that are in no document: it stays when those go. */
	bool hidden;
	struct str viruses[KNOWN_VIRUSES];
};

/* Of an open index that outlives it; docs lives in the arena. */
void known_open(struct known *k, const struct mail_index *x,
    struct arena *a);
/* Lists in the facts point to k. */
void known_mail(struct known *k, uint64_t *effort, uint64_t size,
    struct acl_mail_facts *m_r);
/* Document i, from 0. */
void known_doc(const struct known *k, uint32_t i, uint64_t *effort,
    struct acl_doc_facts *d_r);

#endif
