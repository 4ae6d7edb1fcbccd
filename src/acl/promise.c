#include "append.h"
#include "item.h"
#include "promise.h"

enum { COMMANDS = 6 };

/*
 * Any one of the commands keeps the promise; IMAP_UNKNOWN, which is 0, ends
 * the list.
 */
static const struct { uint8_t cap, commands[COMMANDS]; } by_command[] = {
	{ IMAP_CAP_AUTH, { IMAP_AUTHENTICATE } },
	{ IMAP_CAP_ID, { IMAP_ID } },
	{ IMAP_CAP_IDLE, { IMAP_IDLE } },
	{ IMAP_CAP_ENABLE, { IMAP_ENABLE } },
	{ IMAP_CAP_IMAP4REV2, { IMAP_ENABLE } },
	{ IMAP_CAP_UTF8_ACCEPT, { IMAP_ENABLE } },
	{ IMAP_CAP_QRESYNC, { IMAP_ENABLE } },
	{ IMAP_CAP_NAMESPACE, { IMAP_NAMESPACE } },
	{ IMAP_CAP_CREATE_SPECIAL_USE, { IMAP_CREATE } },
	/* besides UID EXPUNGE: COPYUID and APPENDUID (RFC 4315) */
	{ IMAP_CAP_UIDPLUS, { IMAP_UID_EXPUNGE, IMAP_APPEND, IMAP_COPY,
	    IMAP_UID_COPY, IMAP_MOVE, IMAP_UID_MOVE } },
	{ IMAP_CAP_MOVE, { IMAP_MOVE, IMAP_UID_MOVE } },
	{ IMAP_CAP_UNSELECT, { IMAP_UNSELECT } },
	{ IMAP_CAP_SEARCHRES, { IMAP_SEARCH, IMAP_UID_SEARCH } },
	{ IMAP_CAP_SORT, { IMAP_SORT, IMAP_UID_SORT } },
	{ IMAP_CAP_SORT_DISPLAY, { IMAP_SORT, IMAP_UID_SORT } },
	{ IMAP_CAP_ESORT, { IMAP_SORT, IMAP_UID_SORT } },
	{ IMAP_CAP_CONTEXT_SORT, { IMAP_SORT, IMAP_UID_SORT } },
	{ IMAP_CAP_THREAD, { IMAP_THREAD, IMAP_UID_THREAD } },
	{ IMAP_CAP_MULTISEARCH, { IMAP_ESEARCH } },
	{ IMAP_CAP_QUOTA, { IMAP_GETQUOTA, IMAP_GETQUOTAROOT } },
	{ IMAP_CAP_QUOTASET, { IMAP_SETQUOTA } },
	{ IMAP_CAP_APPENDLIMIT, { IMAP_APPEND } },
	{ IMAP_CAP_APPENDLIMIT_IS, { IMAP_APPEND } },
	{ IMAP_CAP_MULTIAPPEND, { IMAP_APPEND } },
	{ IMAP_CAP_REPLACE, { IMAP_REPLACE, IMAP_UID_REPLACE } },
	{ IMAP_CAP_ACL, { IMAP_GETACL, IMAP_MYRIGHTS, IMAP_LISTRIGHTS,
	    IMAP_SETACL, IMAP_DELETEACL } },
	{ IMAP_CAP_RIGHTS, { IMAP_GETACL, IMAP_MYRIGHTS, IMAP_LISTRIGHTS,
	    IMAP_SETACL, IMAP_DELETEACL } },
	{ IMAP_CAP_METADATA, { IMAP_GETMETADATA, IMAP_SETMETADATA } },
	{ IMAP_CAP_METADATA_SERVER, { IMAP_GETMETADATA, IMAP_SETMETADATA } },
	{ IMAP_CAP_LANGUAGE, { IMAP_LANGUAGE } },
	{ IMAP_CAP_NOTIFY, { IMAP_NOTIFY } },
	{ IMAP_CAP_UIDBATCHES, { IMAP_UIDBATCHES } },
	{ IMAP_CAP_XLIST, { IMAP_XLIST } },
};

static const struct { uint8_t cap, item; } by_item[] = {
	{ IMAP_CAP_CONDSTORE, IMAP_ITEM_MODSEQ },
	{ IMAP_CAP_QRESYNC, IMAP_ITEM_MODSEQ },
	{ IMAP_CAP_BINARY, IMAP_ITEM_BINARY },
	{ IMAP_CAP_PREVIEW, IMAP_ITEM_PREVIEW },
	{ IMAP_CAP_SAVEDATE, IMAP_ITEM_SAVEDATE },
	{ IMAP_CAP_ANNOTATE, IMAP_ITEM_ANNOTATION },
};

/* Not counted where nothing can be uploaded at all. */
static const struct { uint8_t cap, extension; } by_extension[] = {
	{ IMAP_CAP_MULTIAPPEND, IMAP_EXT_MULTIAPPEND },
	{ IMAP_CAP_BINARY, IMAP_EXT_LITERAL8 },
	{ IMAP_CAP_UTF8_ACCEPT, IMAP_EXT_UTF8 },
	{ IMAP_CAP_REPLACE, IMAP_EXT_REPLACE },
};

static bool
any_command(const struct conf_command_acl *a, const uint8_t *commands)
{
	for (unsigned i = 0; i < COMMANDS && commands[i] != 0; i++)
		if (conf_bit(&a->commands, commands[i]))
			return true;
	return false;
}

static void
set(uint64_t rows[2], unsigned cap)
{
	rows[cap / 64] |= UINT64_C(1) << cap % 64;
}

#define COUNT(t) (sizeof t / sizeof *t)

void
acl_unkept(const struct conf_command_acl *a, uint64_t rows_r[2])
{
	rows_r[0] = rows_r[1] = 0;
	if (a->dry_run)
		return;
	for (size_t i = 0; i < COUNT(by_command); i++)
		if (!any_command(a, by_command[i].commands))
			set(rows_r, by_command[i].cap);
	for (size_t i = 0; i < COUNT(by_item); i++)
		if (!conf_bit(&a->fetch_items, by_item[i].item))
			set(rows_r, by_item[i].cap);
	if (!conf_bit(&a->commands, IMAP_APPEND))
		return;
	for (size_t i = 0; i < COUNT(by_extension); i++)
		if (!conf_bit(&a->append_extensions,
		    by_extension[i].extension))
			set(rows_r, by_extension[i].cap);
}
