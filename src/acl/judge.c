#include "judge.h"

#define REFUSED(k, w) ((struct acl_judged){ k, w })
#define PERMITTED ((struct acl_judged){ NULL, NULL })

static struct acl_judged
judge_commands(const struct conf_command_acl *a,
    const struct imap_command *cmd)
{
	if (!conf_bit(&a->commands, cmd->row))
		return REFUSED("commands", "commands does not have it");
	return PERMITTED;
}

/* In this order: the first that refuses is the one that is told. */
static struct acl_judged (*const judges[])(const struct conf_command_acl *,
    const struct imap_command *) = {
	judge_commands,
};

struct acl_judged
acl_judge(const struct conf_command_acl *a, const struct imap_command *cmd)
{
	struct acl_judged j = PERMITTED;

	for (size_t i = 0; i < sizeof judges / sizeof *judges &&
	    j.key == NULL; i++)
		j = judges[i](a, cmd);
	return j;
}
