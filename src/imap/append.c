#include "append.h"

/* The X-macro's short words. */
enum { ALLOW = IMAP_ALLOW, NEVER = IMAP_NEVER };

const struct imap_ext_info imap_exts[IMAP_EXT_ROWS] = {
#define ROW(id, name, deflt) [IMAP_EXT_##id] = { name, deflt },
	IMAP_EXTS(ROW)
#undef ROW
};

#define BIT(id) IMAP_EXT_BIT(IMAP_EXT_##id)

bool
imap_ext_named(struct str name, enum imap_ext *row_r)
{
	for (unsigned i = 0; i < IMAP_EXT_ROWS; i++)
		if (str_ieq(name, str_c(imap_exts[i].name))) {
			*row_r = (enum imap_ext)i;
			return true;
		}
	return false;
}

const struct imap_arg *
imap_append_first(const struct imap_command *c)
{
	/* APPEND mailbox ..., REPLACE number mailbox ... */
	const struct imap_arg *a = imap_arg_at(c, c->row == IMAP_APPEND ?
	    0 : 1);

	return a != NULL ? a->next : NULL;
}

/* A mailbox is still to come, perhaps as the literal that is announced. */
static bool
no_mailbox(const struct imap_command *c)
{
	return imap_arg_at(c, c->row == IMAP_APPEND ? 0 : 1) == NULL;
}

bool
imap_append_flags(const struct imap_arg *list)
{
	if (list->kind != IMAP_ARG_LIST)
		return false;
	for (const struct imap_arg *a = list->list; a != NULL; a = a->next)
		if (a->kind != IMAP_ARG_ATOM)
			return false;
	return true;
}

bool
imap_append_date(const struct imap_arg *a)
{
	/* "01-Jan-2026 00:00:00 +0000", and what some clients make of it */
	enum { DATE_MAX = 40 };

	if (a->kind != IMAP_ARG_QUOTED || a->s.n > DATE_MAX)
		return false;
	for (size_t i = 0; i < a->s.n; i++)
		if (a->s.p[i] < ' ' || a->s.p[i] >= 0x7f)
			return false;
	return true;
}

uint64_t
imap_append_exts(const struct imap_command *c, enum imap_coming coming)
{
	const struct imap_arg *a = imap_append_first(c);
	uint64_t rows = c->row == IMAP_APPEND ? 0 : BIT(REPLACE);
	unsigned mails = 0;
	bool inside = false;	/* what comes belongs to UTF8 ( */

	if (!(imap_commands[c->row].flags & IMAP_CMD_UPLOAD))
		return 0;
	if (no_mailbox(c))
		return rows;
	for (; a != NULL; a = a->next) {
		bool utf8 = imap_arg_is(a, "UTF8");

		inside = false;
		if (a->kind == IMAP_ARG_LITERAL8)
			rows |= BIT(LITERAL8);
		if (utf8 || imap_arg_is(a, "CATENATE")) {
			rows |= utf8 ? BIT(UTF8) : BIT(CATENATE);
			inside = true;
			if (a->next != NULL) {
				a = a->next;
				inside = a->list == NULL;
			}
			mails++;
		} else if (a->kind == IMAP_ARG_LITERAL ||
		    a->kind == IMAP_ARG_LITERAL8) {
			mails++;
		}
	}
	if (coming != IMAP_COMING_NONE && !inside) {
		mails++;
		if (coming == IMAP_COMING_LITERAL8)
			rows |= BIT(LITERAL8);
	}
	return mails > 1 ? rows | BIT(MULTIAPPEND) : rows;
}
