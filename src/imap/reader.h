#ifndef READER_H
#define READER_H

/*
 * The client's commands, read incrementally: any split of the input gives the
 * same events.  Lines end in CRLF only.  A line is looked at when it is
 * whole, so a reader keeps no copy of half a line; what it keeps is in the
 * arena and lives until the caller releases the command.
 *
 * Deliberate: one blank before CRLF is tolerated.  A line that is no command
 * is consumed to its CRLF; if it ends as a non-synchronising literal header,
 * the literal belongs to it (RFC 7888 section 3) and is consumed too, with
 * what follows, before it is reported BAD once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "arg.h"

enum {
	/* RFC 9051 sets no limit; longer tags serve nobody. */
	IMAP_TAG_MAX = 64,
	/* Longer than any command or atom in its place. */
	IMAP_WORD_MAX = 32,
	/* LITERAL- (RFC 7888 section 5). */
	IMAP_NONSYNC_MAX = 4096,
	IMAP_ELEMENTS_MAX = 10000,
};

enum imap_event {
	IMAP_EV_NEED,		/* more input is needed */
	IMAP_EV_LITERAL,	/* one was announced: imap_reader_answer() */
	IMAP_EV_COMMAND,	/* cmd is complete and fits its signature */
	IMAP_EV_BAD,		/* why; cmd.tag when it was safely read */
	IMAP_EV_FATAL,		/* why; the stream cannot be followed */
};

enum imap_answer {
	IMAP_COLLECT,		/* into the arena */
	IMAP_STREAM,		/* the caller takes its octets */
	IMAP_REFUSE,		/* the command is over, its rest is drained */
};

struct imap_reader {
	/* permanent: the caller's */
	struct arena *arena;
	size_t max_line;		/* of a command's lines together */
	bool utf8;			/* 8-bit in quoted strings */

	/* the command being read */
	struct imap_command cmd;
	const char *why;		/* constant */
	uint64_t literal;		/* announced size; UINT64_MAX: more */
	bool sync, literal8;		/* of the announced literal */
	bool too_big;			/* FATAL: a size, not a line */
	bool tag_read;

	/* reader's own */
	uint8_t state;
	bool bad, after_value, trailing;
	uint64_t left;			/* of a literal being collected */
	size_t line_used, scanned;
	unsigned elements, depth;
	struct imap_arg *node;		/* the literal being collected */
	struct imap_arg **tail;		/* where the next argument goes */
	struct imap_arg **stack;	/* IMAP_DEPTH_MAX open lists */
};

void imap_reader_init(struct imap_reader *r, struct arena *a);
/* Forget the command: before the arena is released. */
void imap_reader_reset(struct imap_reader *r);
/*
 * Read from in; *used_r octets were used.  After COMMAND, BAD and FATAL the
 * command stays in r until imap_reader_reset().
 */
enum imap_event imap_reader_feed(struct imap_reader *r, struct str in,
    size_t *used_r);
/* After IMAP_EV_LITERAL.  STREAM: the octets come before the next feed. */
void imap_reader_answer(struct imap_reader *r, enum imap_answer answer);
/* Is it in the middle of a command (or has in the start of one)? */
bool imap_reader_partial(const struct imap_reader *r, struct str in);

/*
 * A line that is no command (IDLE's DONE, SASL): whole without CRLF in
 * *line_r.  > 0 octets used, 0 need more, ERR_SYNTAX (NUL, bare CR or LF; the
 * octets up to CRLF are *used_r), ERR_LIMIT past max.
 */
int imap_line(struct str in, size_t max, struct str *line_r, size_t *used_r);

#endif
