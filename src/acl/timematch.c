#include "timematch.h"

enum { MINUTES_OF_DAY = 24 * 60 };

/* Is v in lo..hi, both included, on a circle? */
static bool
on_circle(int lo, int hi, int v)
{
	return lo <= hi ? lo <= v && v <= hi : v >= lo || v <= hi;
}

static bool
in_hours(const struct conf_hours *h, int minute)
{
	/* 2400 ends a day as 0000 does */
	int to = h->to - !h->end_included;

	if (h->from == h->to && !h->end_included)
		return false;	/* ends where it begins */
	if (to < 0)
		to = MINUTES_OF_DAY - 1;
	return on_circle(h->from, to, minute);
}

static bool
in_dates(const struct conf_dates *d, const struct tm *now)
{
	/* months have at most 31 days: this orders the days of a year */
	return on_circle(d->from_month * 32 + d->from_day,
	    d->to_month * 32 + d->to_day,
	    (now->tm_mon + 1) * 32 + now->tm_mday);
}

static enum acl_truth
any_hours(const struct conf *c, struct conf_ref ref, const struct tm *now)
{
	const struct conf_hours *h = CONF_AT(c, struct conf_hours, ref, 0);
	int minute = now->tm_hour * 60 + now->tm_min;

	if (ref.n == 0)
		return ACL_HOLDS;
	if (h == NULL)
		return ACL_UNDECIDED;
	for (uint32_t i = 0; i < ref.n; i++)
		if (in_hours(&h[i], minute))
			return ACL_HOLDS;
	return ACL_FAILS;
}

static enum acl_truth
any_dates(const struct conf *c, struct conf_ref ref, const struct tm *now)
{
	const struct conf_dates *d = CONF_AT(c, struct conf_dates, ref, 0);

	if (ref.n == 0)
		return ACL_HOLDS;
	if (d == NULL)
		return ACL_UNDECIDED;
	for (uint32_t i = 0; i < ref.n; i++)
		if (in_dates(&d[i], now))
			return ACL_HOLDS;
	return ACL_FAILS;
}

static enum acl_truth
any_wdays(const struct conf *c, struct conf_ref ref, const struct tm *now)
{
	const struct conf_wdays *w = CONF_AT(c, struct conf_wdays, ref, 0);

	if (ref.n == 0)
		return ACL_HOLDS;
	if (w == NULL)
		return ACL_UNDECIDED;
	for (uint32_t i = 0; i < ref.n; i++)
		if (on_circle(w[i].from, w[i].to, now->tm_wday))
			return ACL_HOLDS;
	return ACL_FAILS;
}

static bool
in_mask(uint32_t mask, int v)
{
	return mask == 0 || (mask >> v & 1);
}

enum acl_truth
time_has(const struct conf *c, struct conf_ref times, const struct tm *now)
{
	enum acl_truth t = times.n > 0 ? ACL_FAILS : ACL_HOLDS;

	for (uint32_t i = 0; i < times.n && t != ACL_HOLDS; i++) {
		const struct conf_time *s = CONF_AT(c, struct conf_time,
		    times, i);

		if (s == NULL)
			return ACL_UNDECIDED;
		if (in_mask(s->days, now->tm_mday) &&
		    in_mask(s->months, now->tm_mon + 1) &&
		    in_mask(s->wdays, now->tm_wday))
			t = truth_or(t, any_hours(c, s->hours, now));
	}
	return t;
}

enum acl_truth
time_set_has(const struct conf *c, const struct conf_time_set *s,
    const struct tm *now)
{
	enum acl_truth t = ACL_FAILS;

	if (!s->given)
		return ACL_HOLDS;
	for (uint32_t i = 0; i < s->specs.n && t != ACL_HOLDS; i++) {
		const struct conf_time_spec *p = CONF_AT(c,
		    struct conf_time_spec, s->specs, i);

		if (p == NULL)
			return ACL_UNDECIDED;
		t = truth_or(t, truth_and(any_dates(c, p->dates, now),
		    truth_and(any_wdays(c, p->weekdays, now),
		    any_hours(c, p->hours, now))));
	}
	return s->exclude ? truth_not(t) : t;
}
