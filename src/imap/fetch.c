#include "fetch.h"

bool
imap_item_content(struct str name)
{
	/* '[' : with a section; else the whole name */
	static const char items[][16] = { "BODY[", "BODY.PEEK[", "BINARY[",
	    "BINARY.PEEK[", "RFC822", "RFC822.TEXT", "RFC822.HEADER",
	    "RFC822.PEEK", "PREVIEW", "SNIPPET" };

	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		struct str item = str_c(items[i]);

		if (item.p[item.n - 1] == '[' ? str_istarts(name, item) :
		    str_ieq(name, item))
			return true;
	}
	return false;
}

static bool
arg_content(const struct imap_arg *a)
{
	/* BODY and BINARY with a section; BINARY.SIZE tells a number */
	if (a->kind == IMAP_ARG_SECTION)
		return !str_ieq(a->s, STR("BINARY.SIZE"));
	return a->kind == IMAP_ARG_ATOM && imap_item_content(a->s);
}

bool
imap_fetch_content(const struct imap_command *c)
{
	const struct imap_arg *a = imap_arg_at(c, 1);

	if (!(imap_commands[c->row].flags & IMAP_CMD_FETCH) || a == NULL)
		return false;
	if (a->kind != IMAP_ARG_LIST)
		return arg_content(a);
	for (a = a->list; a != NULL; a = a->next)
		if (arg_content(a))
			return true;
	return false;
}
