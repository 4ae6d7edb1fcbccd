#include <stdio.h>

#include "progress.h"
#include "reply.h"
#include "session.h"

/* The command that is worked for, NULL when none is. */
static const struct queued *
worked_for(const struct sess *s)
{
	if (download_active(s))
		return queue_find(&s->queue, s->download.number);
	return intake_active(s) ? queue_last(&s->queue) : NULL;
}

int64_t
progress_due(const struct sess *s)
{
	const struct queued *q;
	int64_t since;

	/* nothing may be said in the middle of a response */
	if (s->scan == NULL || s->mid_line || s->respond.sink != NULL ||
	    io_uncommitted(&s->client) > 0)
		return CLOCK_NEVER;
	q = worked_for(s);
	if (q == NULL)
		return CLOCK_NEVER;
	since = s->progress > q->since ? s->progress : q->since;
	if (s->client.out_last > since)
		since = s->client.out_last;
	return since + (s->progress > q->since ? PROGRESS_NEXT_MS :
	    PROGRESS_FIRST_MS);
}

bool
progress_turn(struct sess *s)
{
	int64_t now = clock_ms();

	if (progress_due(s) > now)
		return false;
	reply_progress(s, worked_for(s)->tag);
	s->progress = now;
	return true;
}
