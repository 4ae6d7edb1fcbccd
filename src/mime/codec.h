#ifndef CODEC_H
#define CODEC_H

/*
 * Bodies decoded: base64 and quoted-printable (RFC 2045 sections 6.7 and
 * 6.8), uuencode (POSIX), yEnc (1.3), and of BinHex 4.0 (RFC 1741) the data
 * fork.  Incremental: any split of the input gives the same
 * octets and flags.  Whatever is wrong is flagged and decoded on; the flags
 * are the same with MIME_CODEC_LOOSE and without.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flag.h"
#include "str.h"

enum mime_codec_kind {
	MIME_CODEC_BASE64, MIME_CODEC_QP, MIME_CODEC_UU,
	/* Without flags: nobody's body, only files in text. */
	MIME_CODEC_YENC, MIME_CODEC_BINHEX,
};

/* Readings other than the first. */
enum {
	/*
	 * Base64: go on behind '=', where others stop.  Quoted-printable:
	 * keep blanks at the end of a line, drop '=' that means nothing.
	 */
	MIME_CODEC_LOOSE = 1,
	/* Base64: '-' and '_' are digits (RFC 4648 section 5). */
	MIME_CODEC_URL = 2,
};

enum {
	/*
	 * Octets that wait for what follows them: a run of blanks, which is
	 * text when it is longer than a line may be; a line of uuencode,
	 * which has at most 86.
	 */
	MIME_CODEC_HOLD = 1000,
	/* The least room to give; more is faster. */
	MIME_CODEC_ROOM = 2048,
	/* Octets that one octet makes at most: a run in BinHex. */
	MIME_CODEC_GROWTH = 255,
};

/* Where a file in yEnc or BinHex is being read. */
enum mime_codec_at {
	MIME_CODEC_BEFORE,	/* lines before it, and its first */
	MIME_CODEC_COLON,	/* BinHex: the colon is to come */
	MIME_CODEC_HEADER,	/* BinHex: of the file */
	MIME_CODEC_LINE,	/* yEnc: a line begins */
	MIME_CODEC_WORD,	/* yEnc: it began with '=' */
	MIME_CODEC_SKIP,	/* yEnc: "=ypart ..." */
	MIME_CODEC_DATA,
	MIME_CODEC_ESCAPE,	/* yEnc: behind '=' */
};

struct mime_codec {
	enum mime_codec_kind kind;
	unsigned options;
	uint64_t flags;
	bool done;		/* behind the end of a file in text */
	/* base64 */
	uint32_t bits;
	unsigned have;		/* digits in bits */
	unsigned pad;		/* '=' that must follow */
	size_t line;		/* digits of this line */
	bool stopped;		/* behind the first '=' */
	bool padded;		/* behind a '=' */
	bool odd;		/* a line was empty or no multiple of 4 */
	/* the others */
	bool begun;		/* uuencode */
	bool over;		/* the line is longer than hold */
	size_t held;
	char hold[MIME_CODEC_HOLD + 1];
	/* yEnc, BinHex */
	enum mime_codec_at at;
	uint64_t left;		/* octets of the data fork */
	bool run;		/* behind 0x90 */
	unsigned char last;	/* what a run repeats */
	/* the name of a file in text */
	size_t name_n;
	char name[MIME_CODEC_HOLD];
};

void mime_codec_init(struct mime_codec *c, enum mime_codec_kind kind,
    unsigned options);
/*
 * Decode into out, which has room for at least MIME_CODEC_ROOM octets; *n_r
 * octets were written.  Returns how many octets of in were taken: not all if
 * they do not fit, none only when in is empty or done.
 */
size_t mime_codec_feed(struct mime_codec *c, struct str in, char *out,
    size_t room, size_t *n_r);
/* There is no more input: what is left of it. */
void mime_codec_end(struct mime_codec *c, char *out, size_t room,
    size_t *n_r);

#endif
