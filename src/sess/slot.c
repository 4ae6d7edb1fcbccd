#include <stdio.h>

#include "board.h"
#include "slot.h"

static const char *
unseen(const struct conf_session_acl *a, const struct board *b)
{
	static char why[BOARD_WHY + 40];
	char text[BOARD_WHY] = "there is none";

	if (b != NULL)
		board_why(b, text);
	if (a->max_sessions == 0 && a->max_sessions_per_ip == 0) {
		/* one that could not be opened was told of then */
		if (b != NULL && b->head != NULL)
			log_msg(LOG_BOARD_UNSEEN, "%s", text);
		return NULL;
	}
	snprintf(why, sizeof why, "%s: scoreboard: %s", a->max_sessions ?
	    "max-sessions" : "max-sessions-per-ip", text);
	return why;
}

const char *
slot_take(struct sess *s)
{
	static char why[48];
	const struct conf_session_acl *a = s->sacl;
	struct board_claim claim = {
		.acl = board_acl(conf_cstr(s->conf, a->name)),
		.max = a->max_sessions,
		.max_per_ip = a->max_sessions_per_ip,
	};

	if (s->start->board == NULL)
		return unseen(a, NULL);
	board_ip(&s->start->from, s->conf->main->per_ip_prefix6, claim.ip);
	switch (board_claim(s->start->board, &claim)) {
	case BOARD_TAKEN:
		return NULL;
	case BOARD_MAX:
		snprintf(why, sizeof why, "max-sessions %u reached",
		    a->max_sessions);
		return why;
	case BOARD_MAX_PER_IP:
		snprintf(why, sizeof why, "max-sessions-per-ip %u reached",
		    a->max_sessions_per_ip);
		return why;
	case BOARD_UNSEEN:
		break;
	}
	return unseen(a, s->start->board);
}

void
slot_free(struct sess *s)
{
	if (s->start->board != NULL)
		board_release(s->start->board);
}
