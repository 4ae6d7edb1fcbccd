#include <stdlib.h>

#include "clock.h"
#include "places.h"
#include "work.h"

static const struct scan_protocol *const protocols[] = {
	[SCAN_CLAMD] = &scan_clamd,
	[SCAN_CLAMD_FD] = &scan_clamd_fd,
	[SCAN_ICAP] = &scan_icap,
	[SCAN_SPAMD] = &scan_spamd,
	[SCAN_RSPAMD] = &scan_rspamd,
};

void
work_init(struct engine *e, const struct scan_engine *conf)
{
	e->conf = conf;
	e->protocol = protocols[conf->kind];
	e->left = conf->timeout;
	for (int k = 0; k < SCAN_LANES; k++) {
		lane_init(&e->lanes[k], conf, e->protocol);
		e->place[k] = -1;
	}
}

static void
hang_up(struct engine *e)
{
	for (int k = 0; k < SCAN_LANES; k++)
		lane_close(&e->lanes[k], true);
}

void
work_begin(struct engine *e)
{
	/* these would tell different ones of every mail */
	if (e->version.mixed)
		hang_up(e);
	e->version = (struct version){ "" };
	e->given_up = e->why = NULL;
	e->left = e->conf->timeout;
	/* how the mail before fared is no reason not to ask about this one */
	e->backoff = e->not_before = 0;
	e->waits_since = e->enter_at = 0;
}

void
work_put_down(struct scan *s, struct engine *e, int lane)
{
	e->at[lane] = NULL;
	if (e->place[lane] >= 0)
		places_leave(s->places, str_c(e->conf->title), e->place[lane]);
	e->place[lane] = -1;
}

/* ---- the jobs of one engine --------------------------------------------- */

static struct job *
job_of(const struct scan *s, const struct engine *e, struct slot *slot)
{
	return &slot->jobs[e - s->engines];
}

static void
done(struct job *j)
{
	j->state = JOB_DONE;
	j->result.ms = j->start == 0 ? 0 : (uint32_t)(clock_ms() - j->start);
}

/* No word on the object; of antispam that is never an error. */
static void
fail(const struct engine *e, struct job *j, const char *why)
{
	scan_say(&j->result, e->protocol->spam ? SCAN_UNKNOWN : SCAN_ERROR,
	    STR_NULL, str_c(why));
	done(j);
}

/* The first object that waits for the engine; NULL: none. */
static struct slot *
waiting(struct scan *s, const struct engine *e)
{
	struct slot *first = NULL;

	for (int i = 0; i < SCAN_OBJECTS_MAX; i++) {
		struct slot *slot = &s->slots[i];

		if (slot->used && job_of(s, e, slot)->state == JOB_WAITING &&
		    (first == NULL || slot->serial < first->serial))
			first = slot;
	}
	return first;
}

static void
run_clock(struct engine *e)
{
	if (e->deadline == 0)
		e->deadline = e->conf->timeout == 0 ? CLOCK_NEVER :
		    clock_ms() + e->left;
}

/* Its turn has come, and the engine is at work for this mail. */
static void
start_clock(struct engine *e, struct job *j)
{
	if (j->start == 0)
		j->start = clock_ms();
	run_clock(e);
}

/* All that waits for the engine fails, and so does what comes after. */
static void
give_up(struct scan *s, struct engine *e, const char *why)
{
	struct slot *slot;

	e->given_up = why;
	while ((slot = waiting(s, e)) != NULL) {
		if (e->waits_since != 0)
			job_of(s, e, slot)->result.waited = (uint32_t)
			    (clock_ms() - e->waits_since);
		e->waits_since = 0;	/* those behind waited no longer */
		fail(e, job_of(s, e, slot), why);
	}
}

/* ---- connections -------------------------------------------------------- */

static void
back_off(struct engine *e)
{
	e->backoff = e->backoff == 0 ? SCAN_BACKOFF_MS : 2 * e->backoff;
	if (e->backoff > SCAN_BACKOFF_MAX_MS)
		e->backoff = SCAN_BACKOFF_MAX_MS;
	e->not_before = clock_after(e->backoff);
}

/* Connect, at this address or one behind it. */
static void
connect_from(struct engine *e, struct lane *l, size_t address)
{
	for (l->address = address; l->address < e->conf->naddresses;
	    l->address++) {
		if (lane_connect(l) == 0)
			return;
		e->why = l->why;
	}
	back_off(e);
}

static void
connected(struct engine *e, struct lane *l)
{
	if (lane_connected(l) < 0) {
		e->why = l->why;
		connect_from(e, l, l->address + 1);
	}
}

static bool
connecting(const struct engine *e)
{
	for (int k = 0; k < SCAN_LANES; k++)
		if (e->lanes[k].state == LANE_CONNECTING)
			return true;
	return false;
}

/* Does it have an object? */
static bool
is_busy(const struct engine *e)
{
	for (int k = 0; k < SCAN_LANES; k++)
		if (e->at[k] != NULL)
			return true;
	return false;
}

/*
 * It answered, by signatures that are no older than what it told when it was
 * asked last: other connections may be to other addresses.
 */
static void
note_version(struct version *v, const struct lane *l)
{
	v->mixed |= v->heard && strcmp(v->text, l->version) != 0;
	v->heard = true;
	memcpy(v->text, l->version, sizeof v->text);
}

/* It broke before there was an answer. */
static void
broke(struct engine *e, struct job *j, const char *why)
{
	back_off(e);
	e->why = why;
	if (++j->tries >= SCAN_TRIES_MAX)
		fail(e, j, why);
	else
		j->state = JOB_WAITING;
}

static void
step(struct scan *s, struct engine *e, int lane)
{
	struct lane *l = &e->lanes[lane];
	struct job *j = job_of(s, e, e->at[lane]);
	int rc = lane_step(l);

	if (rc == 0)
		return;
	work_put_down(s, e, lane);
	if (rc == ERR_EOF || rc == ERR_IO) {
		broke(e, j, l->why);
	} else if (rc < 0) {
		fail(e, j, l->why);
	} else {
		e->backoff = 0;
		note_version(&e->version, l);
		done(j);
	}
}

/* The place that some other lane of the engine holds; -1: none does. */
static int
held_place(const struct engine *e)
{
	int held = -1;

	for (int k = 0; k < SCAN_LANES; k++)
		if (e->place[k] >= 0)
			held = e->place[k];
	return held;
}

/*
 * Is there a place for one more object of ours?  Who has none waits, and the
 * engine's time waits with it.
 */
static bool
enter(struct scan *s, struct engine *e, int lane, struct job *j)
{
	int64_t now = clock_ms();
	int held = held_place(e);

	if (s->places < 0 || e->conf->max_parallel == 0)
		return true;
	if (clock_left(e->enter_at) != 0)
		return false;
	e->place[lane] = places_enter(s->places, str_c(e->conf->title),
	    e->conf->max_parallel, held);
	if (e->place[lane] < 0) {
		if (e->waits_since == 0)
			e->waits_since = now;
		e->enter_at = now + places_again(now - e->waits_since);
		return false;
	}
	if (e->waits_since != 0 && held < 0) {
		j->result.waited = (uint32_t)(now - e->waits_since);
		if (e->deadline != 0 && e->deadline != CLOCK_NEVER)
			e->deadline += now - e->waits_since;
	}
	e->waits_since = 0;
	return true;
}

static void
ask(struct scan *s, struct engine *e, int lane, struct slot *slot)
{
	struct job *j = job_of(s, e, slot);

	start_clock(e, j);
	j->state = JOB_BUSY;
	e->at[lane] = slot;
	lane_ask(&e->lanes[lane], &slot->object, &j->result, s->user);
	step(s, e, lane);
}

void
work_assign(struct scan *s, struct engine *e)
{
	struct slot *slot;

	if (e->given_up != NULL)
		give_up(s, e, e->given_up);
	if (waiting(s, e) == NULL) {
		e->waits_since = 0;
		/* others may be long at work, which is not its time */
		if (!is_busy(e))
			work_stop(e);
		return;
	}
	for (int k = 0; k < SCAN_LANES; k++) {
		struct lane *l = &e->lanes[k];

		/* an answer may be there at once */
		while (l->state == LANE_IDLE &&
		    (slot = waiting(s, e)) != NULL) {
			if (lane_stale(l))
				lane_close(l, false);
			else if (enter(s, e, k, job_of(s, e, slot)))
				ask(s, e, k, slot);
			else
				return;
		}
	}
	slot = waiting(s, e);
	if (slot == NULL || connecting(e))
		return;
	start_clock(e, job_of(s, e, slot));
	for (int k = 0; k < SCAN_LANES; k++)
		if (e->lanes[k].state == LANE_CLOSED &&
		    clock_left(e->not_before) == 0) {
			connect_from(e, &e->lanes[k], 0);
			return;
		}
}

/* ---- time --------------------------------------------------------------- */

/* End what a lane does, for want of time. */
static void
expire_lane(struct scan *s, struct engine *e, int lane)
{
	struct lane *l = &e->lanes[lane];
	struct job *j;

	if (l->state == LANE_CONNECTING && clock_left(l->connect_by) == 0) {
		lane_close(l, false);
		e->why = "timeout while connecting";
		connect_from(e, l, l->address + 1);
	}
	if (e->at[lane] == NULL)
		return;
	if (clock_left(e->deadline) != 0 && clock_left(s->deadline) != 0)
		return;
	j = job_of(s, e, e->at[lane]);
	lane_close(l, false);
	work_put_down(s, e, lane);
	fail(e, j, "timeout");
	give_up(s, e, "timeout");
}

/* Does it only wait for a place?  Then its time stands still. */
static bool
stands(const struct engine *e)
{
	return e->waits_since != 0 && held_place(e) < 0;
}

void
work_stop(struct engine *e)
{
	int64_t now = clock_ms();

	if (stands(e) && e->deadline != 0 && e->deadline != CLOCK_NEVER)
		e->deadline += now - e->waits_since;
	e->waits_since = e->enter_at = 0;
	if (e->deadline != 0 && e->deadline != CLOCK_NEVER)
		e->left = e->deadline > now ? e->deadline - now : 0;
	e->deadline = 0;
}

void
work_go(struct engine *e)
{
	if (is_busy(e) || connecting(e))
		run_clock(e);
}

void
work_expire(struct scan *s, struct engine *e)
{
	for (int k = 0; k < SCAN_LANES; k++)
		expire_lane(s, e, k);
	if (waiting(s, e) == NULL)
		return;
	if (clock_left(s->deadline) == 0 && stands(e))
		give_up(s, e, "other sessions keep it busy");
	else if (clock_left(s->deadline) == 0 || (e->deadline != 0 &&
	    !stands(e) && clock_left(e->deadline) == 0))
		give_up(s, e, e->why != NULL ? e->why : "timeout");
}

static void
sooner(int64_t *first, int64_t t)
{
	if (t < *first)
		*first = t;
}

int64_t
work_next(struct scan *s, struct engine *e, int64_t until)
{
	int64_t first = until < s->deadline ? until : s->deadline;

	for (int k = 0; k < SCAN_LANES; k++)
		if (e->lanes[k].state == LANE_CONNECTING)
			sooner(&first, e->lanes[k].connect_by);
	if (e->deadline != 0 && !stands(e))
		sooner(&first, e->deadline);
	if (waiting(s, e) == NULL)
		return first;
	if (e->waits_since != 0)
		sooner(&first, e->enter_at);
	else if (!connecting(e) && clock_left(e->not_before) != 0)
		sooner(&first, e->not_before);
	return first;
}

void
work_event(struct scan *s, struct engine *e, int lane)
{
	if (e->lanes[lane].state == LANE_CONNECTING)
		connected(e, &e->lanes[lane]);
	else if (e->lanes[lane].state == LANE_BUSY)
		step(s, e, lane);
}
