#include "arena.h"
#include "judge.h"
#include "reader.h"
#include "sasl.h"
#include "trial.h"

enum {
	/* A command of one line: its arguments are smaller than that. */
	ARENA_SIZE = 1 << 20,
	LINE_SIZE = 2048,
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

/* In the order in which a session judges. */
static void
judge(const struct conf_command_acl *acl, const struct imap_command *cmd,
    struct answer_command *c)
{
	const struct imap_command_info *info = &imap_commands[cmd->row];
	struct acl_judged j = acl_judge(acl, cmd);

	c->row = info->name;
	c->states = state_names[info->states & IMAP_IN_ANY];
	c->why = "commands has it";
	if (info->deflt == IMAP_NEVER)
		REFUSED(c, "NO [CANNOT]", "it can never be passed");
	else if (j.key != NULL && cmd->row == IMAP_UNKNOWN)
		REFUSED(c, "BAD", j.why);
	else if (j.key != NULL && acl->dry_run)
		DRY(c, j.why);
	else if (j.key != NULL)
		REFUSED(c, "NO [NOPERM]", j.why);
	else if (cmd->row == IMAP_AUTHENTICATE)
		judge_mechanism(acl, cmd, c);
}

static void
read_and_judge(struct arena *a, const struct conf_command_acl *acl,
    const char *text, struct answer_command *c)
{
	struct imap_reader r;
	char line[LINE_SIZE];
	size_t used;
	int n = snprintf(line, sizeof line, "t %s\r\n", text);

	imap_reader_init(&r, a);
	r.max_line = acl->max_line;
	switch (imap_reader_feed(&r, (struct str){ line, (size_t)n },
	    &used)) {
	case IMAP_EV_COMMAND:
		judge(acl, &r.cmd, c);
		break;
	case IMAP_EV_BAD:
		REFUSED(c, "BAD", r.why);
		break;
	case IMAP_EV_FATAL:
		REFUSED(c, "BYE", r.why);
		break;
	case IMAP_EV_LITERAL:
	case IMAP_EV_NEED:
		REFUSED(c, "unknown", "a literal cannot be given here: write "
		    "a quoted string");
		break;
	}
}

bool
trial_command(const struct conf_command_acl *acl, const char *text,
    const struct answer *answer)
{
	struct answer_command c = { .why = "" };
	struct arena a;

	arena_init(&a, ARENA_SIZE, NULL, NULL);
	read_and_judge(&a, acl, text, &c);
	answer_command(answer, &c);
	arena_fini(&a);
	return c.reply == NULL;
}
