#ifndef FIGURES_H
#define FIGURES_H

/*
 * What is measured, what is aimed at, and the table that shows both.  Every
 * round measures each figure of floor and proxy one after another, so a
 * round's ratio compares like with like; the table shows the medians of the
 * values and of the rounds' ratios.
 */

#include <stdbool.h>

enum figure {
	FIG_CPU,		/* us of a session, with its accept and fork */
	FIG_PROCESS,		/* us of its process alone, exec to end */
	FIG_GREETING,		/* us from connect() to the greeting */
	FIG_LOGIN,		/* us of LOGIN */
	FIG_RATE,		/* sessions a second, many at once */
	FIG_FETCH,		/* MB/s of a large mail */
	FIG_FETCH_CPU,		/* ms of CPU a GB */
	FIG_MEMORY,		/* KB of an idle session: private + kernel */
	FIG_PRIVATE,		/* KB, the private part alone */
	FIG_SLOW,		/* steps of one session in turn that stalled */
	FIGURES
};

enum side { FLOOR, PROXY, SIDES };
enum leg { PLAIN, TLS, LEGS };

enum { FIGURES_ROUNDS = 99 };

/* Both sides of one figure in one round. */
void figures_set(enum leg leg, enum figure f, int round, enum side side,
    double value);
/* Print the table; how many targets were missed. */
int figures_print(int rounds);

#endif
