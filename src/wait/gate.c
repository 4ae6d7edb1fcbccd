#include <sys/mman.h>
#include <sys/random.h>

#include <assert.h>
#include <string.h>

#include "gate.h"

enum {
	SECOND = 1000,			/* ms */
	POOL = GATE_CHILDREN_MAX + GATE_HOSTS,
	HEADS = 1 << 15,		/* of each hash */
	NONE = 0,			/* row 0 of both tables is not used */
};

/* One second's connections, in thousandths, refilled by the ms. */
struct bucket {
	int64_t at;
	uint64_t fill;
};

struct host {
	uint8_t ip[16];			/* prefix alone */
	struct bucket rate;
	int64_t closed;			/* until then */
	uint32_t children;
	uint32_t next;			/* of the same hash */
	uint32_t older, newer;		/* of those without children */
};

struct child {
	int32_t pid;
	uint32_t host;
	uint32_t next;			/* of the same hash, or free */
};

/*
 * Rows are used in order, so memory that was never needed is never touched;
 * then those that became free.
 */
struct gate {
	struct gate_limits limits;
	struct bucket rate;
	uint64_t seed;
	uint32_t nhosts, nchildren;	/* rows in use, now or once */
	uint32_t live;
	uint32_t oldest, newest;	/* hosts without children */
	uint32_t free_child;
	uint32_t host_heads[HEADS], child_heads[HEADS];
	struct host hosts[POOL + 1];
	struct child children[GATE_CHILDREN_MAX + 1];
};

struct gate *
gate_new(const struct gate_limits *limits)
{
	struct gate *g = mmap(NULL, sizeof *g, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (g == MAP_FAILED)
		return NULL;
	/* who else is here is no session's business, nor its memory */
	if (madvise(g, sizeof *g, MADV_DONTFORK) < 0) {
		gate_free(g);
		return NULL;
	}
	/* without it, clients could choose addresses that meet in one chain */
	if (getrandom(&g->seed, sizeof g->seed, GRND_NONBLOCK) < 0)
		g->seed = (uintptr_t)g;
	gate_set(g, limits);
	return g;
}

void
gate_free(struct gate *g)
{
	if (g != NULL)
		munmap(g, sizeof *g);
}

void
gate_set(struct gate *g, const struct gate_limits *limits)
{
	assert(limits->prefix6 <= 128);
	g->limits = *limits;
	if (g->limits.children > GATE_CHILDREN_MAX)
		g->limits.children = GATE_CHILDREN_MAX;
}

/* ---- rates --------------------------------------------------------------- */

static void
refill(struct bucket *b, uint32_t rate, int64_t now)
{
	uint64_t full = (uint64_t)rate * SECOND;
	int64_t ms = now - b->at;

	b->at = now;
	/* size: ms < 1000 and rate < 2^32 */
	if (ms >= SECOND || ms < 0)
		b->fill = full;
	else
		b->fill += (uint64_t)ms * rate;
	if (b->fill > full)
		b->fill = full;
}

/* One connection out of a bucket; a new one is full. */
static bool
take(struct bucket *b, uint32_t rate, int64_t now)
{
	if (rate == 0)
		return true;
	refill(b, rate, now);
	if (b->fill < SECOND)
		return false;
	b->fill -= SECOND;
	return true;
}

static bool
host_rate(struct gate *g, struct host *h, int64_t now)
{
	if (g->limits.rate_per_ip == 0)
		return true;
	if (now < h->closed)
		return false;
	if (take(&h->rate, g->limits.rate_per_ip, now))
		return true;
	h->closed = (now / SECOND + 2) * SECOND;
	return false;
}

/* ---- hosts --------------------------------------------------------------- */

static void
key_of(const struct gate *g, const struct addr *a, uint8_t ip[16])
{
	uint32_t bits = addr_is4(a) ? 128 : g->limits.prefix6;

	memset(ip, 0, 16);
	memcpy(ip, a->ip, bits / 8);
	if (bits % 8 != 0)
		ip[bits / 8] = a->ip[bits / 8] &
		    (uint8_t)(0xff00 >> bits % 8);
}

static uint32_t
hash(const struct gate *g, const void *p, size_t n)
{
	const uint8_t *q = p;
	uint64_t h = g->seed;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ q[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (uint32_t)(h % HEADS);
}

/* Into and out of the list of hosts without children. */
static void
rest(struct gate *g, uint32_t row)
{
	struct host *h = &g->hosts[row];

	h->newer = NONE;
	h->older = g->newest;
	*(g->newest != NONE ? &g->hosts[g->newest].newer : &g->oldest) = row;
	g->newest = row;
}

static void
rouse(struct gate *g, uint32_t row)
{
	struct host *h = &g->hosts[row];

	*(h->older != NONE ? &g->hosts[h->older].newer : &g->oldest) =
	    h->newer;
	*(h->newer != NONE ? &g->hosts[h->newer].older : &g->newest) =
	    h->older;
}

static void
forget(struct gate *g, uint32_t row)
{
	uint32_t *at = &g->host_heads[hash(g, g->hosts[row].ip, 16)];

	rouse(g, row);
	while (*at != row)
		at = &g->hosts[*at].next;
	*at = g->hosts[row].next;
}

/* A row for a new host: there are more rows than children. */
static uint32_t
room(struct gate *g)
{
	uint32_t row;

	if (g->nhosts < POOL)
		return ++g->nhosts;
	row = g->oldest;
	assert(row != NONE);
	forget(g, row);
	return row;
}

/* The host's row, which is now the newest of those without children. */
static uint32_t
find(struct gate *g, const struct addr *from, int64_t now)
{
	uint8_t ip[16];
	uint32_t head, row;

	key_of(g, from, ip);
	head = hash(g, ip, sizeof ip);
	for (row = g->host_heads[head]; row != NONE; row = g->hosts[row].next)
		if (memcmp(g->hosts[row].ip, ip, sizeof ip) == 0)
			break;
	if (row != NONE) {
		if (g->hosts[row].children == 0) {
			rouse(g, row);
			rest(g, row);
		}
		return row;
	}
	row = room(g);
	g->hosts[row] = (struct host){
		.next = g->host_heads[head],
		.rate = { now - SECOND, 0 },
	};
	memcpy(g->hosts[row].ip, ip, sizeof ip);
	g->host_heads[head] = row;
	rest(g, row);
	return row;
}

/* ---- public -------------------------------------------------------------- */

enum gate_verdict
gate_ask(struct gate *g, const struct addr *from, int64_t now)
{
	const struct gate_limits *l = &g->limits;
	struct host *h = &g->hosts[find(g, from, now)];

	/* what one address does comes first: the others are not to suffer */
	if (!host_rate(g, h, now))
		return GATE_RATE_PER_IP;
	if (l->children_per_ip != 0 && h->children >= l->children_per_ip)
		return GATE_CHILDREN_PER_IP;
	if (g->live >= l->children)
		return GATE_CHILDREN;
	if (!take(&g->rate, l->rate, now))
		return GATE_RATE;
	return GATE_OPEN;
}

const char *
gate_name(enum gate_verdict v)
{
	static const char names[GATE_VERDICTS][24] = {
		[GATE_RATE_PER_IP] = "conn-rate-per-ip",
		[GATE_CHILDREN_PER_IP] = "max-children-per-ip",
		[GATE_CHILDREN] = "max-children",
		[GATE_RATE] = "conn-rate",
	};

	return names[v];
}

bool
gate_enter(struct gate *g, const struct addr *from, int32_t pid)
{
	uint32_t *head = &g->child_heads[hash(g, &pid, sizeof pid)];
	uint32_t row = g->free_child, host;

	if (row != NONE)
		g->free_child = g->children[row].next;
	else if (g->nchildren < GATE_CHILDREN_MAX)
		row = ++g->nchildren;
	else
		return false;
	host = find(g, from, 0);
	if (g->hosts[host].children++ == 0)
		rouse(g, host);
	g->children[row] = (struct child){ pid, host, *head };
	*head = row;
	g->live++;
	return true;
}

bool
gate_leave(struct gate *g, int32_t pid)
{
	uint32_t *at = &g->child_heads[hash(g, &pid, sizeof pid)], row;

	while (*at != NONE && g->children[*at].pid != pid)
		at = &g->children[*at].next;
	row = *at;
	if (row == NONE)
		return false;
	*at = g->children[row].next;
	if (--g->hosts[g->children[row].host].children == 0)
		rest(g, g->children[row].host);
	g->children[row] = (struct child){ .next = g->free_child };
	g->free_child = row;
	g->live--;
	return true;
}

uint32_t
gate_children(const struct gate *g)
{
	return g->live;
}

int32_t
gate_next(const struct gate *g, uint32_t *at)
{
	while (*at < g->nchildren)
		if (g->children[++*at].pid != 0)
			return g->children[*at].pid;
	return 0;
}
