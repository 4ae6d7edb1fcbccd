#include <stdio.h>

#include "image.h"
#include "tap.h"
#include "timematch.h"

#include "module.h"

const struct module_head *const module_static[] = { NULL };

/* "2026-11-20 17:30", a Friday. */
static struct tm
at(const char *s)
{
	struct tm tm = { 0 };

	if (strptime(s, "%Y-%m-%d %H:%M", &tm) == NULL)
		abort();
	return tm;
}

#define WORKDAYS (1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5)

/* One 'time' section: 0 masks and {0, 0} hours are not written. */
static const struct {
	const char *name;
	uint32_t days;
	uint16_t months;
	uint8_t wdays;
	struct conf_hours hours;
	const char *now;
	bool holds;
} times[] = {
	{ "nothing written", 0, 0, 0, { 0 }, "2026-11-20 17:30", true },
	{ "the first minute of hours", 0, 0, 0, { 480, 990, 0 },
	    "2026-11-20 08:00", true },
	{ "the last minute of hours", 0, 0, 0, { 480, 990, 0 },
	    "2026-11-20 16:29", true },
	{ "hours end before their bound", 0, 0, 0, { 480, 990, 0 },
	    "2026-11-20 16:30", false },
	{ "before hours", 0, 0, 0, { 480, 990, 0 }, "2026-11-20 07:59",
	    false },
	{ "hours over midnight, before", 0, 0, 0, { 1320, 360, 0 },
	    "2026-11-20 22:00", true },
	{ "hours over midnight, after", 0, 0, 0, { 1320, 360, 0 },
	    "2026-11-20 05:59", true },
	{ "hours over midnight, their bound", 0, 0, 0, { 1320, 360, 0 },
	    "2026-11-20 06:00", false },
	{ "hours to 2400", 0, 0, 0, { 1320, 1440, 0 }, "2026-11-20 23:59",
	    true },
	{ "hours to 2400 and midnight", 0, 0, 0, { 1320, 1440, 0 },
	    "2026-11-20 00:00", false },
	{ "hours to 0000", 0, 0, 0, { 1320, 0, 0 }, "2026-11-20 23:59",
	    true },
	{ "hours to 0000 and midnight", 0, 0, 0, { 1320, 0, 0 },
	    "2026-11-20 00:00", false },
	{ "hours that end where they begin", 0, 0, 0, { 480, 480, 0 },
	    "2026-11-20 08:00", false },
	{ "all day", 0, 0, 0, { 0, 1440, 0 }, "2026-11-20 00:00", true },
	{ "a day of the month", 1u << 20, 0, 0, { 0 }, "2026-11-20 17:30",
	    true },
	{ "another day of the month", 1u << 21, 0, 0, { 0 },
	    "2026-11-20 17:30", false },
	{ "the 31st", 1u << 31, 0, 0, { 0 }, "2026-12-31 17:30", true },
	{ "a month", 0, 1u << 11, 0, { 0 }, "2026-11-20 17:30", true },
	{ "another month", 0, 1u << 12, 0, { 0 }, "2026-11-20 17:30", false },
	{ "a working day", 0, 0, WORKDAYS, { 0 }, "2026-11-20 17:30", true },
	{ "a Sunday", 0, 0, WORKDAYS, { 0 }, "2026-11-22 17:30", false },
	{ "parts are ANDed", 1u << 20, 1u << 11, WORKDAYS, { 480, 990, 0 },
	    "2026-11-20 17:30", false },
	{ "all parts hold", 1u << 20, 1u << 11, WORKDAYS, { 480, 990, 0 },
	    "2026-11-20 16:00", true },
};

static struct conf_time
section(size_t i)
{
	struct conf_time t = {
		.days = times[i].days,
		.months = times[i].months,
		.wdays = times[i].wdays,
	};

	if (times[i].hours.from != 0 || times[i].hours.to != 0)
		t.hours = IMAGE_ROWS(&times[i].hours, 1);
	return t;
}

static void
test_times(void)
{
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct tm now = at(times[i].now);
		struct conf_time t;
		struct conf_ref ref;

		image_start();
		t = section(i);
		ref = IMAGE_ROWS(&t, 1);
		tap_int(times[i].holds ? ACL_HOLDS : ACL_FAILS,
		    time_has(image_open(), ref, &now), "time: %s, %s",
		    times[i].name, times[i].now);
	}
}

static void
test_several(void)
{
	struct tm now = at("2026-11-20 17:30");
	struct conf_time t[2] = { { .days = 1u << 1 }, { .days = 1u << 20 } };
	struct conf_hours h[2] = { { 0, 60, 0 }, { 1020, 1080, 0 } };
	struct conf_time both = { 0 };
	struct conf_ref ref;

	image_start();
	ref = IMAGE_ROWS(t, 2);
	tap_int(ACL_HOLDS, time_has(image_open(), ref, &now),
	    "sections are ORed");
	both.hours = IMAGE_ROWS(h, 2);
	ref = IMAGE_ROWS(&both, 1);
	tap_int(ACL_HOLDS, time_has(image_open(), ref, &now),
	    "so are hours of one section");
	tap_int(ACL_HOLDS, time_has(image_open(), (struct conf_ref){ 0 },
	    &now), "no section at all holds");
	ref = (struct conf_ref){ 1u << 30, 2 };
	tap_int(ACL_UNDECIDED, time_has(image_open(), ref, &now),
	    "sections outside the cache cannot be decided");
	both.hours = (struct conf_ref){ 1u << 30, 2 };
	ref = IMAGE_ROWS(&both, 1);
	tap_int(ACL_UNDECIDED, time_has(image_open(), ref, &now),
	    "nor can hours outside it");
}

/* One spec; parts whose members are all 0 are not written. */
static const struct {
	const char *name;
	struct conf_dates dates;
	struct conf_wdays wdays;
	bool any_wday;
	struct conf_hours hours;
	const char *now;
	bool holds;
} specs[] = {
	{ "the first date", { 20, 11, 30, 11 }, { 0 }, true, { 0 },
	    "2026-11-20 17:30", true },
	{ "the last date is included", { 1, 11, 20, 11 }, { 0 }, true, { 0 },
	    "2026-11-20 17:30", true },
	{ "a date past the last", { 1, 11, 19, 11 }, { 0 }, true, { 0 },
	    "2026-11-20 17:30", false },
	{ "a date in another month", { 1, 10, 30, 10 }, { 0 }, true, { 0 },
	    "2026-11-20 17:30", false },
	{ "over new year, before", { 20, 12, 6, 1 }, { 0 }, true, { 0 },
	    "2026-12-31 17:30", true },
	{ "over new year, after", { 20, 12, 6, 1 }, { 0 }, true, { 0 },
	    "2026-01-06 17:30", true },
	{ "over new year, outside", { 20, 12, 6, 1 }, { 0 }, true, { 0 },
	    "2026-01-07 17:30", false },
	{ "a year but for one day, inside", { 21, 11, 19, 11 }, { 0 }, true,
	    { 0 }, "2026-11-19 17:30", true },
	{ "a year but for one day, that day", { 21, 11, 19, 11 }, { 0 }, true,
	    { 0 }, "2026-11-20 17:30", false },
	{ "weekdays include their last", { 0 }, { 1, 5, { 0 } }, false, { 0 },
	    "2026-11-20 17:30", true },
	{ "weekdays, outside", { 0 }, { 1, 5, { 0 } }, false, { 0 },
	    "2026-11-21 17:30", false },
	{ "Saturday to Sunday wraps", { 0 }, { 6, 0, { 0 } }, false, { 0 },
	    "2026-11-22 17:30", true },
	{ "Friday to Monday wraps", { 0 }, { 5, 1, { 0 } }, false, { 0 },
	    "2026-11-23 17:30", true },
	{ "Friday to Monday, outside", { 0 }, { 5, 1, { 0 } }, false, { 0 },
	    "2026-11-24 17:30", false },
	{ "hours with their bound", { 0 }, { 0 }, true, { 480, 990, 1 },
	    "2026-11-20 16:30", true },
	{ "hours past their bound", { 0 }, { 0 }, true, { 480, 990, 1 },
	    "2026-11-20 16:31", false },
	{ "hours over midnight with their bound", { 0 }, { 0 }, true,
	    { 1320, 360, 1 }, "2026-11-20 06:00", true },
	{ "one minute", { 0 }, { 0 }, true, { 480, 480, 1 },
	    "2026-11-20 08:00", true },
	{ "one minute, the next", { 0 }, { 0 }, true, { 480, 480, 1 },
	    "2026-11-20 08:01", false },
	{ "all parts must hold", { 1, 11, 30, 11 }, { 1, 5, { 0 } }, false,
	    { 480, 990, 1 }, "2026-11-21 12:00", false },
	{ "all parts hold", { 1, 11, 30, 11 }, { 1, 5, { 0 } }, false,
	    { 480, 990, 1 }, "2026-11-20 12:00", true },
	{ "the 29th of February", { 29, 2, 29, 2 }, { 0 }, true, { 0 },
	    "2028-02-29 12:00", true },
};

static void
test_specs(void)
{
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct tm now = at(specs[i].now);
		struct conf_time_spec p = { 0 };
		struct conf_time_set s = { .given = 1 };
		const struct conf *c;

		image_start();
		if (specs[i].dates.from_day != 0)
			p.dates = IMAGE_ROWS(&specs[i].dates, 1);
		if (!specs[i].any_wday)
			p.weekdays = IMAGE_ROWS(&specs[i].wdays, 1);
		if (specs[i].hours.to != 0)
			p.hours = IMAGE_ROWS(&specs[i].hours, 1);
		s.specs = IMAGE_ROWS(&p, 1);
		c = image_open();
		tap_int(specs[i].holds ? ACL_HOLDS : ACL_FAILS,
		    time_set_has(c, &s, &now), "time-period-set: %s, %s",
		    specs[i].name, specs[i].now);
		s.exclude = 1;
		tap_int(specs[i].holds ? ACL_FAILS : ACL_HOLDS,
		    time_set_has(c, &s, &now), "and exclude inverts it");
	}
}

static void
test_set(void)
{
	struct tm now = at("2026-11-20 17:30");
	struct conf_time_spec p[2] = { { .name = { 0 } } };
	struct conf_dates d[2] = { { 1, 1, 2, 1 }, { 20, 11, 20, 11 } };
	struct conf_time_set s = { .given = 1 };

	image_start();
	p[0].dates = IMAGE_ROWS(&d[0], 1);
	p[1].dates = IMAGE_ROWS(&d[1], 1);
	s.specs = IMAGE_ROWS(p, 2);
	tap_int(ACL_HOLDS, time_set_has(image_open(), &s, &now),
	    "specs are ORed");
	p[0].dates = IMAGE_ROWS(d, 2);
	s.specs = IMAGE_ROWS(p, 1);
	tap_int(ACL_HOLDS, time_set_has(image_open(), &s, &now),
	    "so are dates of one spec");
	p[0].dates = (struct conf_ref){ 1u << 30, 1 };
	s.specs = IMAGE_ROWS(p, 1);
	tap_int(ACL_UNDECIDED, time_set_has(image_open(), &s, &now),
	    "dates outside the cache cannot be decided");
	s.exclude = 1;
	tap_int(ACL_UNDECIDED, time_set_has(image_open(), &s, &now),
	    "nor does exclude decide them");
	s.given = 0;
	tap_int(ACL_HOLDS, time_set_has(image_open(), &s, &now),
	    "a set that is not written holds");
}

int
main(void)
{
	test_times();
	test_several();
	test_specs();
	test_set();
	return tap_done();
}
