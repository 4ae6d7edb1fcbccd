/*
 * What sealing costs a session: the median over fresh processes of each
 * step, and of a whole process's life with and without a jail (which adds
 * what the kernel does when it ends).
 */

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jail.h"
#include "timing.h"

enum {
	ROUNDS = 1000,
	PHASES = JAIL_RELAY + 1,	/* a session's */
	STEPS = 1 + PHASES,	/* preparing, then each phase */
	TARGET_US = 100,
	SEAL_FD = 9,		/* the child's end of the pipe */
};

/* In a child: seal it, and tell how long each step took. */
static void
seal(int fd)
{
	double at[STEPS + 1], took[STEPS];
	const char *why = "";
	int rc;

	at[0] = now_us();
	rc = jail_prepare(&why);
	at[1] = now_us();
	for (int i = 0; i < PHASES && rc == 0; i++) {
		rc = jail_enter((enum jail_phase)i, &why);
		at[i + 2] = now_us();
	}
	if (rc < 0) {
		fprintf(stderr, "bench_jail: %s\n", why);
		_exit(1);
	}
	for (int i = 0; i < STEPS; i++)
		took[i] = at[i + 1] - at[i];
	if (write(fd, took, sizeof took) != sizeof took)
		_exit(1);
	_exit(0);
}

/* One process from fork to wait; the steps when it is sealed. */
static double
life(const int fd[2], double *took)
{
	double start = now_us();
	pid_t pid = fork();
	int status;

	/* a new program: what it touches first is not in memory yet */
	if (pid == 0) {
		execl("/proc/self/exe", "bench_jail", took ? "seal" : "idle",
		    NULL);
		_exit(1);
	}
	if (took != NULL && read(fd[0], took, STEPS * sizeof *took) !=
	    STEPS * sizeof *took)
		exit(1);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		exit(1);
	return now_us() - start;
}

int
main(int argc, char **argv)
{
	static const char names[STEPS][12] = { "prepare", "ACCEPTED",
		"DIALED", "RELAY" };
	static double step[STEPS][ROUNDS], with[ROUNDS], without[ROUNDS];
	double took[STEPS], sum = 0;
	int fd[2];

	if (argc > 1 && strcmp(argv[1], "seal") == 0)
		seal(SEAL_FD);
	if (argc > 1)
		_exit(0);
	if (pipe(fd) < 0 || dup2(fd[1], SEAL_FD) < 0)
		return 1;
	/* interleaved, so that the machine's moods hit both */
	for (int r = 0; r < ROUNDS; r++) {
		with[r] = life(fd, took);
		without[r] = life(fd, NULL);
		for (int i = 0; i < STEPS; i++)
			step[i][r] = took[i];
	}
	for (int i = 0; i < STEPS; i++) {
		double m = median(step[i], ROUNDS);

		printf("jail %-10s %6.1f us\n", names[i], m);
		sum += m;
	}
	printf("jail in all     %6.1f us (target %d: %s)\n", sum, TARGET_US,
	    sum <= TARGET_US ? "met" : "missed");
	printf("a process's life %5.1f us, sealed %.1f us\n",
	    median(without, ROUNDS), median(with, ROUNDS));
	return 0;
}
