#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "err.h"
#include "finding.h"
#include "log.h"
#include "serve.h"
#include "verdicts.h"
#include "vis.h"

static_assert((int)QUERY_HASH == (int)STORE_HASH, "SHA-256 both");

enum {
	TICK_MS = 1000,
	/* "2026-11-21T18:00:00Z", or a number that is no time. */
	TIME_TEXT = 24,
	HASH_TEXT = 2 * STORE_HASH + 1,
	/* Of 80 columns. */
	TITLE_COLUMN = 15,
	VERSION_COLUMN = 42,
	NAME_COLUMN = 50,
};

static const char *
time_text(int64_t t, char out[TIME_TEXT])
{
	const time_t s = (time_t)t;
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, TIME_TEXT, "%" PRId64, t);
	return out;
}

static const char *
hash_text(const uint8_t mail[STORE_HASH], char out[HASH_TEXT])
{
	for (size_t i = 0; i < STORE_HASH; i++)
		snprintf(out + 2 * i, 3, "%02x", mail[i]);
	return out;
}

static const char *
virus_text(const struct finding_word *w)
{
	return w->virus < CONF_VIRUSES ? conf_viruses[w->virus] : "?";
}

/* The next word, and on how many objects it is in a row. */
static bool
next_word(struct finding *f, struct finding_word *w_r)
{
	if (!finding_next(f, w_r))
		return false;
	f->left = 0;
	return true;
}

static const char *
path_of(const struct verdicts *v)
{
	static char path[PATH_MAX];
	const char *p = sweeper_path(v->conf, path);

	return p == NULL ? "" : p;
}

/* ---- the store ----------------------------------------------------------- */

static void
show_store(struct verdicts_request *r, const char *path,
    const struct store_state *s, FILE *out)
{
	/* whatever wrote it */
	int64_t now = time(NULL), put = s->oldest > 0 ? s->oldest : 0,
	    age = put < now ? now - put : 0;
	struct json j = { .f = out, .ascii = true };

	if (r->is.json) {
		json_object(&j, NULL);
		json_str(&j, "path", str_c(path));
		json_num(&j, "values", s->values);
		json_num(&j, "used", s->used);
		json_num(&j, "room", s->room);
		if (s->values > 0)
			json_num(&j, "oldest-age", (uint64_t)age);
		json_end(&j);
		return;
	}
	fprintf(out, "path %s\nvalues %" PRIu64 "\nused %" PRIu64 "\nroom %"
	    PRIu64 "\n", path, s->values, s->used, s->room);
	if (s->values > 0)
		fprintf(out, "oldest-age %" PRId64 "\n", age);
}

/* ---- values -------------------------------------------------------------- */

static void
value_json(struct json *j, struct finding *f, const struct sweeper_answer *a)
{
	struct finding_word w;
	char text[TIME_TEXT];

	json_object(j, NULL);
	json_str(j, "engine", f->title);
	json_str(j, "version", f->version);
	json_str(j, "put", str_c(time_text(a->time, text)));
	json_array(j, "words");
	while (next_word(f, &w)) {
		json_object(j, NULL);
		json_num(j, "objects", w.count);
		json_str(j, "virus", str_c(virus_text(&w)));
		if (w.name.n > 0)
			json_str(j, "name", w.name);
		if (w.score != 0) {
			snprintf(text, sizeof text, "%.3f", w.score / 1000.0);
			json_raw(j, "score", text);
		}
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void
value_text(FILE *out, struct finding *f, const struct sweeper_answer *a)
{
	char title[TITLE_COLUMN + 1], version[VERSION_COLUMN + 1],
	    name[NAME_COLUMN + 1], text[TIME_TEXT];
	struct finding_word w;

	fprintf(out, "%-*s %s%s%s\n", TITLE_COLUMN, vis(title, sizeof title,
	    f->title), time_text(a->time, text), f->version.n > 0 ? " " : "",
	    vis(version, sizeof version, f->version));
	while (next_word(f, &w)) {
		fprintf(out, "%10" PRIu32 " %s", w.count, virus_text(&w));
		if (w.name.n > 0)
			fprintf(out, " %s", vis(name, sizeof name, w.name));
		if (w.score != 0)
			fprintf(out, " %.3f", w.score / 1000.0);
		fputc('\n', out);
	}
}

static void
show_value(struct verdicts_request *r, const struct sweeper_answer *a,
    FILE *out)
{
	const struct str octets = { a->value, (size_t)a->result };
	struct finding f;

	/* whatever wrote it, a session would not take it */
	if (finding_open(&f, octets) < 0)
		f = (struct finding){ .title = STR("damaged") };
	if (r->is.json)
		value_json(&r->json, &f, a);
	else
		value_text(out, &f, a);
}

static void
begin_values(struct verdicts_request *r, FILE *out)
{
	char hash[HASH_TEXT];

	if (!r->is.json)
		return;
	r->json = (struct json){ .f = out, .ascii = true };
	json_object(&r->json, NULL);
	json_str(&r->json, "mail", str_c(hash_text(r->is.mail, hash)));
	json_array(&r->json, "values");
}

static void
end_values(struct verdicts_request *r, FILE *out)
{
	if (!r->is.json) {
		if (r->n == 0)
			fputs("nothing is known of it\n", out);
		return;
	}
	json_end(&r->json);
	json_end(&r->json);
}

/* ---- requests ------------------------------------------------------------ */

static enum sweeper_wish
wish_of(const struct verdicts_request *r)
{
	if (r->is.forget)
		return r->is.one ? SWEEPER_FORGET : SWEEPER_FORGET_ALL;
	return r->is.one ? SWEEPER_NEXT : SWEEPER_LOOK;
}

/* The next message of it; false: the sweeper takes none. */
static bool
step(struct verdicts *v, struct verdicts_request *r)
{
	struct sweeper_ask q = { .wish = wish_of(r), .key = r->at };

	/* 0 is nobody's */
	if (++v->tickets == 0)
		v->tickets = 1;
	r->ticket = q.ticket = v->tickets;
	r->step = clock_after(VERDICTS_WAIT);
	return send(v->fd, &q, sizeof q, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)sizeof q;
}

static void
log_forgotten(const struct verdicts_request *r, const char *answer)
{
	char command[sizeof "forget " + HASH_TEXT], hash[HASH_TEXT];

	snprintf(command, sizeof command, "forget %s", r->is.one ?
	    hash_text(r->is.mail, hash) : "all");
	serve_log(r->uid, str_c(command), answer);
}

/* All is there, or why is in the way. */
static void
finish(struct verdicts_request *r, FILE *out, const char *why)
{
	char text[2 * SWEEPER_WHY + 128] = "";

	if (why != NULL && r->is.forget && r->n > 0)
		snprintf(text, sizeof text, "error: forgot %" PRIu64 ", not "
		    "all: %s", r->n, why);
	else if (why != NULL)
		snprintf(text, sizeof text, "error: verdict store: %s", why);
	else if (r->is.forget)
		snprintf(text, sizeof text, "forgot %" PRIu64, r->n);
	if (r->is.forget)
		log_forgotten(r, text);
	if (why != NULL && r->json.f != NULL) {
		/* its beginning is there already */
		json_end(&r->json);
		json_str(&r->json, "error", str_c(why));
		json_end(&r->json);
	} else if (text[0] != '\0') {
		fprintf(out, "%s\n", text);
	}
	r->ticket = 0;
	door_done(r->door, r->client);
}

/* A message came: true, another one is to be asked for. */
static bool
take(struct verdicts *v, struct verdicts_request *r,
    const struct sweeper_answer *a, FILE *out)
{
	if (r->is.forget) {
		r->n += (uint64_t)a->result;
		return a->result > 0;
	}
	if (!r->is.one) {
		show_store(r, path_of(v), &a->state, out);
		return false;
	}
	if (r->n == 0)
		begin_values(r, out);
	/* behind the last one, or there is no end */
	if (a->result > 0 && r->n < VERDICTS_SHOWN &&
	    memcmp(a->key.mail, r->is.mail, sizeof r->is.mail) == 0 &&
	    memcmp(&a->key, &r->at, sizeof r->at) > 0) {
		show_value(r, a, out);
		r->at = a->key;
		r->n++;
		return true;
	}
	end_values(r, out);
	return false;
}

static struct verdicts_request *
find(struct verdicts *v, uint32_t ticket)
{
	for (int i = 0; i < VERDICTS_REQUESTS; i++)
		if (v->requests[i].ticket == ticket)
			return &v->requests[i];
	return NULL;
}

static void
go_on(struct verdicts *v, struct verdicts_request *r,
    const struct sweeper_answer *a)
{
	FILE *out = door_out(r->door, r->client);

	if (out == NULL)
		r->ticket = 0;		/* who asked is gone */
	else if (a->result < 0)
		finish(r, out, a->why);
	else if (!take(v, r, a, out))
		finish(r, out, NULL);
	else if (clock_left(r->whole) == 0)
		finish(r, out, "it takes too long, ask again");
	else if (!step(v, r))
		finish(r, out, "the sweeper takes no question");
}

/* For who waits there is no answer, but why. */
static void
give_up(struct verdicts_request *r, const char *why)
{
	FILE *out = door_out(r->door, r->client);

	if (out == NULL)
		r->ticket = 0;
	else
		finish(r, out, why);
}

/* That it has another configuration; again, if it does not take it now. */
static void
tell(struct verdicts *v)
{
	const struct sweeper_ask q = { .ticket = 1, .wish = SWEEPER_RELOAD };

	v->untold = send(v->fd, &q, sizeof q, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)sizeof q;
}

static void
tick(void *ctx)
{
	struct verdicts *v = ctx;

	if (v->untold)
		tell(v);
	for (int i = 0; i < VERDICTS_REQUESTS; i++) {
		struct verdicts_request *r = &v->requests[i];

		if (r->ticket != 0 && clock_left(r->step) == 0)
			give_up(r, "the sweeper does not answer");
	}
}

/* ---- the sweeper --------------------------------------------------------- */

static void
note_state(struct verdicts *v, const struct sweeper_answer *a)
{
	bool same = strcmp(v->why, a->why) == 0;

	v->known = a->result >= 0;
	v->store = (struct print_store){ a->state.values, a->state.used,
	    a->state.room };
	if (same)
		return;
	memcpy(v->why, a->why, sizeof v->why);
	if (a->result < 0)
		log_msg(LOG_VERDICT_STORE, "%s: %s", path_of(v), v->why);
	v->changed(v->ctx);
}

bool
verdicts_hear(struct verdicts *v)
{
	struct sweeper_answer a;
	ssize_t n = recv(v->fd, &a, sizeof a, MSG_DONTWAIT | MSG_TRUNC);
	struct verdicts_request *r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (!sweeper_answer_check(&a, n))
		return false;
	if (a.ticket == 0)
		note_state(v, &a);
	else if ((r = find(v, a.ticket)) != NULL)
		go_on(v, r, &a);
	return true;
}

int
verdicts_ask(struct verdicts *v, const struct query_verdicts *is,
    struct door *d, int fd, FILE *out)
{
	struct verdicts_request *r = find(v, 0);

	if (path_of(v)[0] == '\0') {
		fputs("error: the configuration has no verdict-store\n", out);
		return ERR_REFUSED;
	}
	if (r == NULL) {
		fputs("error: busy, try again\n", out);
		return ERR_LIMIT;
	}
	*r = (struct verdicts_request){ .door = d, .is = *is,
	    .uid = serve_user(fd), .whole = clock_after(VERDICTS_WHOLE) };
	memcpy(r->at.mail, is->mail, sizeof r->at.mail);
	if (!step(v, r)) {
		r->ticket = 0;
		fputs("error: verdict store: the sweeper takes no question\n",
		    out);
		return ERR_IO;
	}
	r->client = door_later(d, fd);
	return 0;
}

static bool
same_store(const struct conf *a, const struct conf *b)
{
	const struct conf_verdict_store *sa = &a->main->verdict_store,
	    *sb = &b->main->verdict_store;

	return strcmp(conf_cstr(a, sa->path), conf_cstr(b, sb->path)) == 0 &&
	    sa->max_size == sb->max_size && sa->max_age == sb->max_age;
}

void
verdicts_reload(struct verdicts *v, const struct conf *before)
{
	if (same_store(before, v->conf))
		return;
	v->known = false;
	v->why[0] = '\0';
	/* they asked about another store */
	for (int i = 0; i < VERDICTS_REQUESTS; i++)
		if (v->requests[i].ticket != 0)
			give_up(&v->requests[i], "its configuration has "
			    "changed, ask again");
	tell(v);
}

bool
verdicts_begin(struct verdicts *v, struct loop *l)
{
	return loop_every(l, TICK_MS, tick, v);
}
