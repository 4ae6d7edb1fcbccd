#include "access.h"
#include "check.h"
#include "command.h"
#include "item.h"
#include "rows.h"

/*
 * Each of these reads the text of a mail: to refuse some of them and admit
 * others refuses nothing.
 */
static const uint8_t same_text[] = { IMAP_ITEM_BODY_ALL, IMAP_ITEM_BODY_TEXT,
	IMAP_ITEM_BODY_PART, IMAP_ITEM_BINARY };

static void
check_same(struct check *ck, const struct tree_node *n,
    const struct conf_bits *items)
{
	const unsigned count = sizeof same_text;
	unsigned yes = count, no = count;

	for (unsigned i = count; i-- > 0; )
		*(conf_bit(items, same_text[i]) ? &yes : &no) = i;
	if (yes < count && no < count)
		CHECK_WARN(ck, n, "fetch-items", "without %s, but %s reads "
		    "the same text", imap_items[same_text[no]].name,
		    imap_items[same_text[yes]].name);
}

/* Mails that cannot be read can be guessed at, word by word. */
static void
check_searched(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	for (unsigned i = 0; i < sizeof same_text; i++)
		if (conf_bit(&a->fetch_items, same_text[i]))
			return;
	for (unsigned i = 1; i < IMAP_ROWS; i++)
		if (imap_commands[i].flags & IMAP_CMD_KEYS &&
		    conf_bit(&a->commands, i) &&
		    a->access != CONF_ACCESS_NO_EXPORT) {
			CHECK_WARN(ck, n, "fetch-items", "has no text of "
			    "mails, but %s looks into it: access = no-export "
			    "refuses that, too", imap_commands[i].name);
			return;
		}
}

/* What every client needs of a mailbox. */
static void
check_items(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	const struct conf_bits *items = &a->fetch_items;
	static const uint8_t needed[] = { IMAP_ITEM_FLAGS, IMAP_ITEM_UID };
	static const struct conf_bits none;

	if (memcmp(items, &none, sizeof none) == 0)
		return;		/* a wrong one, or none on purpose */
	for (unsigned i = 0; i < sizeof needed; i++)
		if (!conf_bit(items, needed[i]))
			CHECK_WARN(ck, n, "fetch-items", "without %s, which "
			    "every client uses", imap_items[needed[i]].name);
	check_same(ck, n, items);
	check_searched(ck, n, a);
}

/* Rows that are spelled out, and that the access refuses all the same. */
static void
check_refused(struct check *ck, const struct tree_node *n, const char *key,
    const struct conf_command_acl *a)
{
	const struct conf_key *k = conf_key_find(n->def, key);
	const struct tree_entry *e = tree_entry(n, k);
	bool items = k->type == KEY_ITEMS;

	for (const struct tree_value *v = e ? e->first : NULL; v != NULL;
	    v = v->next) {
		int row = rows_of(k)->row(str_c(v->text));

		if (row >= 0 && (items ?
		    acl_access_refuses_item(a, (unsigned)row) :
		    acl_access_refuses(a, (enum imap_row)row)))
			CHECK_WARN(ck, n, key, "%s is there in vain: access "
			    "= %s refuses it", rows_of(k)->name((unsigned)row),
			    acl_access_name(a));
	}
}

/* Clients that work on through a profile need what takes their place. */
static void
check_access(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	check_refused(ck, n, "commands", a);
	check_refused(ck, n, "fetch-items", a);
	if (a->access == CONF_ACCESS_ORGANISE && !conf_bit(&a->commands,
	    IMAP_MOVE) && !conf_bit(&a->commands, IMAP_UID_MOVE))
		CHECK_WARN(ck, n, "access", "organise without MOVE and "
		    "UID-MOVE in commands: what remains is to copy");
}

/* Commands that do the same: to deny one of them alone denies nothing. */
static const struct { uint8_t row, does; } same_effect[] = {
	{ IMAP_EXPUNGE, IMAP_UID_EXPUNGE }, { IMAP_EXPUNGE, IMAP_CLOSE },
	{ IMAP_UID_EXPUNGE, IMAP_EXPUNGE }, { IMAP_UID_EXPUNGE, IMAP_CLOSE },
	{ IMAP_FETCH, IMAP_UID_FETCH }, { IMAP_UID_FETCH, IMAP_FETCH },
	{ IMAP_STORE, IMAP_UID_STORE }, { IMAP_UID_STORE, IMAP_STORE },
	{ IMAP_COPY, IMAP_UID_COPY }, { IMAP_UID_COPY, IMAP_COPY },
	{ IMAP_MOVE, IMAP_UID_MOVE }, { IMAP_UID_MOVE, IMAP_MOVE },
	{ IMAP_SEARCH, IMAP_UID_SEARCH }, { IMAP_UID_SEARCH, IMAP_SEARCH },
	{ IMAP_SORT, IMAP_UID_SORT }, { IMAP_UID_SORT, IMAP_SORT },
	{ IMAP_THREAD, IMAP_UID_THREAD }, { IMAP_UID_THREAD, IMAP_THREAD },
	{ IMAP_REPLACE, IMAP_UID_REPLACE }, { IMAP_UID_REPLACE, IMAP_REPLACE },
};

enum { SAME_EFFECT = sizeof same_effect / sizeof *same_effect };

/* May it still be done by another command, sent on as itself? */
static bool
done_by(const struct conf_command_acl *a, unsigned row)
{
	return conf_bit(&a->commands, row) &&
	    !acl_access_refuses(a, (enum imap_row)row) &&
	    acl_access_sends(a, (enum imap_row)row) == row;
}

/* "!EXPUNGE" beside CLOSE: what is spelled out so is meant to be refused. */
static void
check_denied(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	const struct conf_key *k = conf_key_find(n->def, "commands");
	const struct tree_entry *e = tree_entry(n, k);

	for (const struct tree_value *v = e ? e->first : NULL; v != NULL;
	    v = v->next) {
		int row = v->text[0] == '!' ?
		    rows_of(k)->row(str_c(v->text + 1)) : -1;

		for (unsigned i = 0; i < SAME_EFFECT; i++)
			if (row == same_effect[i].row &&
			    done_by(a, same_effect[i].does)) {
				CHECK_WARN(ck, n, "commands", "\"%s\" without "
				    "\"!%s\", which does the same", v->text,
				    imap_commands[same_effect[i].does].name);
				break;
			}
	}
}

/* A list for commands that are not permitted themselves. */
static void
check_vain(struct check *ck, const struct tree_node *n,
    const struct conf_bits *commands, const char *key,
    const struct conf_bits *list, const char *flag_name, unsigned flag)
{
	static const struct conf_bits none;

	/* access alone may have left nothing of it */
	if (!check_written(n, key) || memcmp(list, &none, sizeof none) == 0)
		return;
	for (unsigned i = 1; i < IMAP_ROWS; i++)
		if (imap_commands[i].flags & flag && conf_bit(commands, i))
			return;
	CHECK_WARN(ck, n, key, "in vain: commands has none that %s",
	    flag_name);
}

void
check_policy(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	if (a->access != CONF_ACCESS_FULL)
		check_access(ck, n, a);
	check_denied(ck, n, a);
	if (check_written(n, "fetch-items"))
		check_items(ck, n, a);
	check_vain(ck, n, &a->commands, "fetch-items",
	    &a->fetch_items, "fetches", IMAP_CMD_FETCH);
	check_vain(ck, n, &a->commands, "append-extensions",
	    &a->append_extensions, "uploads", IMAP_CMD_UPLOAD);
}
