/* Limits of connections, by a clock of our own. */

#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "gate.h"
#include "tap.h"

static struct addr
at(const char *ip)
{
	struct addr a;

	if (!addr_parse(str_c(ip), &a))
		abort();
	return a;
}

static struct gate *
gate(struct gate_limits l)
{
	struct gate *g;

	l.children = l.children ? l.children : 1000;
	l.prefix6 = l.prefix6 ? l.prefix6 : 64;
	g = gate_new(&l);
	if (g == NULL)
		abort();
	return g;
}

/* n connections at once from an address: how many come in. */
static unsigned
knock(struct gate *g, const char *ip, unsigned n, int64_t now)
{
	struct addr a = at(ip);
	unsigned in = 0;

	while (n-- > 0)
		in += gate_ask(g, &a, now) == GATE_OPEN;
	return in;
}

static void
rates(void)
{
	struct gate *g = gate((struct gate_limits){ .rate = 10 });

	tap_int(10, knock(g, "192.0.2.1", 30, 5000),
	    "conn-rate lets a second's connections in at once");
	tap_int(0, knock(g, "192.0.2.2", 3, 5099), "and then none");
	tap_int(1, knock(g, "192.0.2.2", 3, 5100), "one when a tenth is over");
	tap_int(5, knock(g, "192.0.2.3", 9, 5600), "half after half a second");
	tap_int(10, knock(g, "192.0.2.3", 30, 90000),
	    "and never more than a second's");
	gate_free(g);

	g = gate((struct gate_limits){ .rate = 20, .rate_per_ip = 5 });
	tap_int(5, knock(g, "192.0.2.1", 30, 5000),
	    "conn-rate-per-ip stops one address");
	tap_int(15, knock(g, "192.0.2.2", 5, 5000) +
	    knock(g, "192.0.2.3", 5, 5000) + knock(g, "192.0.2.4", 5, 5000),
	    "and its refusals cost others nothing");
	tap_int(0, knock(g, "192.0.2.1", 1, 6999),
	    "it is refused to the end of the next second");
	tap_int(5, knock(g, "192.0.2.1", 9, 7000), "and then comes in again");
	gate_free(g);
}

/* A slow client that stays below its rate is never refused. */
static void
steady(void)
{
	struct gate *g = gate((struct gate_limits){ .rate_per_ip = 20 });
	unsigned in = 0;

	for (int64_t t = 1000; t < 61000; t += 50)
		in += knock(g, "2001:db8::1", 1, t);
	tap_int(1200, in, "20 a second for a minute all come in");
	gate_free(g);
}

static void
children(void)
{
	struct gate *g = gate((struct gate_limits){ .children = 3,
	    .children_per_ip = 2 });
	struct addr a = at("192.0.2.1"), b = at("192.0.2.2");
	uint32_t i = 0, seen = 0;
	int32_t pid;

	tap_ok(gate_enter(g, &a, 100) && gate_enter(g, &a, 101),
	    "two children of one address");
	tap_int(GATE_CHILDREN_PER_IP, gate_ask(g, &a, 0),
	    "max-children-per-ip refuses its third");
	tap_int(GATE_OPEN, gate_ask(g, &b, 0), "but not another's");
	tap_ok(gate_enter(g, &b, 102), "which comes in");
	tap_int(GATE_CHILDREN, gate_ask(g, &b, 0), "max-children refuses all");
	tap_int(3, gate_children(g), "they are counted");
	while ((pid = gate_next(g, &i)) != 0)
		seen += (uint32_t)pid;
	tap_int(303, seen, "and listed");
	tap_ok(!gate_leave(g, 99), "a stranger's end changes nothing");
	tap_ok(gate_leave(g, 100), "a child ends");
	tap_ok(!gate_leave(g, 100), "once");
	tap_int(GATE_OPEN, gate_ask(g, &a, 0), "and its place is free");
	gate_set(g, &(struct gate_limits){ .children = 1, .prefix6 = 64 });
	tap_int(GATE_CHILDREN, gate_ask(g, &a, 0), "a lower limit holds");
	tap_int(2, gate_children(g), "for new ones");
	gate_free(g);
}

static void
prefixes(void)
{
	struct gate *g = gate((struct gate_limits){ .rate_per_ip = 1,
	    .prefix6 = 60 });

	knock(g, "2001:db8:0:10::1", 1, 1000);
	tap_int(0, knock(g, "2001:db8:0:1f:2::9", 1, 1000),
	    "an IPv6 network is one address");
	tap_int(1, knock(g, "2001:db8:0:20::1", 1, 1000), "its neighbour not");
	knock(g, "192.0.2.1", 1, 1000);
	tap_int(1, knock(g, "192.0.2.2", 1, 1000),
	    "IPv4 addresses are not thrown together");
	tap_int(0, knock(g, "192.0.2.1", 1, 1000), "each counts");
	gate_free(g);
}

/* More addresses than are remembered, and children among them. */
static void
crowd(void)
{
	struct gate *g = gate((struct gate_limits){ .rate_per_ip = 1,
	    .children = 2000, .children_per_ip = 1 });
	unsigned wrong = 0, in = 0;
	struct addr a = at("10.0.0.0"), first = at("10.0.0.0");
	uint32_t n = 3 * (GATE_HOSTS + GATE_CHILDREN_MAX) / 2;

	for (uint32_t i = 0; i < n; i++) {
		a.ip[13] = (uint8_t)(i >> 16);
		a.ip[14] = (uint8_t)(i >> 8);
		a.ip[15] = (uint8_t)i;
		in += gate_ask(g, &a, 1000) == GATE_OPEN;
		if (i < 1000)
			wrong += !gate_enter(g, &a, (int32_t)i + 1);
	}
	tap_int(n, in, "each of %u addresses comes in once", n);
	tap_int(0, wrong, "1000 of them as children");
	tap_int(GATE_CHILDREN_PER_IP, gate_ask(g, &first, 3000),
	    "whose addresses are not forgotten in the crowd");
	for (uint32_t i = 0; i < 1000; i++)
		wrong += !gate_leave(g, (int32_t)i + 1);
	tap_int(0, wrong, "they all end");
	tap_int(0, gate_children(g), "and none is left");
	tap_int(GATE_OPEN, gate_ask(g, &first, 9000), "the first may return");
	gate_free(g);
}

/* Rows are used again in any order, against a plain list. */
static void
model(void)
{
	enum { PIDS = 200, STEPS = 20000 };
	struct gate *g = gate((struct gate_limits){ .children = PIDS });
	bool in[PIDS + 1] = { false };
	unsigned wrong = 0, live = 0;
	struct addr a = at("2001:db8::");

	srandom(4);
	for (int i = 0; i < STEPS; i++) {
		int32_t pid = (int32_t)(random() % PIDS) + 1;

		a.ip[6] = (uint8_t)(pid % 7);
		if (in[pid]) {
			wrong += !gate_leave(g, pid);
			live--;
		} else {
			wrong += !gate_enter(g, &a, pid);
			live++;
		}
		in[pid] = !in[pid];
		wrong += gate_children(g) != live;
	}
	tap_int(0, wrong, "%d comings and goings are counted", STEPS);
	gate_free(g);
}

/* What a child would see of others: nothing. */
static void
secrecy(void)
{
	struct gate *g = gate((struct gate_limits){ .rate = 1 });
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(gate_children(g) == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	tap_ok(!WIFEXITED(status) || WEXITSTATUS(status) != 0,
	    "a child has no gate to look at");
	gate_free(g);
}

int
main(void)
{
	rates();
	steady();
	children();
	prefixes();
	crowd();
	model();
	secrecy();
	return tap_done();
}
