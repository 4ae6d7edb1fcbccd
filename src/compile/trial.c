#include <assert.h>

#include "access.h"
#include "arena.h"
#include "judge.h"
#include "reader.h"
#include "sasl.h"
#include "testexpr.h"
#include "trial.h"

enum {
	/* A command of one line: its arguments are smaller than that. */
	ARENA_SIZE = 1 << 20,
};

/* By the bits of imap_command_info.states. */
static const char state_names[IMAP_IN_ANY + 1][32] = {
	[IMAP_IN_NONAUTH] = "not authenticated",
	[IMAP_IN_AUTH] = "authenticated",
	[IMAP_IN_SELECTED] = "selected",
	[IMAP_IN_LOGIN] = "authenticated or selected",
	[IMAP_IN_ANY] = "any",
};

#define REFUSED(c, r, w) ((c)->reply = (r), (c)->why = (w))
#define DRY(c, w) ((c)->why = (w), (c)->dry = true)

static void
judge_mechanism(const struct conf_command_acl *acl,
    const struct imap_command *cmd, struct answer_command *c)
{
	struct imap_arg *a = imap_arg_at(cmd, 0);
	enum imap_sasl_row row = imap_sasl_find(a->s);

	if (imap_sasl[row].deflt == IMAP_NEVER)
		REFUSED(c, "NO [CANNOT]", "this mechanism can never be "
		    "passed");
	else if (!conf_bit(&acl->auth.allowed, row))
		REFUSED(c, "NO [NOPERM]", "auth-mechanisms does not have "
		    "it");
}

/* What goes on instead of it. */
static void
tell_instead(const struct conf_command_acl *acl, enum imap_row row,
    struct answer_command *c)
{
	c->why = row == IMAP_SELECT ?
	    "access = read-only: it goes on as EXAMINE" :
	    acl->access == CONF_ACCESS_READ_ONLY ?
	    "access = read-only: it goes on as UNSELECT" :
	    "access = organise: it goes on as UNSELECT";
	c->dry = acl->dry_run;
}

/* In the order in which a session judges. */
static void
judge(struct acl_asked *q, const struct imap_command *cmd,
    struct answer_command *c)
{
	const struct imap_command_info *info = &imap_commands[cmd->row];
	struct acl_judged j;

	q->cmd = cmd;
	j = acl_judge(q);
	c->mailbox = j.mailbox;
	c->row = info->name;
	c->states = state_names[info->states & IMAP_IN_ANY];
	c->why = "commands has it";
	if (info->deflt == IMAP_NEVER)
		REFUSED(c, "NO [CANNOT]", "it can never be passed");
	else if (cmd->row == IMAP_UNKNOWN &&
	    !conf_bit(&q->acl->commands, cmd->row))
		REFUSED(c, "BAD", j.why);
	else if (j.key != NULL && q->acl->dry_run)
		DRY(c, j.why);
	else if (j.key != NULL)
		REFUSED(c, "NO [NOPERM]", j.why);
	else if (cmd->row == IMAP_AUTHENTICATE)
		judge_mechanism(q->acl, cmd, c);
	else if (acl_access_sends(q->acl, cmd->row) != cmd->row)
		tell_instead(q->acl, cmd->row, c);
}

/*
 * A literal that was announced: of a mail its size is enough, of an argument
 * the octets must be there.  false: nothing more is to be read.
 */
static bool
take_literal(struct imap_reader *r, struct acl_asked *q, bool octets,
    struct answer_command *c)
{
	const struct imap_command_info *info = &imap_commands[r->cmd.row];
	/* APPEND mailbox, REPLACE number mailbox */
	unsigned before = r->cmd.row == IMAP_APPEND ? 1 : 2;
	bool mail = info->flags & IMAP_CMD_UPLOAD &&
	    imap_arg_at(&r->cmd, before - 1) != NULL;
	uint64_t max = mail ? conf_max_mail(q->acl, CONF_UPLOAD) :
	    q->acl->max_literal;

	q->coming = r->literal8 ? IMAP_COMING_LITERAL8 : IMAP_COMING_LITERAL;
	judge(q, &r->cmd, c);
	q->coming = IMAP_COMING_NONE;
	if (c->reply != NULL)
		return false;
	if ((max != 0 && r->literal > max) || r->literal == UINT64_MAX) {
		REFUSED(c, "NO [TOOBIG]", mail ? "larger than max-mail-out" :
		    "larger than max-literal");
		return false;
	}
	imap_reader_answer(r, octets || !mail ? IMAP_COLLECT : IMAP_REFUSE);
	if (!octets && !mail)
		REFUSED(c, "unknown", "write a literal's octets behind it, "
		    "as in {3}abc");
	return octets;
}

/* "{3}abc" outside of quotes goes on a line of its own: {3} CRLF abc. */
static size_t
literal_head(const char *p, uint64_t *octets_r)
{
	const char *end = strchr(p, '}');
	struct str n;

	if (*p != '{' || end == NULL)
		return 0;
	n = (struct str){ p + 1, (size_t)(end - p) - 1 };
	if (n.n > 0 && n.p[n.n - 1] == '+')
		n.n--;
	return str_u64(n, UINT64_MAX, octets_r) ? (size_t)(end - p) + 1 : 0;
}

/*
 * One line of the command, up to its end or a literal's header, to out, CRLF
 * included; what follows it is returned.
 */
static const char *
next_line(const char *text, char *out, uint64_t *octets_r)
{
	bool quoted = false;
	size_t head = 0, n;
	const char *p = text;

	*octets_r = 0;
	for (; *p != '\0' && head == 0; p += head > 0 ? head : 1) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && p[0] == '\\' && p[1] != '\0')
			p++;
		else if (!quoted)
			head = literal_head(p, octets_r);
	}
	n = (size_t)(p - text);
	memcpy(out, text, n);
	memcpy(out + n, "\r\n", 3);
	return p;
}

static void
read_and_judge(struct arena *a, struct acl_asked *q, const char *text,
    struct answer_command *c)
{
	struct imap_reader r;
	char line[TESTEXPR_COMMAND_MAX + 8] = "t ";
	size_t at = 2, used;
	uint64_t octets = 0;
	bool given;

	imap_reader_init(&r, a);
	r.max_line = q->acl->max_line;
	r.utf8 = q->utf8;
	/* size: a line and a literal are each no longer than the text */
	for (;;) {
		text = next_line(text, line + at, &octets);
		given = octets <= strlen(text) && *text != '\0';
		switch (imap_reader_feed(&r, str_c(line), &used)) {
		case IMAP_EV_COMMAND:
			judge(q, &r.cmd, c);
			return;
		case IMAP_EV_BAD:
			REFUSED(c, "BAD", r.why);
			return;
		case IMAP_EV_FATAL:
			REFUSED(c, "BYE", r.why);
			return;
		case IMAP_EV_LITERAL:
			if (!take_literal(&r, q, given, c))
				return;
			break;
		case IMAP_EV_NEED:	/* a literal of what is BAD */
			break;
		}
		if (!given) {
			REFUSED(c, "unknown", "the command does not end");
			return;
		}
		memcpy(line, text, (size_t)octets);
		at = (size_t)octets;
		text += octets;
	}
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && !(*text & 0x80))
		text++;
	return *text == '\0';
}

bool
trial_command(const struct conf_command_acl *acl, const char *text,
    const struct answer *answer)
{
	/* UTF-8 where it is written, as if it were enabled */
	struct acl_asked q = { .conf = answer->c, .acl = acl,
		.utf8 = !is_ascii(text) };
	struct answer_command c = { .why = "" };
	struct arena a;

	assert(strlen(text) < TESTEXPR_COMMAND_MAX);
	arena_init(&a, ARENA_SIZE, NULL, NULL);
	read_and_judge(&a, &q, text, &c);
	answer_command(answer, &c);
	arena_fini(&a);
	return c.reply == NULL;
}
