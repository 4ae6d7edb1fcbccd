#include <assert.h>

#include "names.h"
#include "vis.h"

/* ---- the resolver -------------------------------------------------------- */

/* The values of a list in the cache, as the resolver wants them. */
static size_t
strings(struct sess *s, struct conf_ref ref, const char *const **list_r)
{
	const char **list = arena_alloc(&s->arena, (ref.n + 1) * sizeof *list);
	size_t n = 0;

	for (uint32_t i = 0; i < ref.n; i++) {
		const struct conf_strval *v = CONF_AT(s->conf,
		    struct conf_strval, ref, i);

		if (v != NULL)
			list[n++] = conf_cstr(s->conf, v->text);
	}
	*list_r = list;
	return n;
}

const struct resolve_conf *
names_resolver(struct sess *s)
{
	const struct conf_resolver *c = &s->conf->main->resolver;
	struct resolve_conf *r = arena_alloc(&s->arena, sizeof *r);

	r->nservers = strings(s, c->servers, &r->servers);
	r->nsearch = strings(s, c->search, &r->search);
	r->timeout = (int64_t)c->timeout;
	return r;
}

/* ---- names in sets ------------------------------------------------------- */

/* Names to be asked for at once, and their rows. */
struct batch {
	struct resolve_name names[NAMES_AT_ONCE];
	uint32_t rows[NAMES_AT_ONCE];
	size_t n;
	bool unknown;		/* one of them has no addresses at all */
};

static_assert(sizeof(struct batch) < SESS_ARENA / 2, "and others have room");

static void
gather(struct sess *s, struct batch *b)
{
	const struct acl_hosts *h = s->facts.hosts;

	b->n = 0;
	b->unknown = false;
	for (uint32_t i = 0; i < h->n && b->n < NAMES_AT_ONCE; i++) {
		const struct acl_host *row = &h->rows[i];
		struct str name = acl_host_name(s->conf, i);

		if (!row->wanted || row->asked)
			continue;
		b->names[b->n].name = name.p ? name.p : "";
		b->rows[b->n++] = i;
		b->unknown |= row->state == ACL_HOST_UNKNOWN;
	}
}

/* The addresses of a name, for as long as the session lives. */
static const uint8_t (*
kept(struct sess *s, const struct resolve_name *name))[16]
{
	uint8_t (*ip)[16] = arena_alloc(&s->arena, name->n * sizeof *ip);

	for (size_t i = 0; i < name->n; i++)
		memcpy(ip[i], name->list[i].ip, sizeof ip[i]);
	return (const uint8_t (*)[16])ip;
}

static void
learn(struct sess *s, uint32_t row, const struct resolve_name *name)
{
	struct acl_hosts *h = s->facts.hosts;
	bool held = h->rows[row].state == ACL_HOST_EXPIRED;

	if (name->n == 0)
		log_msg(LOG_HOST_UNRESOLVED, "%s: %s%s", name->name, name->why,
		    held ? "; its last known addresses hold" : "");
	acl_host_learn(h, row, name->n > 0 ? kept(s, name) : NULL,
	    (uint16_t)name->n, name->why);
}

/* ERR_EOF when the client left, else how many were found, or no resolver. */
static int
ask(struct sess *s, struct batch *b, int64_t deadline)
{
	const struct resolve_engine *e;
	const char *why;
	int rc = ERR_SUPPORT;

	if (s->login_deadline < deadline)
		deadline = s->login_deadline;
	e = module_get("resolve", &why);
	if (e != NULL)
		rc = e->lookup_all(names_resolver(s), b->names, b->n,
		    deadline, s->client.fd, &why);
	for (size_t i = 0; i < b->n; i++) {
		if (rc < 0)
			b->names[i].why = why;
		learn(s, b->rows[i], &b->names[i]);
	}
	log_msg(LOG_HOST_LOOKUP, "%zu names, %d found", b->n,
	    rc > 0 ? rc : 0);
	return rc;
}

/* Whatever is wanted and was not asked for; false when the client left. */
static bool
look_up(struct sess *s, int64_t since)
{
	const struct conf_resolver *c = &s->conf->main->resolver;
	struct arena_mark m = arena_mark(&s->work);
	struct batch *b = arena_alloc(&s->work, sizeof *b);
	int rc = 0;

	for (gather(s, b); b->n > 0 && rc != ERR_EOF; gather(s, b)) {
		uint64_t ms = b->unknown ? c->conf_timeout :
		    c->initial_timeout;

		rc = ask(s, b, ms == 0 ? CLOCK_NEVER : since + (int64_t)ms);
		memset(b, 0, sizeof *b);
	}
	arena_release(&s->work, m);
	s->facts.hosts->wanted = false;
	if (rc == ERR_EOF)
		sess_finish(s, SESS_FAILED, "the client left");
	return rc != ERR_EOF;
}

bool
names_judge(struct sess *s,
    void (*judge)(const struct conf *, const struct acl_facts *,
    struct acl_result *),
    void (*want)(const struct conf *, const struct acl_facts *),
    struct acl_result *r_r)
{
	int64_t since = clock_ms();

	judge(s->conf, &s->facts, r_r);
	/* each turn asks for some, and none twice */
	while (s->facts.hosts != NULL && s->facts.hosts->wanted) {
		want(s->conf, &s->facts);
		if (!look_up(s, since))
			return false;
		judge(s->conf, &s->facts, r_r);
	}
	return true;
}
