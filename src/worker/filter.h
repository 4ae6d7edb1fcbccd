#ifndef FILTER_H
#define FILTER_H

/*
 * mail-filter: what in a mail is forbidden by standards or read differently
 * by readers, and the edits that mend it.  One table says which flag of
 * mime/flag.h breaks which rule, and how it is mended.
 *
 * Mended is what every reader reads alike: after the edits the mail is taken
 * apart again and asked about once more, FILTER_ROUNDS times at most; what is
 * still found then cannot be mended, and the mail is rejected.
 *
 * What a signature covers, the parts within a multipart/signed, is not
 * changed: the mail is malformed then, and ACLs decide.
 */

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "edit.h"
#include "part.h"

enum {
	/* One mends what another one hid; the third finds nothing. */
	FILTER_ROUNDS = 4,
	/* Of what was found, for the log; the rest is counted. */
	FILTER_FOUND_MAX = 64,
	FILTER_WHY = 160,
};

/* X(enumerator, member of conf_mail_filter, name) */
#define FILTER_RULES(X) \
	X(INVALID_HEADER, invalid_header, "invalid-header") \
	X(HEADER_8BIT, header_8bit, "header-8bit") \
	X(QUOTING, quoting, "quoting") \
	X(BODY_8BIT, body_8bit, "body-8bit") \
	X(BAD_CHAR, bad_char, "bad-char") \
	X(LONG_HEADER, long_header, "long-header") \
	X(AMBIGUOUS, ambiguous_structure, "ambiguous-structure")

enum filter_rule {
	FILTER_NONE,		/* nothing forbids it, nobody is misled */
#define FILTER_ENUM(id, member, name) FILTER_##id,
	FILTER_RULES(FILTER_ENUM)
#undef FILTER_ENUM
	FILTER_RULE_COUNT
};

struct filter_found {
	uint32_t part;		/* its id */
	uint8_t rule;		/* enum filter_rule */
	uint8_t mend;		/* enum conf_mend */
	bool is_signed;		/* it would be mended, but for a signature */
	const char *flag;	/* constant */
};

struct filter {
	const struct conf_mail_filter *rules;
	enum conf_language language;	/* of texts that replace parts */
	/* The parts' flags have what decoding their bodies shows. */
	bool decoded;
	/* Octets that will not be looked at again soon; NULL: never mind. */
	void (*passed)(void *ctx, struct str octets);
	void *ctx;
	/* what came out */
	enum conf_mend verdict;	/* PASS: nothing is to be changed */
	/* Something is passed that readers may read differently. */
	bool malformed;
	/* Not mended: it would have broken a signature. */
	bool is_signed;
	struct filter_found found[FILTER_FOUND_MAX];
	unsigned n, left_out;
	char why[FILTER_WHY];	/* of REJECT: part, flag and rule */
};

/*
 * Ask about a mail that was taken apart, adding edits to e, which is about
 * the same mail.  round counts from 1.
 */
enum conf_mend filter_mail(struct filter *f, const struct mime_part *mail,
    struct mime_edits *e, unsigned round);

const char *filter_rule_name(enum filter_rule rule);
/* The rule that a flag breaks; bit < MIME_FLAG_COUNT. */
enum filter_rule filter_rule_of(unsigned bit);
/* "1.2", "" is the mail itself; out holds MIME_DEPTH_MAX * 6.  Returns out. */
char *filter_number(const struct mime_part *part, char *out, size_t size);

#endif
