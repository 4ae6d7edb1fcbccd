#ifndef FINDING_H
#define FINDING_H

/*
 * What one engine said of a mail: a word on each object that it was shown, in
 * their order.  Whoever takes the same mail apart again shows the same
 * objects, and need not ask.  A finding is a few octets, for the verdict store
 * and for messages between session and worker; it has only words that may be
 * kept (found, free, skipped), and is checked by whoever reads it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "index.h"
#include "str.h"

enum {
	/* Most take 60; one that takes more is not kept. */
	FINDING_MAX = 1000,
	/* Octets of each text. */
	FINDING_TEXT_MAX = 127,
	/* A list of them: what a message has room for. */
	FINDING_LIST_MAX = 48 << 10,
};

/* The same word on so many objects. */
struct finding_word {
	uint32_t count;
	int32_t score;			/* of antispam, else 0 */
	uint8_t virus;			/* enum mail_virus */
	struct str name;		/* of what was found */
};

struct finding_made {
	uint32_t n, last;		/* octets; where the last word begins */
	bool none;			/* a word that is not kept, or no room */
	char words[FINDING_MAX];
};

void finding_begin(struct finding_made *f);
/* The word on the next object. */
void finding_add(struct finding_made *f, uint8_t virus, int32_t score,
    struct str name);
/*
 * All of it in out, with the engine's title, cut if it is long, and what its
 * signatures are: octets; 0, it cannot be kept.
 */
size_t finding_end(const struct finding_made *f, struct str title,
    struct str version, char out[FINDING_MAX]);

struct finding {
	struct str whole;		/* all of its octets */
	struct str title, version;
	struct str words;		/* those not yet read */
	uint32_t left;			/* objects of the last one read */
	struct finding_word word;
};

/* Octets that outlive it: 0, or ERR_SYNTAX. */
int finding_open(struct finding *f, struct str octets)
    __attribute__((warn_unused_result));
/* The word on the next object: false when there was no further one. */
bool finding_next(struct finding *f, struct finding_word *w_r);
/* Has it no word on another object? */
bool finding_ended(const struct finding *f);

/*
 * Findings in a message, aligned to 8: whose each is, antivirus by their row
 * in the configuration, antispam by theirs and CONF_ENGINES_MAX.
 */
struct finding_item {
	uint32_t engine;
	uint16_t n;			/* octets of the finding, behind it */
	/* asked: it holds if the engine's version still is its */
	uint8_t if_same;
	uint8_t pad;
};

/* Put one behind *n octets of room: false, there is no room. */
bool finding_put(char *list, size_t *n, size_t room, uint32_t engine,
    bool if_same, struct str finding);
/* Take the next off the front: 1, 0 there is none, ERR_SYNTAX. */
int finding_take(struct str *list, struct finding_item *i_r,
    struct str *finding_r) __attribute__((warn_unused_result));

#endif
