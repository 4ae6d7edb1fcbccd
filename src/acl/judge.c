#include "item.h"
#include "judge.h"

#define REFUSED(k, w) ((struct acl_judged){ k, w })
#define PERMITTED ((struct acl_judged){ NULL, NULL })

static struct acl_judged
judge_commands(const struct conf_command_acl *a,
    const struct imap_command *cmd, enum imap_coming coming)
{
	(void)coming;
	if (!conf_bit(&a->commands, cmd->row))
		return REFUSED("commands", "commands does not have it");
	return PERMITTED;
}

static struct acl_judged
judge_items(const struct conf_command_acl *a, const struct imap_command *cmd,
    enum imap_coming coming)
{
	static const char *const why[] = {
#define ROW(id, name, deflt, flags) "fetch-items does not have " name,
		IMAP_ITEMS(ROW)
#undef ROW
	};
	uint64_t rows = imap_command_items(cmd) & ~a->fetch_items.w[0];

	(void)coming;
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (rows >> i & 1)
			return REFUSED("fetch-items", why[i]);
	return PERMITTED;
}

static struct acl_judged
judge_append(const struct conf_command_acl *a, const struct imap_command *cmd,
    enum imap_coming coming)
{
	static const char *const why[] = {
#define ROW(id, name, deflt) "append-extensions does not have " name,
		IMAP_EXTS(ROW)
#undef ROW
	};
	uint64_t rows = imap_append_exts(cmd, coming) &
	    ~a->append_extensions.w[0];

	for (unsigned i = 0; i < IMAP_EXT_ROWS; i++)
		if (rows >> i & 1 && imap_exts[i].deflt != IMAP_NEVER)
			return REFUSED("append-extensions", why[i]);
	return PERMITTED;
}

/* In this order: the first that refuses is the one that is told. */
static struct acl_judged (*const judges[])(const struct conf_command_acl *,
    const struct imap_command *, enum imap_coming) = {
	judge_commands,
	judge_items,
	judge_append,
};

struct acl_judged
acl_judge(const struct conf_command_acl *a, const struct imap_command *cmd,
    enum imap_coming coming)
{
	struct acl_judged j = PERMITTED;

	for (size_t i = 0; i < sizeof judges / sizeof *judges &&
	    j.key == NULL; i++)
		j = judges[i](a, cmd, coming);
	return j;
}
