/* The table of results: see figures.h. */

#include "figures.h"
#include "timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * target: the largest (or, for throughput, the smallest) ratio of proxy to
 * floor that is good enough; 0: shown, not judged.
 */
static const struct {
	const char *name, *unit;
	bool more_is_better;
	double target[LEGS];
} table[FIGURES] = {
	[FIG_CPU] = { "CPU a session", "us", false, { 1.3, 1.1 } },
	[FIG_PROCESS] = { "  of it the process", "us", false, { 0, 0 } },
	[FIG_GREETING] = { "greeting", "us", false, { 1.2, 1.1 } },
	[FIG_LOGIN] = { "LOGIN", "us", false, { 0, 0 } },
	[FIG_RATE] = { "sessions, 16 at once", "/s", true, { 0, 0 } },
	[FIG_FETCH] = { "FETCH", "MB/s", true, { 0.95, 0.95 } },
	[FIG_FETCH_CPU] = { "CPU of FETCH", "ms/GB", false, { 0, 0 } },
	[FIG_MEMORY] = { "idle memory", "KB", false, { 1.4, 1.1 } },
	[FIG_PRIVATE] = { "  of it private", "KB", false, { 0, 0 } },
	[FIG_SLOW] = { "had a step >= 38 ms", "%", false, { 0, 0 } },
};

/*
 * A stall of Nagle's against a delayed acknowledgement would strike every
 * session; a step is late now and then on any busy machine.
 */
static const double STALLED_PERCENT = 1;

static const char *const leg_names[LEGS] = { "plain", "TLS" };
static double values[LEGS][FIGURES][SIDES][FIGURES_ROUNDS];

void
figures_set(enum leg leg, enum figure f, int round, enum side side,
    double value)
{
	values[leg][f][side][round] = value;
}

struct spread {
	double low, median, high;	/* quartiles */
};

static struct spread
spread(const double *v, int n)
{
	double sorted[FIGURES_ROUNDS];

	memcpy(sorted, v, (size_t)n * sizeof *v);
	qsort(sorted, (size_t)n, sizeof *v, by_value);
	return (struct spread){ sorted[n / 4],
	    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[(n - 1) * 3 / 4] };
}

static bool
met(enum figure f, double target, double ratio)
{
	return table[f].more_is_better ? ratio >= target : ratio <= target;
}

/* 1 when its target was missed. */
static int
print_row(enum leg leg, enum figure f, int rounds)
{
	double ratios[FIGURES_ROUNDS], target = table[f].target[leg];
	const double (*v)[FIGURES_ROUNDS] = values[leg][f];
	struct spread r;
	bool ok;

	for (int i = 0; i < rounds; i++)
		ratios[i] = v[FLOOR][i] > 0 ? v[PROXY][i] / v[FLOOR][i] : 0;
	r = spread(ratios, rounds);
	printf("%-5s %-21s %9.0f %9.0f %-6s %4.2f (%.2f-%.2f)",
	    leg_names[leg], table[f].name,
	    spread(v[FLOOR], rounds).median, spread(v[PROXY], rounds).median,
	    table[f].unit, r.median, r.low, r.high);
	ok = target <= 0 || met(f, target, r.median);
	if (target > 0)
		printf("  %s %.2f  %s", table[f].more_is_better ? ">=" : "<=",
		    target, ok ? "met" : "MISSED");
	putchar('\n');
	return !ok;
}

/* A share of the sessions, not a ratio. */
static int
print_stalls(enum leg leg, int rounds)
{
	const double (*v)[FIGURES_ROUNDS] = values[leg][FIG_SLOW];
	double proxy = spread(v[PROXY], rounds).median;
	bool ok = proxy <= STALLED_PERCENT;

	printf("%-5s %-21s %9.1f %9.1f %-6s %17s  <= %.0f %%   %s\n",
	    leg_names[leg], table[FIG_SLOW].name,
	    spread(v[FLOOR], rounds).median, proxy, table[FIG_SLOW].unit, "",
	    STALLED_PERCENT, ok ? "met" : "MISSED");
	return !ok;
}

int
figures_print(int rounds)
{
	int missed = 0;

	printf("\n%-27s %9s %9s %-6s ratio (quartiles)\n", "", "floor",
	    "proxy", "");
	for (int leg = 0; leg < LEGS; leg++) {
		for (int f = 0; f < FIG_SLOW; f++)
			missed += print_row(leg, f, rounds);
		missed += print_stalls(leg, rounds);
	}
	return missed;
}
