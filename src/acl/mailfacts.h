#ifndef MAILFACTS_H
#define MAILFACTS_H

/*
 * What policy may know of a mail and of the documents in it: told by whoever
 * had it taken apart (or made up by a test expression), judged by mail.h.
 * All of it comes from a hostile mail: nothing here is longer or deeper than
 * the index it is read from, and what is compared costs of effort.
 */

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "str.h"

/*
 * Octets of patterns times octets of texts that are compared for a mail and
 * all its documents, some half a second at worst; then nothing more can be
 * decided.  100 patterns of 10 octets and 10,000 names of 50 are less.
 */
#define ACL_EFFORT (UINT64_C(1) << 29)

/* Texts that need not lie in a row: of an index, or an array. */
struct acl_list {
	uint32_t n;
	bool cut;			/* there are more than are known */
	struct str (*at)(const struct acl_list *l, uint32_t i);
	const void *from;		/* at's own, */
	uint64_t ref;			/* and this */
};

/* Of an array that outlives it. */
struct acl_list acl_list_of(const struct str *texts, uint32_t n);

struct acl_mail_facts {
	/* Of the mail and its documents, ACL_EFFORT at first. */
	uint64_t *effort;
	/*
	 * Why it could not be taken apart, or NULL: then nothing below size is
	 * known, no document can be asked, and virus is CONF_VIRUS_ERROR.
	 */
	const char *why;
	uint32_t spam;			/* x 1000, or CONF_SPAM_UNKNOWN */
	uint8_t virus;			/* enum conf_virus */
	uint64_t size;			/* octets, as it came */
	uint32_t docs;			/* documents */
	bool encrypted, malformed;
	bool archives_cut;		/* not all members were looked at */
	struct acl_list virus_names;
	struct acl_list types;		/* identified, of documents; "" none */
	/* Fields rules ask about, each with its value: decoded UTF-8. */
	struct acl_list fields, values;
};

struct acl_doc_facts {
	uint64_t *effort;		/* the mail's */
	uint32_t spam;			/* the mail's */
	/*
	 * enum conf_virus.  A virus that was found in the mail and in none of
	 * its documents may be in any: then it is found in each.
	 */
	uint8_t virus;
	bool encrypted;
	uint32_t depth;			/* documents and multiparts it is in */
	uint64_t size;			/* octets, decoded */
	struct str type;		/* identified; "" none */
	/*
	 * The same by doc-acls' own orders, of conf_main.type_orders; what is
	 * not in it is not known.
	 */
	struct acl_list ordered;
	struct str declared;		/* "" none */
	struct acl_list names;		/* all a reader may show, UTF-8 */
	struct acl_list members;	/* types in it, of an archive */
};

#endif
