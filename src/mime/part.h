#ifndef PART_H
#define PART_H

/*
 * A mail as a tree of parts (RFC 2045-2049, RFC 5322), each a span of the
 * original octets.  Nothing recurses, each octet is looked at a bounded
 * number of times.
 *
 * The tree is what Dovecot takes a mail for, so that a client is told the
 * same: the first of fields that are repeated counts, a boundary is found
 * wherever a line begins with it, the innermost first, it ends a header, too,
 * and the line's end before it belongs to it; behind the closing one nothing
 * is a part.  Where readers differ a flag is set, and what other readers
 * would take for a body is listed in `others`.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "cte.h"
#include "flag.h"
#include "param.h"
#include "str.h"

enum {
	/*
	 * Multiparts in multiparts, messages in messages.  Dovecot goes on to
	 * 100; mails that people forward to each other have ten.
	 */
	MIME_DEPTH_MAX = 100,
	/* As Dovecot; a digest of a busy list has some hundred. */
	MIME_PARTS_MAX = 10000,
	/*
	 * RFC 2046 allows 70.  What a boundary has behind this is not
	 * compared, as Dovecot does not.
	 */
	MIME_BOUNDARY_MAX = 80,
	/*
	 * Bodies that other readers find.  A text that quotes mails with
	 * their headers has some.
	 */
	MIME_OTHERS_MAX = 10000,
	/* Octets of such bodies that go on and on, by the mail's octets. */
	MIME_LONGER_MAX = 16,
};

enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

/* In the mail's octets. */
struct mime_span { uint64_t off, n; };

/* X(enumerator, name): fields whose values a part keeps. */
#define MIME_KEPT(X) \
	X(TYPE, "Content-Type") \
	X(CTE, "Content-Transfer-Encoding") \
	X(DISPOSITION, "Content-Disposition") \
	X(ID, "Content-ID") \
	X(DESCRIPTION, "Content-Description") \
	X(MD5, "Content-MD5") \
	X(LANGUAGE, "Content-Language") \
	X(LOCATION, "Content-Location") \
	X(VERSION, "MIME-Version")

enum mime_kept {
#define MIME_KEPT_ENUM(id, name) MIME_KEPT_##id,
	MIME_KEPT(MIME_KEPT_ENUM)
#undef MIME_KEPT_ENUM
	MIME_KEPT_COUNT
};

/* What a part's type says of it: X(enumerator, what it means). */
#define MIME_MARKS(X) \
	X(SIGNED, "a signature is over it: multipart/signed, PGP in text") \
	X(ENCRYPTED, "nobody but its reader can look into it, or into CMS") \
	X(SIGNATURE, "a signature of another part") \
	X(PARTIAL, "a piece of a mail, or of a file in it") \
	X(EXTERNAL, "message/external-body: it is elsewhere") \
	X(TNEF, "a container of Outlook's")

enum mime_mark_bit {
#define MIME_MARK_BIT_ENUM(id, means) MIME_MARK_BIT_##id,
	MIME_MARKS(MIME_MARK_BIT_ENUM)
#undef MIME_MARK_BIT_ENUM
	MIME_MARK_COUNT
};

enum mime_mark {
#define MIME_MARK_ENUM(id, means) MIME_MARK_##id = 1 << MIME_MARK_BIT_##id,
	MIME_MARKS(MIME_MARK_ENUM)
#undef MIME_MARK_ENUM
};

struct mime_part {
	struct mime_part *parent, *child, *next;	/* NULL: none */
	struct mime_part *later;	/* in the order of the octets */
	uint32_t id;			/* 0 the mail, as `later` goes */
	uint32_t number;		/* among its siblings, from 1 */
	uint32_t depth;			/* 0 the mail */
	enum mime_kind kind;
	unsigned marks;			/* SIGNED, ENCRYPTED: of those above, too */
	uint64_t flags;			/* of its header and its own lines */
	/*
	 * The header ends behind its empty line, the body before the line end
	 * that belongs to a boundary.  Lines are line ends.
	 */
	struct mime_span header, body;
	uint64_t header_lines, lines;
	/* Of a multipart: before its first boundary, behind its last. */
	struct mime_span preamble, epilogue;
	/*
	 * Values as they stand behind the colon; p NULL: no such field, or
	 * none that can be read.
	 */
	struct str kept[MIME_KEPT_COUNT];
	/*
	 * The type that makes it what it is, text/plain or message/rfc822
	 * without a field, both empty when it cannot be read.
	 */
	struct str media, subtype;
	struct mime_value type;		/* all readings; no field: empty */
	struct mime_value disposition;	/* the same */
	enum mime_cte cte;
	unsigned cte_readings;		/* MIME_CTE_BIT()s, cte's among them */
	struct str boundary;		/* p NULL: none */
	/* the reader's own */
	struct mime_part *tail;		/* the last child */
	struct mime_other *open;	/* whose ends are not known yet */
	struct mime_other *longer;	/* the same, of parts in it */
	bool unsure;			/* readers find other boundaries */
	uint64_t from;			/* line ends before the body */
	bool closed;			/* behind the closing boundary */
};

enum mime_other_kind {
	/* The body when the header ends at a line that is no field. */
	MIME_OTHER_EARLY,
	/* A multipart or message with an encoding; decode and take apart. */
	MIME_OTHER_ENCODED,
	/*
	 * An encoded body up to the end of its multipart, whose boundary some
	 * readers do not see in the lines that it is seen in here.
	 */
	MIME_OTHER_LONGER,
	/*
	 * A header of MIME in a body, in a preamble or behind a closing
	 * boundary, and what follows it up to a line that begins as the one
	 * before the header did, or to another such header; the same where
	 * that header ends early for some, then without it.
	 */
	MIME_OTHER_HIDDEN,
	/* From "begin 644 name" on: uuencode, or xxencode. */
	MIME_OTHER_UU,
	/* Behind "begin-base64 644 name". */
	MIME_OTHER_UU64,
	/* From "=ybegin" and BinHex's first line on. */
	MIME_OTHER_YENC, MIME_OTHER_BINHEX,
};

/*
 * A body that is none in the tree.  Those of kinds HIDDEN and later are found
 * in octets as they stand; what an encoding hides of them shows when the part
 * is decoded.
 */
struct mime_other {
	struct mime_other *next;
	struct mime_part *part;		/* in whose octets it lies */
	enum mime_other_kind kind;
	struct mime_span header;	/* of HIDDEN */
	struct mime_span body;
	struct mime_value type;		/* of HIDDEN: its Content-Type */
	struct mime_value disposition;
	unsigned cte_readings;		/* MIME_CTE_BIT()s */
	struct mime_other *open;	/* the reader's own */
};

struct mime_parts {
	struct arena *arena;
	struct str in;
	struct mime_part *mail;		/* the tree */
	struct mime_other *others;	/* in the order they were found */
	size_t count, others_count;
	uint64_t longer;		/* octets of MIME_OTHER_LONGER */
	uint64_t flags;			/* of all parts */
	unsigned marks;
	const char *why;		/* of an error, constant */
	/* the reader's own */
	struct mime_part *at, *last;
	struct mime_other **tail;
	struct mime_other *hidden;	/* whose header is being read */
	bool in_header, done;
	size_t pos;			/* the line's beginning */
	size_t scanned;			/* no line end from pos to here */
	uint64_t lines;			/* line ends before pos */
	size_t delimiter_end;		/* behind the last boundary's line */
	struct mime_span dashes;	/* the last line "--...", n 0: none */
	size_t dashes_near;		/* no empty line behind it before this */
};

/*
 * in: all octets of the mail, which outlive the tree, as the arena does.
 */
void mime_parts_init(struct mime_parts *p, struct arena *a, struct str in);
/*
 * Reads no octet from upto on, and few that are a line or a header behind:
 * boundaries, and lines before.  upto never goes back.  Where calls stop makes
 * no difference.  1 the tree is complete; 0 upto is not the mail's end;
 * ERR_LIMIT with why, for ever.
 */
int mime_parts_step(struct mime_parts *p, size_t upto)
    __attribute__((warn_unused_result));

struct str mime_span_str(struct str in, struct mime_span s);
/* The name of a field that is kept; constant. */
const char *mime_kept_name(enum mime_kept k);

#endif
