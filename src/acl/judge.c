#include "access.h"
#include "doors.h"
#include "item.h"
#include "judge.h"
#include "named.h"

#define REFUSED(k, w) ((struct acl_judged){ k, w, STR_NULL })
#define PERMITTED ((struct acl_judged){ NULL, NULL, STR_NULL })

static struct acl_judged
by_access(const struct conf_command_acl *a)
{
	static const char *const why[] = {
		[CONF_ACCESS_FULL] = "access refuses it",
		[CONF_ACCESS_READ_ONLY] = "access = read-only refuses it",
		[CONF_ACCESS_ORGANISE] = "access = organise refuses it",
		[CONF_ACCESS_NO_EXPORT] = "access = no-export refuses it",
	};

	return REFUSED("access", why[a->access <= CONF_ACCESS_NO_EXPORT ?
	    a->access : CONF_ACCESS_FULL]);
}

static struct acl_judged
judge_commands(const struct acl_asked *q)
{
	if (acl_access_refuses(q->acl, q->cmd->row))
		return by_access(q->acl);
	if (conf_scans(q->acl) && acl_door_command(q->cmd->row))
		return REFUSED("no-mail-scanning", "mail scanning refuses it");
	if (!conf_bit(&q->acl->commands, q->cmd->row))
		return REFUSED("commands", "commands does not have it");
	return PERMITTED;
}

static struct acl_judged
judge_items(const struct acl_asked *q)
{
	static const char *const why[] = {
#define ROW(id, name, deflt, flags) "fetch-items does not have " name,
		IMAP_ITEMS(ROW)
#undef ROW
	};
	uint64_t rows = imap_command_items(q->cmd) &
	    ~q->acl->fetch_items.w[0];

	if (conf_scans(q->acl) && acl_door_annotation(q->cmd))
		return REFUSED("no-mail-scanning", "mail scanning refuses "
		    "annotations");
	if (conf_scans(q->acl) && acl_door_updates(q->cmd))
		return REFUSED("no-mail-scanning", "mail scanning refuses "
		    "content of mails nobody has asked for yet");
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (rows >> i & 1)
			return acl_access_refuses_item(q->acl, i) ?
			    by_access(q->acl) :
			    REFUSED("fetch-items", why[i]);
	return PERMITTED;
}

static struct acl_judged
judge_append(const struct acl_asked *q)
{
	static const char *const why[] = {
#define ROW(id, name, deflt) "append-extensions does not have " name,
		IMAP_EXTS(ROW)
#undef ROW
	};
	uint64_t rows = imap_append_exts(q->cmd, q->coming) &
	    ~q->acl->append_extensions.w[0];

	for (unsigned i = 0; i < IMAP_EXT_ROWS; i++)
		if (rows >> i & 1 && imap_exts[i].deflt != IMAP_NEVER)
			return REFUSED("append-extensions", why[i]);
	return PERMITTED;
}

static struct acl_judged
judge_access(const struct acl_asked *q)
{
	const char *why = acl_access_judge(q->acl, q->cmd);

	return why != NULL ? REFUSED("access", why) : PERMITTED;
}

static struct acl_judged
judge_mailboxes(const struct acl_asked *q)
{
	const struct acl_mailboxes m = { q->conf, &q->acl->mailboxes };
	struct acl_judged j = { .key = "mailboxes" };
	enum acl_named_result r;

	if (!m.set->given)
		return PERMITTED;
	r = acl_named_command(&m, q->cmd, q->utf8, &j.mailbox);
	j.why = acl_named_why[r];
	return r == ACL_NAMED_ADMITTED ? PERMITTED : j;
}

/* In this order: the first that refuses is the one that is told. */
static struct acl_judged (*const judges[])(const struct acl_asked *) = {
	judge_commands, judge_items, judge_append, judge_access,
	judge_mailboxes,
};

struct acl_judged
acl_judge(const struct acl_asked *q)
{
	struct acl_judged j = PERMITTED;

	for (size_t i = 0; i < sizeof judges / sizeof *judges &&
	    j.key == NULL; i++)
		j = judges[i](q);
	return j;
}
