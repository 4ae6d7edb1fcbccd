#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "gate.h"
#include "lane.h"
#include "scan.h"

static const struct scan_protocol *const protocols[] = {
	[SCAN_CLAMD] = &scan_clamd,
	[SCAN_CLAMD_FD] = &scan_clamd_fd,
	[SCAN_ICAP] = &scan_icap,
	[SCAN_SPAMD] = &scan_spamd,
	[SCAN_RSPAMD] = &scan_rspamd,
};

/* An object for an engine. */
enum job_state { JOB_NONE, JOB_WAITING, JOB_BUSY, JOB_DONE };

struct job {
	enum job_state state;
	unsigned tries;
	int64_t start;		/* clock_ms() when its turn came; 0: not yet */
	struct scan_result result;
};

struct slot {
	bool used;
	uint64_t serial;	/* they are served in the order they came */
	struct scan_object object;
	struct job *jobs;	/* a row for each engine */
};

struct engine {
	const struct scan_engine *conf;
	const struct scan_protocol *protocol;
	struct lane lanes[SCAN_LANES];
	struct slot *at[SCAN_LANES];	/* what each lane is busy with */
	int place[SCAN_LANES];	/* in the gate, -1: none */
	int64_t left;		/* ms of its timeout, for this mail */
	int64_t deadline;	/* while it works; 0: it does not */
	int64_t waits_since;	/* for a place; 0: it does not */
	int64_t enter_at;	/* clock_ms(): then look for one again */
	int64_t not_before;	/* clock_ms(): then connect again */
	int64_t backoff;
	const char *given_up;	/* for this mail, why; NULL: it is not */
	const char *why;	/* of the last connection that failed */
	char version[SCAN_VERSION];
};

struct scan {
	struct engine *engines;
	size_t n;
	struct slot slots[SCAN_OBJECTS_MAX];
	uint64_t serial;
	int64_t deadline;
	int gate;		/* -1: none */
	struct str user;
};

struct scan *
scan_open(const struct scan_engine *engines, size_t n)
{
	struct scan *s = calloc(1, sizeof *s);

	if (s == NULL || n > SCAN_ENGINES_MAX ||
	    (s->engines = calloc(n + 1, sizeof *s->engines)) == NULL) {
		free(s);
		return NULL;
	}
	s->n = n;
	s->deadline = CLOCK_NEVER;
	s->gate = -1;
	for (size_t i = 0; i < n; i++) {
		struct engine *e = &s->engines[i];

		e->conf = &engines[i];
		e->protocol = protocols[engines[i].kind];
		e->left = e->conf->timeout;
		for (int k = 0; k < SCAN_LANES; k++) {
			lane_init(&e->lanes[k], e->conf, e->protocol,
			    e->version);
			e->place[k] = -1;
		}
	}
	return s;
}

void
scan_rest(struct scan *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < SCAN_LANES; k++)
			if (s->engines[i].lanes[k].state == LANE_IDLE)
				lane_close(&s->engines[i].lanes[k], true);
}

void
scan_close(struct scan *s)
{
	if (s == NULL)
		return;
	scan_begin(s, 0, STR_NULL);
	scan_rest(s);
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < SCAN_LANES; k++)
			lane_close(&s->engines[i].lanes[k], false);
	for (int i = 0; i < SCAN_OBJECTS_MAX; i++)
		free(s->slots[i].jobs);
	free(s->engines);
	free(s);
}

void
scan_gate(struct scan *s, int fd)
{
	s->gate = fd;
}

void
scan_begin(struct scan *s, int64_t deadline, struct str user)
{
	for (int i = 0; i < SCAN_OBJECTS_MAX; i++)
		scan_forget(s, i);
	s->deadline = deadline;
	s->user = user;
	for (size_t i = 0; i < s->n; i++) {
		struct engine *e = &s->engines[i];

		e->given_up = e->why = NULL;
		e->left = e->conf->timeout;
		e->waits_since = e->enter_at = 0;
	}
}

const char *
scan_version(const struct scan *s, size_t engine)
{
	return s->engines[engine].version;
}

/* ---- objects ------------------------------------------------------------ */

/* What an engine has to do with an object, before it is asked. */
static void
begin_job(const struct scan *s, struct slot *slot, size_t engine, bool asked)
{
	uint64_t max = s->engines[engine].conf->max_size;
	struct job *j = &slot->jobs[engine];

	*j = (struct job){ .state = JOB_WAITING };
	if (asked && (max == 0 || slot->object.size <= max))
		return;
	j->state = JOB_DONE;
	scan_say(&j->result, SCAN_SKIPPED, STR_NULL, asked ?
	    STR("larger than max-checked-size") : STR("not asked"));
}

int
scan_submit(struct scan *s, const struct scan_object *o, uint64_t engines)
{
	int i = 0;

	while (i < SCAN_OBJECTS_MAX && s->slots[i].used)
		i++;
	if (i == SCAN_OBJECTS_MAX)
		return ERR_LIMIT;
	if (s->slots[i].jobs == NULL)
		s->slots[i].jobs = calloc(s->n + 1, sizeof(struct job));
	if (s->slots[i].jobs == NULL)
		return ERR_LIMIT;
	s->slots[i].used = true;
	s->slots[i].serial = ++s->serial;
	s->slots[i].object = *o;
	for (size_t e = 0; e < s->n; e++)
		begin_job(s, &s->slots[i], e, engines >> e & 1);
	return i;
}

const struct scan_result *
scan_result(const struct scan *s, int object, size_t engine)
{
	const struct job *j = &s->slots[object].jobs[engine];

	return j->state == JOB_DONE ? &j->result : NULL;
}

/* A lane is done with its object, one way or the other. */
static void
put_down(struct scan *s, struct engine *e, int lane)
{
	e->at[lane] = NULL;
	if (e->place[lane] >= 0)
		gate_leave(s->gate, str_c(e->conf->title), e->place[lane]);
	e->place[lane] = -1;
}

void
scan_forget(struct scan *s, int object)
{
	struct slot *slot = &s->slots[object];

	if (!slot->used)
		return;
	slot->used = false;
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < SCAN_LANES; k++)
			if (s->engines[i].at[k] == slot) {
				lane_close(&s->engines[i].lanes[k], false);
				put_down(s, &s->engines[i], k);
			}
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

/* Its turn has come, and the engine is at work for this mail. */
static void
start_clock(struct engine *e, struct job *j)
{
	if (j->start == 0)
		j->start = clock_ms();
	if (e->deadline == 0)
		e->deadline = e->conf->timeout == 0 ? CLOCK_NEVER :
		    clock_ms() + e->left;
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
	put_down(s, e, lane);
	if (rc == ERR_EOF || rc == ERR_IO) {
		broke(e, j, l->why);
	} else if (rc < 0) {
		fail(e, j, l->why);
	} else {
		e->backoff = 0;
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

	if (s->gate < 0 || e->conf->max_parallel == 0)
		return true;
	if (clock_left(e->enter_at) != 0)
		return false;
	e->place[lane] = gate_enter(s->gate, str_c(e->conf->title),
	    e->conf->max_parallel, held);
	if (e->place[lane] < 0) {
		if (e->waits_since == 0)
			e->waits_since = now;
		e->enter_at = now + gate_again(now - e->waits_since);
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

/* Give lanes what waits, those that are open first. */
static void
assign(struct scan *s, struct engine *e)
{
	struct slot *slot;

	if (e->given_up != NULL)
		give_up(s, e, e->given_up);
	if (waiting(s, e) == NULL) {
		e->waits_since = 0;
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
	put_down(s, e, lane);
	fail(e, j, "timeout");
	give_up(s, e, "timeout");
}

/* Does it only wait for a place?  Then its time stands still. */
static bool
stands(const struct engine *e)
{
	return e->waits_since != 0 && held_place(e) < 0;
}

/* What is left of its time while nobody waits for it. */
static void
stop_clock(struct engine *e)
{
	int64_t now = clock_ms();

	if (stands(e) && e->deadline != 0 && e->deadline != CLOCK_NEVER)
		e->deadline += now - e->waits_since;
	e->waits_since = 0;
	if (e->deadline != 0 && e->deadline != CLOCK_NEVER)
		e->left = e->deadline > now ? e->deadline - now : 0;
	e->deadline = 0;
}

static void
expire(struct scan *s, struct engine *e)
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

/* When something has to be done even if nothing is heard. */
static int64_t
next_time(struct scan *s, int64_t until)
{
	int64_t first = until < s->deadline ? until : s->deadline;

	for (size_t i = 0; i < s->n; i++) {
		struct engine *e = &s->engines[i];

		for (int k = 0; k < SCAN_LANES; k++)
			if (e->lanes[k].state == LANE_CONNECTING)
				sooner(&first, e->lanes[k].connect_by);
		if (e->deadline != 0 && !stands(e))
			sooner(&first, e->deadline);
		if (waiting(s, e) == NULL)
			continue;
		if (e->waits_since != 0)
			sooner(&first, e->enter_at);
		else if (!connecting(e) && clock_left(e->not_before) != 0)
			sooner(&first, e->not_before);
	}
	return first;
}

/* ---- the loop ----------------------------------------------------------- */

/* A lane's descriptor, its engine's row and its own. */
struct watched {
	struct pollfd p[SCAN_ENGINES_MAX * SCAN_LANES];
	size_t engine[SCAN_ENGINES_MAX * SCAN_LANES];
	int lane[SCAN_ENGINES_MAX * SCAN_LANES];
	nfds_t n;
};

static void
watch(struct scan *s, struct watched *w)
{
	w->n = 0;
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < SCAN_LANES; k++) {
			struct lane *l = &s->engines[i].lanes[k];

			if (l->state != LANE_CONNECTING &&
			    l->state != LANE_BUSY)
				continue;
			w->p[w->n] = (struct pollfd){ .fd = l->io.fd,
			    .events = l->state == LANE_CONNECTING ? POLLOUT :
			    lane_events(l) };
			w->engine[w->n] = i;
			w->lane[w->n++] = k;
		}
}

static void
serve(struct scan *s, const struct watched *w)
{
	for (nfds_t i = 0; i < w->n; i++) {
		struct engine *e = &s->engines[w->engine[i]];
		struct lane *l = &e->lanes[w->lane[i]];

		if (w->p[i].revents == 0)
			continue;
		if (l->state == LANE_CONNECTING)
			connected(e, l);
		else if (l->state == LANE_BUSY)
			step(s, e, w->lane[i]);
	}
}

static bool
pending(const struct scan *s)
{
	for (int i = 0; i < SCAN_OBJECTS_MAX; i++)
		for (size_t e = 0; s->slots[i].used && e < s->n; e++)
			if (s->slots[i].jobs[e].state != JOB_DONE)
				return true;
	return false;
}

static void
run(struct scan *s, int64_t until)
{
	struct watched w;

	for (;;) {
		for (size_t i = 0; i < s->n; i++) {
			assign(s, &s->engines[i]);
			expire(s, &s->engines[i]);
		}
		if (!pending(s) || clock_left(until) == 0)
			return;
		watch(s, &w);
		if (poll(w.p, w.n, clock_left(next_time(s, until))) > 0)
			serve(s, &w);
	}
}

int
scan_run(struct scan *s, int64_t until)
{
	run(s, until);
	for (size_t i = 0; i < s->n; i++)
		stop_clock(&s->engines[i]);
	return !pending(s);
}
