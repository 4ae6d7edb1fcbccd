/*
 * What the scoreboard costs a session: medians over fresh processes, each of
 * a static program as imap4-proxy is, on a board where 2,000 other sessions
 * are, all of the session-acl to be counted; and over their whole lives, which
 * adds what the kernel does when they end.  An argument is the folder of the board, on the kind of file system to be
 * measured; /dev/shm by default, as /run is.
 */

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "display.h"
#include "timing.h"

enum {
	ROUNDS = 1000,
	SESSIONS = 2000,
	STEPS = 5,
	SHOWS = 100,
	TARGET_US = 20,
	CLAIM_FD = 9,		/* the child's end of the pipe */
	/* Of the steps: what the target is for; the one done SHOWS times. */
	CLAIM = 1,
	AGAIN = 3,
};

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "bench_board: %s: %s\n", what, why ? why : "");
	_exit(1);
}

/* A session: counted among the others, or without a limit, or idle. */
static void
session(const char *folder, const char *kind)
{
	static struct board b;
	static struct display d;
	struct board_claim c = { board_acl("office"), { 1 }, 0, 0 };
	double at[STEPS + 1], took[STEPS];

	if (strcmp(kind, "idle") == 0)
		_exit(0);
	if (strcmp(kind, "counted") == 0)
		c.max = c.max_per_ip = SESSIONS + 1;
	at[0] = now_us();
	if (!board_open(&b, folder, geteuid()))
		give_up(folder, b.why);
	at[1] = now_us();
	if (board_claim(&b, &c) != BOARD_TAKEN)
		give_up("claim", b.why);
	at[2] = now_us();
	display_put(&b, &d);
	at[3] = now_us();
	for (int i = 0; i < SHOWS; i++)
		display_put(&b, &d);
	at[4] = now_us();
	board_release(&b);
	at[5] = now_us();
	for (int i = 0; i < STEPS; i++)
		took[i] = at[i + 1] - at[i];
	took[AGAIN] /= SHOWS;
	if (write(CLAIM_FD, took, sizeof took) != sizeof took)
		_exit(1);
	_exit(0);
}

/* 2,000 slots of ours, as if each were a session's. */
static void
fill(const char *folder)
{
	static struct board b;

	if (!board_open(&b, folder, geteuid()))
		give_up(folder, b.why);
	for (int i = 0; i < SESSIONS; i++) {
		b.slots[i].owner = b.slots[i].counted = (uint32_t)getpid();
		b.slots[i].acl = board_acl("office");
		b.slots[i].ip[0] = 1;
	}
}

/* One process from fork to wait; took NULL: an idle one. */
static double
life(const char *folder, const char *kind, int fd, double *took)
{
	double start = now_us();
	pid_t pid = fork();
	int status;

	/* a new program: nothing of the board is in its memory yet */
	if (pid == 0) {
		execl("/proc/self/exe", "bench_board", folder, kind, NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		exit(1);
	start = now_us() - start;
	if (took != NULL && read(fd, took, STEPS * sizeof *took) !=
	    STEPS * sizeof *took)
		exit(1);
	return start;
}

static void
print(const char *kind, double step[STEPS][ROUNDS])
{
	static const char names[STEPS][8] = { "open", "claim", "show",
		"again", "release" };
	double sum = 0, m;

	for (int i = 0; i < STEPS; i++) {
		m = median(step[i], ROUNDS);
		printf("board %-9s %-8s %6.2f us\n", kind, names[i], m);
		if (i == CLAIM && strcmp(kind, "counted") == 0)
			printf("board %-9s counting 2,000: target %d us, "
			    "%s\n", kind, TARGET_US,
			    m <= TARGET_US ? "met" : "missed");
		sum += m;
	}
	printf("board %-9s in all %8.2f us\n", kind, sum);
}

int
main(int argc, char **argv)
{
	static const char kinds[2][10] = { "counted", "no limit" };
	static double step[2][STEPS][ROUNDS], lives[3][ROUNDS];
	char made[] = "/dev/shm/bench-board-XXXXXX", file[64];
	const char *folder = argc > 1 ? argv[1] : mkdtemp(made);
	double took[STEPS];
	int fd[2];

	if (argc > 2)
		session(folder, argv[2]);
	if (folder == NULL || pipe(fd) < 0 || dup2(fd[1], CLAIM_FD) < 0)
		return 1;
	fill(folder);
	/* interleaved, so that the machine's moods hit all */
	for (int r = 0; r < ROUNDS; r++) {
		for (int k = 0; k < 2; k++) {
			lives[k][r] = life(folder, kinds[k], fd[0], took);
			for (int i = 0; i < STEPS; i++)
				step[k][i][r] = took[i];
		}
		lives[2][r] = life(folder, "idle", fd[0], NULL);
	}
	for (int k = 0; k < 2; k++)
		print(kinds[k], step[k]);
	printf("a process's life %5.1f us, counted %.1f us, no limit %.1f us\n",
	    median(lives[2], ROUNDS), median(lives[0], ROUNDS),
	    median(lives[1], ROUNDS));
	if (argc == 1) {
		snprintf(file, sizeof file, "%s/" BOARD_FILE, folder);
		unlink(file);
		rmdir(folder);
	}
	return 0;
}
