/* Rules in a network namespace of the test's own: made, replaced, and gone
 * with their maker. */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nat.h"
#include "rules.h"
#include "tap.h"

static struct list
list(const char *name, const char *iface, bool tproxy)
{
	struct list l = { .version = LIST_VERSION, .uid = 65534,
	    .ncatches = 1, .catches = { { .port = 143, .port_to = 143,
	    .listen_port = 2143, .tproxy = tproxy, .block = 1,
	    .active = 1 } } };

	strcpy(l.name, name);
	strcpy(l.catches[0].iface, iface);
	return l;
}

/* Does a command succeed? Its output is not looked at. */
static bool
yes(const char *command)
{
	char line[500];

	snprintf(line, sizeof line, "(%s) >/dev/null 2>&1", command);
	return system(line) == 0;
}

/* In a child: a list in force until it is killed; the pipe tells when. */
static pid_t
keeper(const struct list *a, const struct list *b)
{
	int ready[2];
	struct nat n;
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		if (nat_open(&n) < 0 || nat_apply(&n, a) < 0 ||
		    (b != NULL && nat_apply(&n, b) < 0)) {
			fprintf(stderr, "# %s\n", n.why);
			_exit(1);
		}
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	tap_int(1, read(ready[0], &c, 1), "rules are in force");
	close(ready[0]);
	return pid;
}

static void
finish(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define SHOW "nft list table inet imap4_proxy_"
#define HOLD "nft list table inet imap4_hold_"
#define RULE(family) "ip " family " rule show fwmark 0x1430000/0xfff0000 " \
	"| grep 'proto 143'"

static void
test_killed(void)
{
	struct list a = list("a", "eth1", false), b = list("a", "eth2", true);
	pid_t pid = keeper(&a, &b);

	tap_ok(yes(SHOW "a | grep eth2") && !yes(SHOW "a | grep eth1"),
	    "the second list instead of the first");
	tap_ok(!yes("nft delete table inet imap4_proxy_a"),
	    "nobody else can take them away");
	tap_ok(yes(RULE("-4")) && yes(RULE("-6")),
	    "tproxy has its rule in both families");
	finish(pid);
	tap_ok(!yes(SHOW "a"), "killed: they are gone");
	tap_ok(yes(RULE("-4")), "its rule stays");
	pid = keeper(&a, NULL);
	tap_ok(!yes(RULE("-4")) && !yes(RULE("-6")), "and is swept");
	finish(pid);
}

static void
test_two(void)
{
	struct list a = list("a", "eth1", true), b = list("b", "eth1", true);
	pid_t one = keeper(&a, NULL), two = keeper(&b, NULL);
	struct nat n;

	tap_ok(yes(SHOW "a") && yes(SHOW "b"), "two configurations");
	if (nat_open(&n) < 0)
		abort();
	tap_ok(nat_apply(&n, &a) < 0, "but one keeper for each");
	tap_diag("%s", n.why);
	finish(one);
	tap_ok(!yes(SHOW "a") && yes(SHOW "b"), "each has its own");
	finish(two);
	/* as the unit does when its service ended in whatever way */
	nat_release(&n, "a");
	nat_release(&n, "b");
	tap_ok(!yes(RULE("-4")) && !yes(RULE("-6")), "swept on demand");
	nat_close(&n);
}

static void
test_orderly(void)
{
	struct list a = list("a", "eth1", true), c = list("c", "eth1", true);
	struct nat n;

	if (nat_open(&n) < 0)
		abort();
	tap_int(0, nat_apply(&n, &a), "in force");
	tap_int(0, nat_apply(&n, &c), "renamed");
	tap_ok(!yes(SHOW "a") && yes(SHOW "c"), "under its new name only");
	nat_close(&n);
	tap_ok(!yes(SHOW "c") && !yes(RULE("-4")) && !yes(RULE("-6")),
	    "closed: nothing is left");
}

static void
test_hold(void)
{
	struct list a = list("a", "eth1", false), b = list("a", "eth2", true);
	struct nat n, m;

	if (nat_open(&n) < 0 || nat_open(&m) < 0)
		abort();
	tap_int(0, nat_hold(&n, &a), "what stays");
	tap_ok(yes(HOLD "a | grep 'eth1.*drop'"), "drops");
	tap_int(0, nat_apply(&m, &b), "rules beside it");
	tap_ok(yes(HOLD "a | grep 'eth2.*drop'") &&
	    !yes(HOLD "a | grep eth1"), "it follows them");
	nat_close(&m);
	tap_ok(yes(HOLD "a | grep 'eth2.*drop'") && yes(RULE("-6")),
	    "and stays, with its routing");
	tap_int(0, nat_release(&n, "a"), "until it is taken away");
	tap_ok(!yes(HOLD "a") && !yes(RULE("-6")), "which it is");
	nat_close(&n);
}

static void
test_no_ipv6(void)
{
	struct list a = list("a", "eth1", true);
	struct nat n;

	tap_ok(yes("for i in all lo; do echo 1 "
	    ">/proc/sys/net/ipv6/conf/$i/disable_ipv6; done"), "no IPv6");
	if (nat_open(&n) < 0)
		abort();
	tap_int(0, nat_apply(&n, &a), "is no reason to catch nothing");
	tap_ok(yes(RULE("-4")), "of IPv4");
	nat_close(&n);
}

int
main(void)
{
	if (unshare(CLONE_NEWNET) < 0 || !yes("ip link set lo up")) {
		tap_skip("no network namespace without root", "rules");
		return tap_done();
	}
	test_killed();
	test_two();
	test_orderly();
	test_hold();
	test_no_ipv6();
	return tap_done();
}
