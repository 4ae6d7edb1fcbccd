#include "head.h"
#include "lane.h"
#include "spamd.h"

/* ---- the answer --------------------------------------------------------- */

static void
unknown(struct scan_result *r, struct str why)
{
	scan_say(r, SCAN_UNKNOWN, STR_NULL, why);
}

/* "True ; 15.0 / 5.0": 1 spam, 0 not, -1 not understood. */
static int
parse_spam(struct str value, struct scan_result *r)
{
	struct str word, score;

	if (!str_cut(&value, ';', &word) || !str_cut(&value, '/', &score))
		return -1;
	word = str_trim(word);
	if (!scan_score(r, str_trim(score)))
		return -1;
	return str_ieq(word, STR("True")) ? 1 :
	    str_ieq(word, STR("False")) ? 0 : -1;
}

void
spamd_answer(struct str s, struct scan_result *r)
{
	struct scan_result got = { 0 };
	struct str spam, body, names;
	struct head h;
	uint64_t n;
	int is_spam;

	if (head_parse(s, &h) <= 0 || !str_starts(h.protocol, STR("SPAMD/"))) {
		unknown(r, STR("its answer is none of spamd's"));
		return;
	}
	if (h.code != 0) {
		unknown(r, (struct str){ s.p, (size_t)(h.fields.p - s.p) - 2 });
		return;
	}
	body = (struct str){ s.p + h.size, s.n - h.size };
	if (head_number(&h, "Content-length", &n) <= 0 || n != body.n) {
		unknown(r, STR("its answer was cut short"));
		return;
	}
	is_spam = head_field(&h, "Spam", &spam) > 0 ?
	    parse_spam(spam, &got) : -1;
	if (is_spam < 0) {
		unknown(r, STR("its answer has no score"));
		return;
	}
	str_cut(&body, '\r', &names);
	scan_say(r, is_spam ? SCAN_FOUND : SCAN_FREE, names, STR_NULL);
	r->score = got.score;
}

/* ---- the question ------------------------------------------------------- */

/* Its head. */
static int
ask(struct lane *l)
{
	if (lane_printf(l, "SYMBOLS SPAMC/1.5\r\nContent-length: %llu\r\n",
	    (unsigned long long)l->object->size) < 0)
		return ERR_LIMIT;
	lane_field(l, "User", l->user);
	return lane_put(l, STR("\r\n"));
}

static int
more(struct lane *l)
{
	return lane_question(l, ask);
}

static int
hear(struct lane *l)
{
	struct str in = buf_str(&l->io.in);

	if (in.n > HEAD_MAX + SPAMD_BODY_MAX) {
		l->why = "its answer is too long";
		return ERR_LIMIT;
	}
	if (!l->eof || in.n == 0)
		return 0;
	spamd_answer(in, l->result);
	if (l->result->status != SCAN_UNKNOWN && !lane_all_sent(l))
		unknown(l->result,
		    STR("it answered before it had all octets"));
	io_drop(&l->io, in.n);
	return 1;
}

const struct scan_protocol scan_spamd = {
	.more = more, .hear = hear, .spam = true,
};
