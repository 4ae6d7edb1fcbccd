/* Ending sessions: whom a forged or old slot must not have killed. */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"
#include "display.h"
#include "end.h"
#include "err.h"
#include "tap.h"

enum { SLOT = 7, TICK_MS = 10 };

static char folder[64];
static struct board board;
static struct board_look look;

/* ---- what /proc says ----------------------------------------------------- */

static const struct {
	const char *name, *text;
	bool good;
	uint64_t ticks;
} stats[] = {
	{ "an ordinary one", "12 (relay) S 1 2 3 0 -1 4 5 6 7 8 9 10 11 12 "
	    "20 0 1 0 4711 999 1 2", true, 4711 },
	{ "a name with parentheses", "12 (a) R 1 1 (b) S 1 2 3 0 -1 4 5 6 7 "
	    "8 9 10 11 12 20 0 1 0 815 999", true, 815 },
	{ "one that ends too early", "12 (relay) S 1 2 3 0 -1 4 5 6 7 8 9 10 "
	    "11 12 20 0 1 0", false, 0 },
	{ "one that ends in the number", "12 (relay) S 1 2 3 0 -1 4 5 6 7 8 "
	    "9 10 11 12 20 0 1 0 4711", false, 0 },
	{ "a negative number", "12 (relay) S 1 2 3 0 -1 4 5 6 7 8 9 10 11 12 "
	    "20 0 1 0 -4 999", false, 0 },
	{ "no name", "12 relay S 1 2 3", false, 0 },
	{ "nothing", "", false, 0 },
};

static void
test_start(void)
{
	uint64_t ticks;

	for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
		ticks = 0;
		tap_ok(end_start(stats[i].text, &ticks) == stats[i].good &&
		    ticks == stats[i].ticks, "start: %s", stats[i].name);
	}
}

static const struct {
	const char *name, *text, *want;
} groups[] = {
	{ "version 2", "0::/imap4-proxy.slice/a.service\n",
	    "/imap4-proxy.slice/a.service" },
	{ "the root", "0::/\n", "/" },
	{ "version 1", "3:cpu:/x\n1:name=systemd:/system.slice/i.service\n",
	    "/system.slice/i.service" },
	{ "both, where systemd uses the first", "3:cpu:/x\n"
	    "1:name=systemd:/system.slice/i.service\n0::/\n",
	    "/system.slice/i.service" },
	{ "version 1 without systemd", "3:cpu:/x\n", "" },
	{ "nothing", "", "" },
};

static void
test_groups(void)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		tap_ok(str_eq(end_cgroup(groups[i].text),
		    str_c(groups[i].want)), "control group: %s",
		    groups[i].name);
}

#define HELPER "/system.slice/imap4-helper.service"

static const struct {
	const char *name, *theirs, *own;
	bool within;
} places[] = {
	{ "a unit of nowait mode", "/imap4-proxy.slice/"
	    "imap4-proxy@3-127.0.0.1:143-127.0.0.1:5.service", HELPER, true },
	{ "the unit of wait mode", "/imap4-proxy.slice/"
	    "imap4-proxy-wait.service", HELPER, true },
	{ "within a container", "/machine/payload/imap4-proxy.slice/x.service",
	    "/machine/payload" HELPER, true },
	{ "an inetd's", "/system.slice/inetd.service", HELPER, true },
	{ "another unit", "/system.slice/cron.service", HELPER, false },
	{ "a slice of nearly that name", "/imap4-proxy.slices/x.service",
	    HELPER, false },
	{ "a scope", "/user.slice/user-0.slice/session-1.scope", HELPER,
	    false },
	{ "the same scope", "/user.slice/user-0.slice/session-1.scope",
	    "/user.slice/user-0.slice/session-1.scope", true },
	{ "below one's own", "/user.slice/a/b", "/user.slice/a", true },
	{ "beside one's own", "/user.slice/ab", "/user.slice/a", false },
	{ "above one's own", "/user.slice", "/user.slice/a", false },
	{ "no control groups are used", "/", "/", true },
	{ "it cannot be known", "", "/", false },
	{ "nor one's own", "/a", "", false },
};

static void
test_within(void)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		tap_ok(end_within(str_c(places[i].theirs),
		    str_c(places[i].own)) == places[i].within, "within: %s",
		    places[i].name);
}

/* ---- processes ----------------------------------------------------------- */

/* A process that looks like a session in all but its control group. */
static pid_t
start_session(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		execl("/bin/sleep", "imap4-session", "100", NULL);
		_exit(127);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 0)		/* closed by exec */
		abort();
	close(ready[0]);
	return pid;
}

/* What somebody writes into a slot; tells what became of its process. */
static void
kill_slot(pid_t pid, int64_t began, int want, const char *why,
    const char *name)
{
	struct display *d = (struct display *)(board.display +
	    SLOT * BOARD_DISPLAY);
	struct board_row row;
	const char *said = "no row";
	int rc = 1, status, gone;

	board.slots[SLOT].owner = (uint32_t)pid;
	d->pid = (uint32_t)pid;
	d->began = began;
	if (look_row(&look, SLOT, &row))
		rc = end_session(&look, &row, geteuid(), &said);
	tap_int(want, rc, "%s", name);
	tap_cstr(why, said, "%s: the reason", name);
	gone = waitpid(pid, &status, rc == 0 ? 0 : WNOHANG);
	tap_ok(gone == (rc == 0 ? pid : 0), "%s: it %s", name,
	    rc == 0 ? "is killed" : "lives");
}

static void
test_kill(void)
{
	static const char later[] =
	    "started later than the session in its slot";
	int64_t before = clock_ms() - 5 * TICK_MS;
	pid_t pid = start_session();

	kill_slot(pid, before, ERR_STATE, later,
	    "one that has got a session's number");
	kill_slot(pid, -1, ERR_STATE, later, "a beginning before all");
	kill_slot(pid, INT64_MIN, ERR_STATE, later, "the first of all");
	kill_slot(pid, INT64_MAX, ERR_STATE, later, "the last of all");
	kill_slot(pid, clock_ms() + 60000, ERR_STATE, later,
	    "one that is to come");
	kill_slot(pid, clock_ms(), 0, "", "a session");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "relay");
		pause();
		_exit(0);
	}
	kill_slot(pid, clock_ms(), ERR_STATE, "is not a session's process",
	    "another program in a forged slot");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int
main(void)
{
	char file[96];

	snprintf(folder, sizeof folder, "/tmp/t-end.%d", (int)getpid());
	snprintf(file, sizeof file, "%s/" BOARD_FILE, folder);
	test_start();
	test_groups();
	test_within();
	tap_ok(board_open(&board, folder, geteuid()) &&
	    look_open(&look, folder, geteuid()) == 0, "a board");
	test_kill();
	look_close(&look);
	unlink(file);
	rmdir(folder);
	return tap_done();
}
