/* The scoreboard: counting, death, hostile contents, files that are none. */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"
#include "tap.h"

enum {
	NOBODY = 65534,
	SMALL = BOARD_SLOTS_UNIT,	/* slots of the boards filled here */
	CHILDREN = 40,
	/* A process that lives and owns nothing here. */
	STRANGER = 1,
};

static char folder[64], file[96];
/* The kernel knows where it is: one for the process's life. */
static struct board board;

static void
remove_board(void)
{
	unlink(file);
	rmdir(folder);
}

/* A board of this many slots; the default for 0. */
static bool
fresh(uint32_t slots)
{
	int fd;

	remove_board();
	mkdir(folder, 0700);
	fd = slots == 0 ? -1 : open(file, O_CREAT | O_RDWR, 0600);
	if (fd >= 0 && ftruncate(fd, (off_t)board_size(slots)) < 0)
		return false;
	close(fd);
	return board_open(&board, folder, geteuid());
}

static struct board_claim
claim_of(const char *acl, const char *ip, uint32_t max, uint32_t max_per_ip)
{
	struct board_claim c = { board_acl(acl), { 0 }, max, max_per_ip };
	struct addr a;

	if (!addr_parse(str_c(ip), &a))
		abort();
	board_ip(&a, 64, c.ip);
	return c;
}

static enum board_answer
claim(const char *acl, const char *ip, uint32_t max, uint32_t max_per_ip)
{
	struct board_claim c = claim_of(acl, ip, max, max_per_ip);

	return board_claim(&board, &c);
}

/* ---- children ---------------------------------------------------------- */

static struct child {
	pid_t pid;
	int answer, stop;	/* pipes: what it was told; until when it stays */
} children[CHILDREN];

static void
child_life(const struct board_claim *c, int answer, int stop)
{
	char got;

	board_forked(&board);
	got = (char)board_claim(&board, c);
	if (write(answer, &got, 1) != 1)
		_exit(1);
	if (got == BOARD_TAKEN && read(stop, &got, 1) < 0)
		_exit(1);
	board_release(&board);
	_exit(0);
}

static void
start(struct child *k, const struct board_claim *c)
{
	int answer[2], stop[2];

	if (pipe2(answer, O_CLOEXEC) < 0 || pipe2(stop, O_CLOEXEC) < 0)
		abort();
	k->pid = fork();
	if (k->pid == 0) {
		close(stop[1]);
		/* the others' ends are theirs */
		for (struct child *o = children; o < k; o++)
			close(o->stop);
		child_life(c, answer[1], stop[0]);
	}
	close(answer[1]);
	close(stop[0]);
	k->answer = answer[0];
	k->stop = stop[1];
}

/* How many of n at once are admitted; they stay. */
static int
start_all(const struct board_claim *c, int n)
{
	int taken = 0;
	char got;

	for (int i = 0; i < n; i++)
		start(&children[i], c);
	for (int i = 0; i < n; i++) {
		if (read(children[i].answer, &got, 1) != 1)
			got = 'x';
		taken += got == BOARD_TAKEN;
		if (got != BOARD_TAKEN) {
			waitpid(children[i].pid, NULL, 0);
			children[i].pid = 0;
		}
		close(children[i].answer);
	}
	return taken;
}

/* Of those that stay, at most n are killed. */
static int
kill_some(int n)
{
	int killed = 0;

	for (int i = 0; i < CHILDREN && killed < n; i++) {
		if (children[i].pid == 0)
			continue;
		kill(children[i].pid, SIGKILL);
		waitpid(children[i].pid, NULL, 0);
		children[i].pid = 0;
		killed++;
	}
	return killed;
}

static void
end_all(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		if (children[i].stop > 0)
			close(children[i].stop);
		if (children[i].pid > 0)
			waitpid(children[i].pid, NULL, 0);
	}
	memset(children, 0, sizeof children);
}

/* ---- what it is for ---------------------------------------------------- */

static void
test_limits(void)
{
	struct board_claim here = claim_of("a", "192.0.2.1", 0, 0);

	tap_ok(fresh(0), "a board is made");
	tap_int(BOARD_SLOTS, board.n, "with the usual slots");
	tap_int(3, start_all(&here, 3), "three of one ACL are admitted");
	tap_int(BOARD_MAX, claim("a", "192.0.2.9", 3, 0),
	    "a fourth is one too many");
	tap_int(BOARD_TAKEN, claim("a", "192.0.2.9", 4, 0),
	    "where four are admitted it is not");
	board_release(&board);
	tap_int(BOARD_TAKEN, claim("b", "192.0.2.1", 1, 1),
	    "another ACL counts its own");
	board_release(&board);
	tap_int(BOARD_MAX_PER_IP, claim("a", "192.0.2.1", 9, 3),
	    "addresses are counted");
	tap_int(BOARD_TAKEN, claim("a", "192.0.2.2", 9, 3),
	    "each for itself");
	board_release(&board);
	end_all();
	tap_int(BOARD_TAKEN, claim("a", "192.0.2.1", 1, 1),
	    "ended sessions are not counted");
	board_close(&board);
}

static void
test_concurrent(void)
{
	struct board_claim c = claim_of("busy", "192.0.2.1", 15, 0);

	if (!tap_ok(fresh(0), "a board for many"))
		return;
	tap_int(15, start_all(&c, CHILDREN), "of 40 at once, 15 are admitted");
	tap_int(7, kill_some(7), "seven of them are killed");
	tap_int(BOARD_TAKEN, claim("busy", "192.0.2.1", 9, 0),
	    "eight are left");
	board_release(&board);
	tap_int(BOARD_MAX, claim("busy", "192.0.2.1", 8, 0),
	    "not fewer");
	end_all();
	board_close(&board);
}

/* A process that dies between lock and unlock, as the module's would. */
static void
die_locked(void)
{
	board_forked(&board);
	if (claim("x", "192.0.2.1", 0, 0) != BOARD_TAKEN)
		_exit(1);
	board.robust.list_op_pending = (struct robust_list *)(
	    (char *)&board.head->lock - board.robust.futex_offset);
	board.head->lock = board.self;
	raise(SIGKILL);
}

static void
test_dead_lock(void)
{
	int64_t begin;
	int status;
	pid_t pid;

	if (!tap_ok(fresh(SMALL), "a board to die on"))
		return;
	pid = fork();
	if (pid == 0)
		die_locked();
	waitpid(pid, &status, 0);
	tap_ok(WIFSIGNALED(status), "one dies with the lock");
	tap_ok(board.head->lock & FUTEX_OWNER_DIED, "the kernel says so");
	begin = clock_ms();
	tap_int(BOARD_TAKEN, claim("x", "192.0.2.1", 1, 1),
	    "neither its lock nor its slot stays");
	tap_ok(clock_ms() - begin < BOARD_WAIT_MS, "without any wait");
	board_close(&board);
}

/* Claim and release as fast as can be, until killed. */
static void
churn(void)
{
	board_forked(&board);
	for (;;)
		if (claim("churn", "192.0.2.1", SMALL, SMALL) == BOARD_TAKEN)
			board_release(&board);
}

static void
test_killed_anywhere(void)
{
	enum { KILLS = 300 };
	int taken = 0;

	if (!tap_ok(fresh(SMALL), "a board for the restless"))
		return;
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			churn();
		usleep((useconds_t)(i * 7 % 400));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		taken += claim("churn", "192.0.2.1", 1, 1) == BOARD_TAKEN;
		board_release(&board);
	}
	tap_int(KILLS, taken, "killed at any moment, none leaves a trace");
	board_close(&board);
}

/* ---- hostile contents -------------------------------------------------- */

static void
test_stuck_lock(void)
{
	int64_t begin = clock_ms();

	if (!tap_ok(fresh(SMALL), "a board with a lock nobody gives back"))
		return;
	board.head->lock = STRANGER;
	tap_int(BOARD_UNSEEN, claim("x", "192.0.2.1", 1, 0),
	    "a claim with a limit ends without a slot");
	tap_cstr("its lock is not given back", board.why, "and says why");
	tap_ok(clock_ms() - begin < 3 * BOARD_WAIT_MS, "in time");
	begin = clock_ms();
	tap_int(BOARD_TAKEN, claim("x", "192.0.2.1", 0, 0),
	    "a claim without a limit needs no lock");
	tap_ok(clock_ms() - begin < BOARD_WAIT_MS, "and does not wait");
	board_close(&board);
}

static void
test_full(void)
{
	if (!tap_ok(fresh(SMALL), "a board with every slot taken"))
		return;
	for (int i = 0; i < SMALL; i++)
		board.slots[i].owner = STRANGER;
	tap_int(BOARD_UNSEEN, claim("x", "192.0.2.1", 0, 0), "has none left");
	tap_cstr("it is full", board.why, "and says so");
	board.slots[SMALL / 2].owner = FUTEX_OWNER_DIED | FUTEX_WAITERS;
	tap_int(BOARD_TAKEN, claim("x", "192.0.2.1", 0, 0),
	    "the slot of a dead one is free");
	tap_int(SMALL / 2, board.mine, "that very slot");
	board_close(&board);
}

/* What a session that was taken over may do to all the others. */
static void
test_noise(void)
{
	enum { ROUNDS = 2000 };
	unsigned seed = 1;
	int answers = 0;

	if (!tap_ok(fresh(SMALL), "a board full of noise"))
		return;
	for (int r = 0; r < ROUNDS; r++) {
		unsigned char *p = (unsigned char *)board.head;

		for (size_t i = 0; i < board.size; i += 1 + seed % 97) {
			seed = seed * 1103515245 + 12345;
			p[i] = (unsigned char)(seed >> 16);
		}
		board.head->lock = 0;	/* a stuck one takes its time */
		answers += claim("x", "192.0.2.1", 1 + seed % 4, 1) <=
		    BOARD_UNSEEN;
		board_release(&board);
	}
	tap_int(ROUNDS, answers, "is survived");
	board_close(&board);
}

/* ---- files ------------------------------------------------------------- */

enum { WRONG_OWNER = 1, WRONG_MODE = 2, WRONG_LINK = 4, WRONG_KIND = 8 };

static const struct row {
	const char *name, *why;		/* NULL: it can be used */
	off_t size;
	char magic[9];
	uint32_t version, slots;
	int wrong;
} files[] = {
	{ "an empty file becomes one", NULL, 0 },
	{ "a larger one has more slots", NULL, 5 << 20 },
	{ "a size between is rounded down", NULL, 300000 },
	{ "too small a file", "its size is not a scoreboard's", 4096 },
	{ "too large a file", "its size is not a scoreboard's", 1 << 30 },
	{ "another program's file", "it is not a scoreboard of this version",
	    1 << 20, "SQLite f", BOARD_VERSION, 896 },
	{ "another version's", "it is not a scoreboard of this version",
	    1 << 20, BOARD_MAGIC, BOARD_VERSION + 1, 896 },
	{ "a head that claims more slots",
	    "it is not a scoreboard of this version",
	    1 << 20, BOARD_MAGIC, BOARD_VERSION, 60000 },
	{ "somebody else's", "it belongs to another user", 0,
	    .wrong = WRONG_OWNER },
	{ "everybody's", "others than its owner may open it", 0,
	    .wrong = WRONG_MODE },
	{ "one with a second name", "it is not a plain file", 0,
	    .wrong = WRONG_LINK },
	{ "a pipe", "it is not a plain file", 0, .wrong = WRONG_KIND },
	{ "a symbolic link", "it cannot be opened", 0,
	    .wrong = WRONG_KIND | WRONG_LINK },
};

static void
make_file(const struct row *f)
{
	struct board_head h = { .version = f->version, .slots = f->slots };
	char other[128];
	int fd;

	remove_board();
	mkdir(folder, 0700);
	if (f->wrong == (WRONG_KIND | WRONG_LINK)) {
		if (symlink("/etc/passwd", file) < 0)
			abort();
		return;
	}
	if (f->wrong == WRONG_KIND) {
		if (mkfifo(file, 0600) < 0)
			abort();
		return;
	}
	fd = open(file, O_CREAT | O_RDWR, 0600);
	memcpy(h.magic, f->magic, sizeof h.magic);
	if (fd < 0 || ftruncate(fd, f->size) < 0)
		abort();
	if (f->magic[0] != '\0' && pwrite(fd, &h, sizeof h, 0) < 0)
		abort();
	if (f->wrong == WRONG_MODE && fchmod(fd, 0606) < 0)
		abort();
	if (f->wrong == WRONG_OWNER && fchown(fd, NOBODY, NOBODY) < 0)
		abort();
	snprintf(other, sizeof other, "%s.other", file);
	if (f->wrong == WRONG_LINK && link(file, other) < 0)
		abort();
	close(fd);
}

static void
test_files(void)
{
	char other[128];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const struct row *f = &files[i];

		if (f->wrong == WRONG_OWNER && geteuid() != 0) {
			tap_skip("not root", f->name);
			continue;
		}
		make_file(f);
		tap_int(f->why == NULL, board_open(&board, folder,
		    geteuid()), "%s: %s", f->name, f->why ? "refused" :
		    "used");
		tap_cstr(f->why ? f->why : "", f->why ? board.why : "",
		    "%s: the reason", f->name);
		tap_int(f->why ? BOARD_UNSEEN : BOARD_TAKEN,
		    claim("x", "192.0.2.1", 1, 1), "%s: a claim", f->name);
		board_close(&board);
		snprintf(other, sizeof other, "%s.other", file);
		unlink(other);
	}
	remove_board();
	tap_ok(!board_open(&board, "/proc/no/where", geteuid()),
	    "a folder that cannot be made has none");
	tap_int(ENOENT, board.error, "the error says why");
}

static void
test_made(void)
{
	struct stat st;

	umask(0);
	tap_ok(fresh(0), "one made under any umask");
	umask(022);
	tap_ok(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "is its owner's alone");
	tap_int((int64_t)board_size(BOARD_SLOTS), st.st_size, "of full size");
	tap_ok(st.st_blocks * 512 >= st.st_size,
	    "with all of its room allocated");
	tap_int(BOARD_TAKEN, claim("x", "192.0.2.1", 1, 1), "it counts");
	tap_int(BOARD_SLOTS, board_slots(board_size(BOARD_SLOTS)),
	    "its size tells its slots");
	tap_int(0, board_slots(UINT64_MAX), "no size wraps");
	tap_ok(strstr(BOARD_FILE, ".4") != NULL && BOARD_VERSION == 4,
	    "the file's name has the version");
	board_close(&board);
}

/* As inetd starts sessions: root makes what they work with. */
static void
test_owner(void)
{
	struct stat st;

	if (geteuid() != 0) {
		tap_skip("not root", "root gives it to the sessions' user");
		return;
	}
	remove_board();
	tap_ok(board_open(&board, folder, NOBODY), "root makes one");
	tap_ok(stat(file, &st) == 0 && st.st_uid == NOBODY,
	    "and gives it to the sessions' user");
	tap_ok(stat(folder, &st) == 0 && st.st_uid == NOBODY &&
	    (st.st_mode & 07777) == 0755, "with its folder");
	board_close(&board);
}

/* ---- addresses --------------------------------------------------------- */

static const struct {
	const char *a, *b;
	unsigned prefix6;
	bool same;
} ips[] = {
	{ "192.0.2.1", "192.0.2.1", 64, true },
	{ "192.0.2.1", "192.0.2.2", 64, false },
	{ "192.0.2.1", "192.0.2.2", 0, false },
	{ "2001:db8::1", "2001:db8::2", 64, true },
	{ "2001:db8::1", "2001:db8:0:1::1", 64, false },
	{ "2001:db8::1", "2001:db8:0:1::1", 63, true },
	{ "2001:db8::1", "2001:db8::2", 128, false },
	{ "2001:db8::1", "2001:db8::1", 128, true },
	{ "2001:db8::1", "fe80::1", 0, true },
	{ "2001:db8::1", "192.0.2.1", 0, false },
};

static void
test_ip(void)
{
	uint8_t x[16], y[16];
	struct addr a, b;

	for (size_t i = 0; i < sizeof ips / sizeof *ips; i++) {
		if (!addr_parse(str_c(ips[i].a), &a) ||
		    !addr_parse(str_c(ips[i].b), &b))
			abort();
		board_ip(&a, ips[i].prefix6, x);
		board_ip(&b, ips[i].prefix6, y);
		tap_int(ips[i].same, memcmp(x, y, 16) == 0,
		    "%s and %s by %u bits", ips[i].a, ips[i].b,
		    ips[i].prefix6);
	}
}

int
main(void)
{
	snprintf(folder, sizeof folder, "/tmp/t-board.%d", (int)getpid());
	snprintf(file, sizeof file, "%s/" BOARD_FILE, folder);
	test_limits();
	test_concurrent();
	test_dead_lock();
	test_killed_anywhere();
	test_stuck_lock();
	test_full();
	test_noise();
	test_files();
	test_made();
	test_owner();
	test_ip();
	remove_board();
	return tap_done();
}
