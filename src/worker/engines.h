#ifndef ENGINES_H
#define ENGINES_H

/*
 * The configuration's antivirus and antispam, and what they say of a mail:
 * of all of it, of each part in each reading, of members of archives.
 */

#include "finding.h"
#include "judged.h"
#include "scan.h"
#include "scratch.h"

enum {
	/* Octets of pieces that wait for engines before they are asked. */
	ENGINES_WAITING = 8 << 20,
};

/* What was submitted, and of what it is. */
struct engines_object {
	int number;			/* -1: nobody had to be asked */
	bool whole;			/* the mail */
	struct judged_part *row;
	struct piece piece;		/* given back when it is answered */
};

/* Of one engine, on the mail. */
struct engines_words {
	struct finding known;		/* of the bits in engines.known */
	struct finding_made made;	/* of those that were asked */
};

struct engines {
	struct scan_engine *engine;	/* antivirus by row, then antispam */
	size_t n, antivirus;
	struct scan *scan;		/* NULL: nobody was asked yet */
	int places;			/* for max-parallel; -1: none */
	const char *lacks;		/* constant: why there is none */
	struct scratch *scratch;
	/* of the mail */
	uint64_t parts, whole;		/* engines to ask, bits */
	uint64_t known;			/* whose words are known already */
	uint64_t sure;			/* whose version was just asked */
	bool differs;			/* known words do not fit the mail */
	struct engines_words *words;	/* a row for each engine */
	struct engines_object object[SCAN_OBJECTS_MAX];
	size_t nobjects;
	uint64_t waiting;		/* octets of pieces */
	const char *why;		/* constant; something went wrong */
};

/*
 * Outlives the configuration's use; false: no memory.  Before the jail: opens
 * what all sessions share, in their folder.
 */
bool engines_open(struct engines *e, const struct conf *c);
void engines_close(struct engines *e);

/* A mail begins; engines that j->known has a finding of are not asked. */
void engines_begin(struct engines *e, struct judged *j, struct scratch *s);
/* Has any engine to be asked about parts? */
static inline bool
engines_wanted(const struct engines *e)
{
	return e->parts != 0;
}
/* Ask about the whole mail. */
void engines_ask_mail(struct engines *e, struct judged *j);
/*
 * Ask about octets that are of a part; those of a piece, if it is one, become
 * the engines', else they are the mail's.
 */
void engines_ask(struct engines *e, struct judged *j, struct judged_part *row,
    struct str octets, struct piece *piece);
/* Something of a part could not be given to them: it is no "free". */
void engines_missed(struct engines *e, struct judged *j,
    struct judged_part *row, const char *why);
/* Wait for all answers, and combine them. */
void engines_end(struct engines *e, struct judged *j);
/*
 * What those that were asked said, for who takes the mail apart again, and
 * which version the known ones had: a list of findings, in the mail's arena.
 */
struct str engines_findings(const struct engines *e, const struct judged *j);
/* No mail for a while. */
void engines_rest(struct engines *e);

#endif
