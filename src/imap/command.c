#include "command.h"

/* The X-macro's short words. */
enum {
	ANY = IMAP_IN_ANY, NONAUTH = IMAP_IN_NONAUTH, LOGIN = IMAP_IN_LOGIN,
	SELECTED = IMAP_IN_SELECTED,
	ALLOW = IMAP_ALLOW, ASK = IMAP_ASK, NEVER = IMAP_NEVER,
	BARRIER = IMAP_CMD_BARRIER, SECRET = IMAP_CMD_SECRET,
	UPLOAD = IMAP_CMD_UPLOAD, FETCH = IMAP_CMD_FETCH,
	UPDATES = IMAP_CMD_UPDATES, KEYS = IMAP_CMD_KEYS,
	CHANGES = IMAP_CMD_CHANGES, LOSES = IMAP_CMD_LOSES,
	ANYTHING = IMAP_CMD_ANYTHING,
};

const struct imap_command_info imap_commands[IMAP_ROWS] = {
#define ROW(id, name, states, deflt, flags, args) \
	[IMAP_##id] = { name, args, states, deflt, flags },
	IMAP_COMMANDS(ROW)
#undef ROW
};

enum imap_row
imap_command_find(struct str name, bool uid)
{
	struct str prefix = STR("UID-");

	for (unsigned i = 1; i < IMAP_ROWS; i++) {
		struct str row = str_c(imap_commands[i].name);
		bool is_uid = str_starts(row, prefix);

		if (is_uid != uid)
			continue;
		if (uid) {
			row.p += prefix.n;
			row.n -= prefix.n;
		}
		if (str_ieq(row, name))
			return (enum imap_row)i;
	}
	return IMAP_UNKNOWN;
}

bool
imap_command_named(struct str name, enum imap_row *row_r)
{
	for (unsigned i = 0; i < IMAP_ROWS; i++)
		if (str_ieq(str_c(imap_commands[i].name), name)) {
			*row_r = (enum imap_row)i;
			return true;
		}
	return false;
}
