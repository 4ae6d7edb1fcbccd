#ifndef QUEUE_H
#define QUEUE_H

/*
 * Commands between the client's asking and the client's answer, in the order
 * asked.  A row is either remote (sent, its tagged response is awaited by the
 * proxy's own tag, never by position) or local (answered by the proxy once
 * everything before it is answered).
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* As many as design allows in flight; then reading stops. */
	QUEUE_MAX = 16,
	/* RFC sets no limit; longer tags are refused by the reader. */
	QUEUE_TAG_MAX = 64,
	/* A local answer: code and text. */
	QUEUE_ANSWER = 192,
};

enum queue_kind {
	QUEUE_REMOTE,		/* the server's tagged response is awaited */
	QUEUE_OWN,		/* the proxy's own command: no answer goes on */
	QUEUE_LOCAL,		/* answered here */
};

/* What stands before the tagged line of a local answer. */
enum queue_say { QUEUE_SAY_NOTHING, QUEUE_SAY_CAPABILITY, QUEUE_SAY_ID,
	QUEUE_SAY_ENABLED, QUEUE_SAY_BYE };

struct queued {
	enum queue_kind kind;
	uint32_t number;	/* the proxy's tag */
	uint16_t row;		/* of the command table */
	bool done;		/* remote: completed, waits to leave */
	bool barrier;		/* nothing is sent before it is complete */
	bool content;		/* FETCH that asked for content */
	bool idling;		/* IDLE: the server said "+" */
	bool dry;		/* the ACL would have refused it */
	bool bad_done;		/* IDLE: ended by something else than DONE */
	enum queue_say say;	/* local */
	char tag[QUEUE_TAG_MAX + 1];	/* the client's */
	/* local; remote: what is said instead of the server's answer */
	char answer[QUEUE_ANSWER];	/* local: "NO [CODE] text" */
	int64_t since;		/* ms, for REQUEST and command-timeout */
};

struct queue {
	struct queued *rows;	/* QUEUE_MAX, from the arena */
	unsigned head, n;
	uint32_t next;		/* number of the next remote command */
};

bool queue_full(const struct queue *q);
/* A new last row, zeroed but for kind; the caller has seen it is not full. */
struct queued *queue_add(struct queue *q, enum queue_kind kind);
/* The oldest row, or NULL. */
struct queued *queue_head(const struct queue *q);
struct queued *queue_last(const struct queue *q);
void queue_drop_head(struct queue *q);
/* The row that waits for this number, or NULL. */
struct queued *queue_find(const struct queue *q, uint32_t number);
/* Is a barrier on its way? */
bool queue_barred(const struct queue *q);
/* Did a command in flight ask for message content? */
bool queue_wants_content(const struct queue *q);
/* Rows whose answer the server owes. */
unsigned queue_remote(const struct queue *q);

#endif
