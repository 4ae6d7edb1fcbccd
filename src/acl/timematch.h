#ifndef TIMEMATCH_H
#define TIMEMATCH_H

/*
 * Conditions on local time.  'time': parts ANDed, sections ORed, hours end
 * before their upper bound.  'time-period-set': dates, weekdays and hours
 * include it; whatever begins later than it ends wraps (new year, Saturday
 * to Sunday, midnight); exclude inverts the whole.
 *
 * Each part is judged on the present moment by itself: {weekdays fri, hours
 * 2200-0600} is Friday from 00:00 to 06:00 and from 22:00 on.
 */

#include <time.h>

#include "conf.h"
#include "truth.h"

/* UNDECIDED: the cache is damaged.  No section at all holds. */
enum acl_truth time_has(const struct conf *c, struct conf_ref times,
    const struct tm *now);
enum acl_truth time_set_has(const struct conf *c,
    const struct conf_time_set *s, const struct tm *now);

#endif
