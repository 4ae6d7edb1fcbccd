#include "values.h"

/* "mon" or a number; the numbers begin at first. */
struct words {
	char word[12][4];
	unsigned n, first;
};
static const struct words weekdays = {
	{ "sun", "mon", "tue", "wed", "thu", "fri", "sat" }, 7, 0
};
static const struct words months = {
	{ "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
	  "oct", "nov", "dec" }, 12, 1
};
static const struct words no_words = { { "" }, 31, 1 };	/* days of a month */

static const uint8_t month_days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31,
	30, 31, 30, 31 };

/* ---- masks -------------------------------------------------------------- */

static bool
one(const struct words *w, struct str s, unsigned *v_r)
{
	uint64_t v;

	for (unsigned i = 0; w->word[0][0] != '\0' && i < w->n; i++)
		if (str_ieq(s, str_c(w->word[i]))) {
			*v_r = i + w->first;
			return true;
		}
	if (!str_u64(s, w->first + w->n - 1, &v) || v < w->first)
		return false;
	*v_r = (unsigned)v;
	return true;
}

/* "mon", "mon-fri", "sat-mon": both ends included; later-earlier wraps. */
static bool
span(const struct words *w, struct str s, unsigned *from_r, unsigned *to_r)
{
	struct str head, tail = s;

	if (!str_cut(&tail, '-', &head))
		tail = head;
	return one(w, str_trim(head), from_r) && one(w, str_trim(tail), to_r);
}

static uint32_t
bits(const struct words *w, unsigned from, unsigned to)
{
	uint32_t m = 0;

	for (unsigned i = from; ; i = i == w->first + w->n - 1 ? w->first :
	    i + 1) {
		m |= 1u << i;
		if (i == to)
			return m;
	}
}

static uint32_t
read_mask(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, const struct words *w, const char *right)
{
	uint32_t yes = 0, no = 0;
	unsigned from, to;

	if (values_empty(b, k, e))
		return 0;
	for (const struct tree_value *v = e->first; v; v = v->next) {
		bool negative = v->text[0] == '!';

		if (!span(w, str_c(v->text + negative), &from, &to)) {
			values_bad(b, k, v, "%s", right);
			return 0;
		}
		if (negative)
			no |= bits(w, from, to);
		else
			yes |= bits(w, from, to);
	}
	if (yes == 0)
		yes = bits(w, w->first, w->first + w->n - 1);
	if ((yes & ~no) == 0)
		value_error(b, k, e->at, "nothing is left of this set");
	return yes & ~no;
}

static bool
print_mask(uint32_t m, const struct words *w, FILE *f)
{
	struct values_out out;

	if (m == 0)
		return false;
	values_open(&out, f);
	for (unsigned i = 0; i < w->n; i++) {
		if (!(m >> (i + w->first) & 1))
			continue;
		values_next(&out);
		if (w->word[0][0] != '\0')
			fprintf(f, "\"%s\"", w->word[i]);
		else
			fprintf(f, "%u", i + w->first);
	}
	values_close(&out);
	return true;
}

void
value_read_days(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	*(uint32_t *)place = read_mask(b, k, e, &no_words,
	    "is no day of a month: write 1 to 31, or \"1-15\"");
}

bool
value_print_days(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)c;
	(void)k;
	return print_mask(*(const uint32_t *)place, &no_words, f);
}

void
value_read_months(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	*(uint16_t *)place = (uint16_t)read_mask(b, k, e, &months,
	    "is no month: write jan to dec, 1 to 12, or \"jan-mar\"");
}

bool
value_print_months(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)c;
	(void)k;
	return print_mask(*(const uint16_t *)place, &months, f);
}

static const char no_weekday[] =
    "is no day of the week: write sun to sat, 0 to 6, or \"mon-fri\"";

void
value_read_wdays(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	*(uint8_t *)place = (uint8_t)read_mask(b, k, e, &weekdays,
	    no_weekday);
}

bool
value_print_wdays(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)c;
	(void)k;
	return print_mask(*(const uint8_t *)place, &weekdays, f);
}

/* ---- hours -------------------------------------------------------------- */

/* "HHMM"; 2400 only as an end. */
static bool
hhmm(struct str s, bool end, uint16_t *minutes_r)
{
	uint64_t v;

	if (s.n != 4 || !str_u64(s, 2400, &v) || v % 100 > 59 ||
	    (v == 2400 && !end))
		return false;
	*minutes_r = (uint16_t)(v / 100 * 60 + v % 100);
	return true;
}

static void
read_hours(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_ref *ref, bool included)
{
	struct conf_hours *h;

	if (values_empty(b, k, e))
		return;
	h = out_table(b->out, sizeof *h, _Alignof(struct conf_hours),
	    values_count(e), ref);
	for (const struct tree_value *v = e->first; v; v = v->next, h++) {
		struct str from, to = str_c(v->text);

		h->end_included = included;
		if (!str_cut(&to, '-', &from) ||
		    !hhmm(str_trim(from), false, &h->from) ||
		    !hhmm(str_trim(to), !included, &h->to))
			values_bad(b, k, v, "is no span of hours: write "
			    "\"0800-1630\"");
		else if (h->from == h->to && !included)
			values_bad(b, k, v,
			    "is an empty span of hours: the end is "
			    "not part of it");
	}
}

static bool
put_hours(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_hours *h = row;

	(void)c;
	fprintf(f, "\"%02u%02u-%02u%02u\"", h->from / 60u, h->from % 60u,
	    h->to / 60u, h->to % 60u);
	return true;
}

void
value_read_hours(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_hours(b, k, e, place, false);
}

bool
value_print_hours(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_hours,
	    *(const struct conf_ref *)place, put_hours, f);
}

void
value_read_hours_included(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_hours(b, k, e, place, true);
}

bool
value_print_hours_included(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_hours,
	    *(const struct conf_ref *)place, put_hours, f);
}

/* ---- dates, weekdays of a time-spec ------------------------------------- */

/* "24 dec" or "24 12". */
static bool
date(struct str s, uint8_t *day_r, uint8_t *month_r)
{
	struct str day, month = str_trim(s);
	unsigned d, m;

	if (!str_cut(&month, ' ', &day) || !one(&no_words, day, &d) ||
	    !one(&months, str_trim(month), &m) || d > month_days[m])
		return false;
	*day_r = (uint8_t)d;
	*month_r = (uint8_t)m;
	return true;
}

void
value_read_dates(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_dates *d;

	if (values_empty(b, k, e))
		return;
	d = out_table(b->out, sizeof *d, _Alignof(struct conf_dates),
	    values_count(e), place);
	for (const struct tree_value *v = e->first; v; v = v->next, d++) {
		struct str from, to = str_c(v->text);

		if (!str_cut(&to, '-', &from))
			to = from;
		if (!date(from, &d->from_day, &d->from_month) ||
		    !date(to, &d->to_day, &d->to_month))
			values_bad(b, k, v, "is no span of dates: write "
			    "\"24 dec - 6 jan\"");
	}
}

static bool
put_dates(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_dates *d = row;
	bool good = d->from_month >= 1 && d->from_month <= 12 &&
	    d->to_month >= 1 && d->to_month <= 12;

	(void)c;
	if (good)
		fprintf(f, "\"%u %s - %u %s\"", d->from_day,
		    months.word[d->from_month - 1], d->to_day,
		    months.word[d->to_month - 1]);
	return good;
}

bool
value_print_dates(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_dates,
	    *(const struct conf_ref *)place, put_dates, f);
}

void
value_read_wday_ranges(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_wdays *w;
	unsigned from, to;

	if (values_empty(b, k, e))
		return;
	w = out_table(b->out, sizeof *w, _Alignof(struct conf_wdays),
	    values_count(e), place);
	for (const struct tree_value *v = e->first; v; v = v->next, w++) {
		if (!span(&weekdays, str_c(v->text), &from, &to)) {
			values_bad(b, k, v, "%s", no_weekday);
			continue;
		}
		w->from = (uint8_t)from;
		w->to = (uint8_t)to;
	}
}

static bool
put_wdays(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_wdays *w = row;
	bool good = w->from <= 6 && w->to <= 6;

	(void)c;
	if (good)
		fprintf(f, "\"%s-%s\"", weekdays.word[w->from],
		    weekdays.word[w->to]);
	return good;
}

bool
value_print_wday_ranges(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_wdays,
	    *(const struct conf_ref *)place, put_wdays, f);
}
