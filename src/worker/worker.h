#ifndef WORKER_H
#define WORKER_H

/*
 * A mail worker: it takes mails apart, says what is in them, and puts them
 * together again as a session decided.  It decides nothing.  What it is asked
 * and answers is talk.h's; worker_serve() does it for a session over a socket,
 * the others for whoever is in the same process.
 */

#include <setjmp.h>

#include "engines.h"
#include "index_make.h"
#include "inspect.h"
#include "judged.h"
#include "outcome.h"
#include "quarantine.h"
#include "replace.h"
#include "talk.h"
#include "typing.h"

enum {
	/*
	 * What is kept of one mail: a hundred thousand fields, ten thousand
	 * parts with their parameters.
	 */
	WORKER_ARENA = 256 << 20,
	/* Without work it ends, and its memory is free; before, it lets go
	 * of the engines. */
	WORKER_IDLE_MS = 30000,
	WORKER_REST_MS = 2000,
	/* Octets that are decoded for BINARY into memory. */
	WORKER_DECODE_MEMORY = 4 << 20,
	/* Edits that one answer has room for. */
	WORKER_EDITS = 500,
	/* Decisions that the note of a copy in quarantine names. */
	WORKER_NOTE_ACLS = 20,
};

struct worker {
	/* for all mails */
	const struct conf *conf;
	const char *lacks;		/* what could not be loaded, constant */
	struct mime_charsets charsets;
	struct typing typing;
	struct engines engines;
	struct quarantine quarantine;
	struct replace replace;
	/* of the mail, until the next or worker_forget() */
	size_t memory;			/* that the arena may take */
	struct arena arena;
	jmp_buf full;			/* the arena's overflow */
	bool spent;			/* it was: not fit for another mail */
	struct judged judged;
	struct mail_judge asked;
	bool apart;			/* judged is complete */
	struct str findings;		/* of engines, in the arena */
	struct scratch scratch;
	struct outcome outcome;
	struct mail_make make;
};

/*
 * Before the jail: load all that rules may need.  What cannot be loaded is
 * not an error here: its method, notice or quarantine says so when it is
 * needed.  0, or -1 with *why_r.
 */
int worker_open(struct worker *w, const struct conf *c, const char **why_r);
void worker_close(struct worker *w);

/*
 * JUDGE: octets becomes the worker's; file, or -1, is used until it returns,
 * and so is the list of findings.  *index_r is the caller's, -1: there is
 * none.  worker_findings(): what engines said now, until worker_forget().
 */
void worker_judge(struct worker *w, const struct mail_judge *q,
    struct str known, int octets, int file, struct mail_facts *a_r,
    int *index_r);
struct str worker_findings(const struct worker *w);
/*
 * EDIT of the mail that was judged last, with q->docs rows; file, or -1, is
 * for a large mail.  *octets_r and *index_r are the caller's, -1: none.
 * done_r: what was done, until worker_forget(); a_r->edits and
 * edits_left_out, of which the first are there.
 */
void worker_edit(struct worker *w, const struct mail_edit *q,
    const uint32_t *docs, int file, struct mail_edited *a_r, int *index_r,
    int *octets_r, struct mail_edit_done **done_r);
/* DECODE: descriptors stay the caller's; *octets_r is his, -1: none. */
void worker_decode(struct worker *w, const struct mail_decode *q, int octets,
    int file, struct mail_decoded *a_r, int *octets_r);
void worker_forget(struct worker *w);

/* Serve a session over this socket; enters the jail's WORKER. */
_Noreturn void worker_serve(void *worker, int work);

#endif
