#include "doors.h"

/* Stores for what anybody likes: RFC 5257, 5464 and the drafts before it. */
static const uint8_t stores[] = { IMAP_GETMETADATA, IMAP_SETMETADATA,
	IMAP_GETANNOTATION, IMAP_SETANNOTATION };

/* Their capabilities; of what is not known, and of texts a server makes. */
static const uint8_t caps[] = { IMAP_CAP_UNKNOWN, IMAP_CAP_METADATA,
	IMAP_CAP_METADATA_SERVER, IMAP_CAP_LIST_METADATA, IMAP_CAP_ANNOTATE,
	IMAP_CAP_PREVIEW };

/* Answered from the mail as it was judged. */
static const uint64_t answered = IMAP_ITEM_BIT(IMAP_ITEM_BODY_ALL) |
    IMAP_ITEM_BIT(IMAP_ITEM_BODY_TEXT) | IMAP_ITEM_BIT(IMAP_ITEM_BODY_PART) |
    IMAP_ITEM_BIT(IMAP_ITEM_BINARY);

bool
acl_door_command(enum imap_row row)
{
	return imap_commands[row].flags & IMAP_CMD_SHOWS ||
	    memchr(stores, row, sizeof stores) != NULL;
}

bool
acl_door_capability(unsigned row)
{
	return row <= UINT8_MAX && memchr(caps, (int)row, sizeof caps) != NULL;
}

bool
acl_door_item(unsigned row)
{
	return row == IMAP_ITEM_ANNOTATION ||
	    (imap_items[row].flags & IMAP_ITEM_TEXT &&
	    !(answered & IMAP_ITEM_BIT(row)));
}

bool
acl_door_updates(const struct imap_command *cmd)
{
	return !(imap_commands[cmd->row].flags & IMAP_CMD_FETCH) &&
	    imap_items_have(imap_command_items(cmd),
	    IMAP_ITEM_OCTETS | IMAP_ITEM_TEXT);
}

bool
acl_door_annotation(const struct imap_command *cmd)
{
	return (cmd->row == IMAP_STORE || cmd->row == IMAP_UID_STORE) &&
	    imap_arg_is(imap_arg_at(cmd, 1), "ANNOTATION");
}

static void
take(struct conf_bits *b, unsigned row)
{
	b->w[row / 64] &= ~(UINT64_C(1) << row % 64);
}

void
acl_doors_narrow(struct conf_command_acl *a)
{
	if (!conf_scans(a))
		return;
	for (unsigned i = 0; i < IMAP_ROWS; i++)
		if (acl_door_command((enum imap_row)i))
			take(&a->commands, i);
	for (unsigned i = 0; i < IMAP_CAP_ROWS; i++)
		if (acl_door_capability(i))
			take(&a->capabilities, i);
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (acl_door_item(i))
			take(&a->fetch_items, i);
}
