/* Kinds of FETCH items, and what a command asks for. */

#include <stdio.h>

#include "arena.h"
#include "item.h"
#include "reader.h"
#include "tap.h"

enum { TEXT_SIZE = 400 };

/* The names of a mask, blanks between. */
static const char *
names(uint64_t rows, char out[TEXT_SIZE])
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (rows >> i & 1)
			n += (size_t)snprintf(out + n, TEXT_SIZE - n, "%s%s",
			    n ? " " : "", imap_items[i].name);
	return out;
}

static void
test_server(void)
{
	static const struct { const char *text, *rows; } t[] = {
		{ "FLAGS", "FLAGS" }, { "uid", "UID" },
		{ "RFC822.SIZE", "RFC822.SIZE" }, { "BODY", "BODY" },
		{ "BODY[]", "BODY[]" }, { "RFC822", "BODY[]" },
		{ "BODY[]<0>", "BODY[] PARTIAL" },
		{ "RFC822.HEADER", "BODY[HEADER]" },
		{ "rfc822.text", "BODY[TEXT]" },
		{ "BODY[HEADER]", "BODY[HEADER]" },
		{ "BODY[1.2.HEADER]", "BODY[HEADER]" },
		{ "BODY[HEADER.FIELDS (A \"]\")]", "BODY[HEADER.FIELDS]" },
		{ "BODY[2.HEADER.FIELDS (A)]", "BODY[HEADER.FIELDS]" },
		{ "BODY[HEADER.FIELDS.NOT (A)]", "BODY[HEADER]" },
		{ "BODY[TEXT]", "BODY[TEXT]" },
		{ "body[3.text]<7>", "BODY[TEXT] PARTIAL" },
		{ "BODY[1]", "BODY[PART]" }, { "BODY[1.2.3]", "BODY[PART]" },
		{ "BODY[1.MIME]", "BODY[MIME]" },
		{ "BINARY[1]", "BINARY" }, { "BINARY[]", "BINARY" },
		{ "BINARY.SIZE[1]", "BINARY.SIZE" },
		{ "PREVIEW", "PREVIEW" }, { "SNIPPET", "SNIPPET" },
		{ "X-GM-LABELS", "X-GM-LABELS" },
		{ "X-OTHER", "UNKNOWN" }, { "PARTIAL", "UNKNOWN" },
		{ "BINARY", "UNKNOWN" }, { "UNKNOWN", "UNKNOWN" },
		{ "BODY[1.FOO]", "UNKNOWN" }, { "FLAGS[1]", "UNKNOWN" },
		{ "BODY.PEEK", "UNKNOWN" }, { "RFC822.SIZES", "UNKNOWN" },
		/* no item of a mail, but the configuration's words */
		{ "BODY[PART]", "UNKNOWN" },
	};
	char text[TEXT_SIZE];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_cstr(t[i].rows, names(imap_item_rows(str_c(t[i].text)),
		    text), "a server's %s", t[i].text);
}

/* What a command asks for; "BAD" when it is none. */
static const char *
asked(const char *command, char out[TEXT_SIZE])
{
	struct imap_reader r;
	char line[TEXT_SIZE];
	struct arena a;
	size_t used;

	snprintf(line, sizeof line, "t %s\r\n", command);
	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = sizeof line;
	if (imap_reader_feed(&r, str_c(line), &used) == IMAP_EV_COMMAND)
		names(imap_command_items(&r.cmd), out);
	else
		snprintf(out, TEXT_SIZE, "BAD");
	arena_fini(&a);
	return out;
}

static void
test_commands(void)
{
	static const struct { const char *command, *rows; } t[] = {
		{ "FETCH 1 FLAGS", "FLAGS" },
		{ "UID FETCH 1:* (UID FLAGS)", "FLAGS UID" },
		{ "FETCH 1 FAST", "FLAGS INTERNALDATE RFC822.SIZE" },
		{ "FETCH 1 ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE" },
		{ "FETCH 1 FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE "
		  "BODY" },
		{ "FETCH 1 (FULL UID)", "FLAGS UID INTERNALDATE RFC822.SIZE "
		  "ENVELOPE BODY" },
		{ "FETCH 1 BODY.PEEK[]", "BODY[]" },
		{ "FETCH 1 BODY[1.TEXT]<0.9>", "BODY[TEXT] PARTIAL" },
		{ "FETCH 1 (BODY.PEEK[HEADER.FIELDS (A B)] BINARY.PEEK[1])",
		  "BODY[HEADER.FIELDS] BINARY" },
		{ "FETCH 1 BODY[HEADER.FIELDS.NOT (X)]", "BODY[HEADER]" },
		{ "FETCH 1 (PREVIEW (LAZY))", "PREVIEW" },
		{ "FETCH 1 (FLAGS) (CHANGEDSINCE 5)", "FLAGS" },
		{ "FETCH 1 (X-FOO FLAGS)", "UNKNOWN FLAGS" },
		{ "FETCH 1 (ANNOTATION (/comment value.priv))",
		  "ANNOTATION" },
		{ "NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[TEXT]) "
		  "MessageExpunge))", "UID BODY[TEXT]" },
		{ "NOTIFY SET (SELECTED (messagenew MessageExpunge))", "" },
		{ "NOTIFY SET ((PERSONAL) (MessageNew (FLAGS)))", "FLAGS" },
		/* what only a careless server reads as items */
		{ "FETCH 1 (FLAGS (RFC822))", "UNKNOWN FLAGS" },
		{ "FETCH 1 ((RFC822))", "UNKNOWN" },
		{ "FETCH 1 (PREVIEW (LAZY) (RFC822))", "UNKNOWN PREVIEW" },
		{ "NOTIFY SET (SELECTED (\"MessageNew\" (RFC822)))",
		  "BODY[]" },
		{ "NOTIFY SET (SELECTED (MessageNew (UID) (RFC822)))",
		  "UID BODY[]" },
		{ "NOTIFY SET (SELECTED (MessageNew ((RFC822))))",
		  "UNKNOWN" },
		{ "SEARCH RETURN (\"UPDATE\" (RFC822)) SEEN", "BODY[]" },
		{ "SEARCH SUBJECT \"update\" (FROM x)", "" },
		{ "SEARCH RETURN (UPDATE (BODY[])) SEEN", "BODY[]" },
		{ "SEARCH RETURN (UPDATE) SEEN", "" },
		{ "SEARCH SUBJECT \"BODY[]\"", "" },
		{ "STATUS INBOX (UIDNEXT)", "" }, { "NOOP", "" },
		{ "SELECT INBOX (CONDSTORE)", "" },
	};
	char text[TEXT_SIZE];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_cstr(t[i].rows, asked(t[i].command, text), "%s",
		    t[i].command);
}

static void
test_named(void)
{
	static const struct { const char *name; int row; } t[] = {
		{ "flags", IMAP_ITEM_FLAGS }, { "BODY[]", IMAP_ITEM_BODY_ALL },
		{ "rfc822", IMAP_ITEM_BODY_ALL },
		{ "RFC822.Header", IMAP_ITEM_BODY_HEADER },
		{ "BODY[PART]", IMAP_ITEM_BODY_PART },
		{ "PARTIAL", IMAP_ITEM_PARTIAL },
		{ "UNKNOWN", IMAP_ITEM_UNKNOWN }, { "BODY[1]", -1 },
		{ "BODY.PEEK[]", -1 }, { "ALL", -1 }, { "", -1 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		enum imap_item_row row;
		bool is = imap_item_named(str_c(t[i].name), &row);

		tap_ok(is ? (int)row == t[i].row : t[i].row < 0,
		    "the configuration's '%s'", t[i].name);
	}
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++) {
		enum imap_item_row row;

		tap_ok(imap_item_named(str_c(imap_items[i].name), &row) &&
		    row == i, "%s is its own name", imap_items[i].name);
	}
}

static void
test_flags(void)
{
	tap_ok(imap_items_have(IMAP_ITEM_BIT(IMAP_ITEM_UNKNOWN),
	    IMAP_ITEM_TEXT), "what is not known may show text");
	tap_ok(!imap_items_have(IMAP_ITEM_BIT(IMAP_ITEM_BODY_HEADER) |
	    IMAP_ITEM_BIT(IMAP_ITEM_ENVELOPE), IMAP_ITEM_TEXT),
	    "a header shows none");
	tap_ok(imap_items_have(IMAP_ITEM_BIT(IMAP_ITEM_FLAGS) |
	    IMAP_ITEM_BIT(IMAP_ITEM_BODY_HEADER), IMAP_ITEM_OCTETS),
	    "but it is octets of a mail");
}

int
main(void)
{
	test_server();
	test_commands();
	test_named();
	test_flags();
	return tap_done();
}
