#include "access.h"
#include "append.h"
#include "effect.h"
#include "item.h"

/* By enum conf_access. */
static const struct {
	char name[12];
	uint16_t commands;	/* flags of rows that are refused */
	uint8_t items;		/* the same of FETCH items */
	uint8_t extensions;	/* rows of imap_exts that are refused */
	struct { uint8_t row, as; } sent[2];	/* what goes on instead */
} table[] = {
	[CONF_ACCESS_FULL] = { .name = "full" },
	[CONF_ACCESS_READ_ONLY] = { .name = "read-only",
	    .commands = IMAP_CMD_CHANGES, .extensions = UINT8_MAX,
	    .sent = { { IMAP_SELECT, IMAP_EXAMINE },
	    { IMAP_CLOSE, IMAP_UNSELECT } } },
	[CONF_ACCESS_ORGANISE] = { .name = "organise",
	    .commands = IMAP_CMD_LOSES,
	    .extensions = IMAP_EXT_BIT(IMAP_EXT_REPLACE),
	    .sent = { { IMAP_CLOSE, IMAP_UNSELECT } } },
	[CONF_ACCESS_NO_EXPORT] = { .name = "no-export",
	    .commands = IMAP_CMD_SHOWS, .items = IMAP_ITEM_TEXT },
};

enum { ROWS = sizeof table / sizeof *table };

/* Of a cache nobody damaged it is one of them; else the narrowest. */
static unsigned
row_of(const struct conf_command_acl *a)
{
	return a->access < ROWS ? a->access : CONF_ACCESS_READ_ONLY;
}

bool
acl_access_refuses(const struct conf_command_acl *a, enum imap_row row)
{
	return imap_commands[row].flags & table[row_of(a)].commands;
}

bool
acl_access_refuses_item(const struct conf_command_acl *a, unsigned row)
{
	return imap_items[row].flags & table[row_of(a)].items;
}

static void
take(struct conf_bits *b, unsigned row)
{
	b->w[row / 64] &= ~(UINT64_C(1) << row % 64);
}

void
acl_access_narrow(struct conf_command_acl *a)
{
	for (unsigned i = 0; i < IMAP_ROWS; i++)
		if (acl_access_refuses(a, (enum imap_row)i))
			take(&a->commands, i);
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (acl_access_refuses_item(a, i))
			take(&a->fetch_items, i);
	a->append_extensions.w[0] &= ~(uint64_t)table[row_of(a)].extensions;
}

const char *
acl_access_judge(const struct conf_command_acl *a,
    const struct imap_command *cmd)
{
	if (a->access == CONF_ACCESS_ORGANISE && imap_may_delete(cmd))
		return "access = organise refuses \\Deleted, and what is no "
		    "flag";
	if (a->access == CONF_ACCESS_NO_EXPORT && imap_may_search_text(cmd))
		return "access = no-export refuses searches in the text";
	return NULL;
}

enum imap_row
acl_access_sends(const struct conf_command_acl *a, enum imap_row row)
{
	unsigned i = row_of(a);

	/* 0 is UNKNOWN, and ends the list: nothing goes on instead of it */
	for (unsigned n = 0; n < 2 && table[i].sent[n].row != 0; n++)
		if (table[i].sent[n].row == row)
			return (enum imap_row)table[i].sent[n].as;
	return row;
}

const char *
acl_access_name(const struct conf_command_acl *a)
{
	return table[row_of(a)].name;
}
