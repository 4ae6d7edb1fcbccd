#include <math.h>

#include "verdict.h"
#include "vis.h"

const char *
scan_status_name(enum scan_status status)
{
	static const char *const names[] = {
		[SCAN_FOUND] = "found", [SCAN_FREE] = "free",
		[SCAN_SKIPPED] = "skipped", [SCAN_UNKNOWN] = "unknown",
		[SCAN_ERROR] = "error",
	};

	return names[status];
}

void
scan_say(struct scan_result *r, enum scan_status status, struct str name,
    struct str why)
{
	r->status = status;
	r->score = SCAN_SCORE_UNKNOWN;
	vis(r->name, sizeof r->name, name);
	vis(r->why, sizeof r->why, why);
}

bool
scan_score_of(struct scan_result *r, double score)
{
	if (isnan(score))
		return false;
	score = score < 0 ? 0 : score > SCAN_SCORE_MAX ? SCAN_SCORE_MAX :
	    score;
	r->score = (int32_t)(score * 1000 + 0.5);
	return true;
}

bool
scan_score(struct scan_result *r, struct str decimal)
{
	bool minus = str_starts(decimal, STR("-"));
	struct str whole;
	uint64_t units, thousandths = 0;

	if (minus) {
		decimal.p++;
		decimal.n--;
	}
	if (str_cut(&decimal, '.', &whole)) {
		if (decimal.n > 3)
			decimal.n = 3;
		if (!str_u64(decimal, 999, &thousandths))
			return false;
		for (size_t i = decimal.n; i < 3; i++)
			thousandths *= 10;
	}
	if (!str_u64(whole, UINT32_MAX, &units))
		return false;
	if (units >= SCAN_SCORE_MAX) {
		units = SCAN_SCORE_MAX;
		thousandths = 0;
	}
	r->score = minus ? 0 : (int32_t)(units * 1000 + thousandths);
	return true;
}

/* How much is known: found is most, then what to fear least comes last. */
static int
badness(enum scan_status status)
{
	return status == SCAN_FOUND ? SCAN_ERROR + 1 : (int)status;
}

void
scan_join(struct scan_result *all, const struct scan_result *one)
{
	uint32_t ms = all->ms + one->ms, waited = all->waited + one->waited;

	if (badness(one->status) > badness(all->status))
		*all = *one;
	all->ms = ms;
	all->waited = waited;
}

size_t
scan_combine(const struct scan_result *const *r, size_t n, bool require_all)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++) {
		enum scan_status a = r[i]->status, b = r[best]->status;

		if (require_all ? badness(a) > badness(b) : a < b)
			best = i;
	}
	return best;
}
