#ifndef TIMING_H
#define TIMING_H

/* What every benchmark does with its clock and its values. */

#include <stdlib.h>
#include <time.h>

/* The monotonic clock, us. */
static inline double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* For qsort(3). */
static inline int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of n values, which it sorts. */
static inline double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_value);
	return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

#endif
