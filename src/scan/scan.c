#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "work.h"

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
	s->places = -1;
	for (size_t i = 0; i < n; i++) {
		work_init(&s->engines[i], &engines[i]);
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
scan_places(struct scan *s, int fd)
{
	s->places = fd;
}

void
scan_begin(struct scan *s, int64_t deadline, struct str user)
{
	for (int i = 0; i < SCAN_OBJECTS_MAX; i++)
		scan_forget(s, i);
	s->deadline = deadline;
	s->user = user;
	for (size_t i = 0; i < s->n; i++)
		work_begin(&s->engines[i]);
}

const char *
scan_version(const struct scan *s, size_t engine)
{
	const struct version *v = &s->engines[engine].version;

	return v->mixed ? "" : v->text;
}

void
scan_ask_versions(struct scan *s, uint64_t engines, int64_t until)
{
	const struct scan_object octet = scan_memory(STR("\n"));
	int n;

	scan_rest(s);
	for (size_t i = 0; i < s->n; i++)
		if (engines >> i & 1)
			s->engines[i].version = (struct version){ "" };
	n = scan_submit(s, &octet, engines);
	if (n < 0)
		return;
	(void)scan_run(s, until);
	scan_forget(s, n);
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
				work_put_down(s, &s->engines[i], k);
			}
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
	for (nfds_t i = 0; i < w->n; i++)
		if (w->p[i].revents != 0)
			work_event(s, &s->engines[w->engine[i]], w->lane[i]);
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

/* When something has to be done even if nothing is heard. */
static int64_t
next_time(struct scan *s, int64_t until)
{
	int64_t first = until, t;

	for (size_t i = 0; i < s->n; i++) {
		t = work_next(s, &s->engines[i], until);
		if (t < first)
			first = t;
	}
	return first;
}

static void
run(struct scan *s, int64_t until)
{
	struct watched w;

	for (;;) {
		for (size_t i = 0; i < s->n; i++) {
			work_assign(s, &s->engines[i]);
			work_expire(s, &s->engines[i]);
		}
		if (!pending(s) || clock_left(until) == 0)
			return;
		watch(s, &w);
		if (poll(w.p, w.n, clock_left(next_time(s, until))) > 0)
			serve(s, &w);
	}
}

void
scan_start(struct scan *s)
{
	struct watched w;

	for (size_t i = 0; i < s->n; i++)
		work_go(&s->engines[i]);
	watch(s, &w);
	if (w.n > 0 && poll(w.p, w.n, 0) > 0)
		serve(s, &w);
	for (size_t i = 0; i < s->n; i++) {
		work_assign(s, &s->engines[i]);
		work_stop(&s->engines[i]);
	}
}

int
scan_run(struct scan *s, int64_t until)
{
	for (size_t i = 0; i < s->n; i++)
		work_go(&s->engines[i]);
	run(s, until);
	for (size_t i = 0; i < s->n; i++)
		work_stop(&s->engines[i]);
	return !pending(s);
}
