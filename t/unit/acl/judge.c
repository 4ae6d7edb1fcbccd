/* What a command-acl's lists and access say of commands. */

#include <stdio.h>

#include "access.h"
#include "arena.h"
#include "item.h"
#include "judge.h"
#include "reader.h"
#include "tap.h"

static void
fill(struct conf_bits *b, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		b->w[i / 64] |= UINT64_C(1) << i % 64;
}

static void
take(struct conf_bits *b, unsigned row)
{
	b->w[row / 64] &= ~(UINT64_C(1) << row % 64);
}

/* All lists full, UNKNOWN apart; narrowed by access. */
static struct conf_command_acl
acl_with(uint8_t access)
{
	struct conf_command_acl a = { .access = access,
	    .no_mail_scanning = 1 };

	fill(&a.commands, IMAP_ROWS);
	fill(&a.fetch_items, IMAP_ITEM_ROWS);
	fill(&a.append_extensions, IMAP_EXT_ROWS);
	acl_access_narrow(&a);
	return a;
}

/* The key that refuses a command, "" for none. */
static const char *
key_of(const struct conf_command_acl *acl, const char *text)
{
	struct acl_asked q = { .acl = acl };
	struct imap_reader r;
	struct arena a;
	const char *key = "?";
	char line[200];
	size_t used;

	snprintf(line, sizeof line, "t %s\r\n", text);
	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = sizeof line;
	if (imap_reader_feed(&r, str_c(line), &used) == IMAP_EV_COMMAND) {
		q.cmd = &r.cmd;
		key = acl_judge(&q).key;
	}
	arena_fini(&a);
	return key != NULL ? key : "";
}

static void
test_order(void)
{
	struct conf_command_acl a = acl_with(CONF_ACCESS_FULL);

	tap_cstr("", key_of(&a, "FETCH 1 BODY[]"), "everything is permitted");
	take(&a.fetch_items, IMAP_ITEM_BODY_ALL);
	tap_cstr("fetch-items", key_of(&a, "FETCH 1 BODY[]"),
	    "but an item is not");
	take(&a.commands, IMAP_FETCH);
	tap_cstr("commands", key_of(&a, "FETCH 1 BODY[]"),
	    "a command that is refused itself is told first");
	take(&a.append_extensions, IMAP_EXT_UTF8);
	tap_cstr("append-extensions",
	    key_of(&a, "APPEND x UTF8 (\"no literal here\")"),
	    "and an extension of an upload");
	tap_cstr("commands", key_of(&a, "XFROB"), "UNKNOWN was never there");
}

static void
test_access(void)
{
	static const struct { const char *command, *ro, *organise, *export; }
	    t[] = {
		{ "NOOP", "", "", "" }, { "SELECT x", "", "", "" },
		{ "CLOSE", "", "", "" },
		{ "FETCH 1 BODY[]", "", "", "access" },
		{ "FETCH 1 ENVELOPE", "", "", "" },
		{ "STORE 1 +FLAGS (\\Seen)", "access", "", "" },
		{ "STORE 1 +FLAGS (\\Deleted)", "access", "access", "" },
		{ "EXPUNGE", "access", "access", "" },
		{ "MOVE 1 x", "access", "", "" },
		{ "DELETE x", "access", "access", "" },
		{ "SEARCH TEXT x", "", "", "access" },
		{ "XFROB", "access", "access", "access" },
	};
	struct conf_command_acl ro = acl_with(CONF_ACCESS_READ_ONLY),
	    organise = acl_with(CONF_ACCESS_ORGANISE),
	    export = acl_with(CONF_ACCESS_NO_EXPORT);

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		tap_cstr(t[i].ro, key_of(&ro, t[i].command),
		    "read-only: %s", t[i].command);
		tap_cstr(t[i].organise, key_of(&organise, t[i].command),
		    "organise: %s", t[i].command);
		tap_cstr(t[i].export, key_of(&export, t[i].command),
		    "no-export: %s", t[i].command);
	}
}

static void
test_narrow(void)
{
	for (uint8_t i = CONF_ACCESS_FULL; i <= CONF_ACCESS_NO_EXPORT; i++) {
		struct conf_command_acl once = acl_with(i), twice = once;

		acl_access_narrow(&twice);
		tap_ok(memcmp(&once, &twice, sizeof once) == 0,
		    "%s narrows nothing twice", acl_access_name(&once));
		once.commands.w[0] |= 1;
		acl_access_narrow(&once);
		tap_ok(i == CONF_ACCESS_FULL ||
		    !conf_bit(&once.commands, IMAP_UNKNOWN),
		    "and does not leave what nobody knows");
	}
}

static void
test_damaged(void)
{
	struct conf_command_acl a = acl_with(CONF_ACCESS_FULL);

	a.access = 200;
	tap_cstr("access", key_of(&a, "EXPUNGE"),
	    "an access that is none permits least");
	tap_int(IMAP_EXAMINE, acl_access_sends(&a, IMAP_SELECT),
	    "and sends EXAMINE");
}

int
main(void)
{
	test_order();
	test_access();
	test_narrow();
	test_damaged();
	return tap_done();
}
