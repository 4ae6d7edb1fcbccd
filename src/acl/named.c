#include "named.h"
#include "utf7.h"

/* Where a row's mailbox names stand. */
enum form {
	FORM_UNKNOWN,		/* nobody knows: never without a judge */
	FORM_NONE,
	FORM_SIGNATURE,		/* letters m of its signature */
	FORM_FIRST,		/* the first argument that is no list */
	FORM_SOURCES,		/* IN (mailboxes ...): RFC 7377 */
	FORM_EVENTS,		/* SET (mailboxes ... (events)): RFC 5465 */
	FORM_STORED,		/* X-GM-LABELS are mailboxes, FLAGS are not */
};

/*
 * Rows that are not here and have no m in their signature name mailboxes in
 * ways that only their server knows.
 */
static const struct {
	uint8_t row, form;
} forms[] = {
	/* LIST's names are patterns; what matches is judged when it is told */
	{ IMAP_LIST, FORM_NONE }, { IMAP_LSUB, FORM_NONE },
	{ IMAP_XLIST, FORM_NONE }, { IMAP_NAMESPACE, FORM_NONE },
	{ IMAP_CAPABILITY, FORM_NONE }, { IMAP_NOOP, FORM_NONE },
	{ IMAP_LOGOUT, FORM_NONE }, { IMAP_ID, FORM_NONE },
	{ IMAP_ENABLE, FORM_NONE }, { IMAP_LANGUAGE, FORM_NONE },
	{ IMAP_STARTTLS, FORM_NONE }, { IMAP_AUTHENTICATE, FORM_NONE },
	{ IMAP_LOGIN, FORM_NONE }, { IMAP_IDLE, FORM_NONE },
	/* a quota root is no mailbox, though some look like one */
	{ IMAP_GETQUOTA, FORM_NONE }, { IMAP_SETQUOTA, FORM_NONE },
	{ IMAP_COMPARATOR, FORM_NONE }, { IMAP_CHECK, FORM_NONE },
	{ IMAP_CLOSE, FORM_NONE }, { IMAP_UNSELECT, FORM_NONE },
	{ IMAP_EXPUNGE, FORM_NONE }, { IMAP_UID_EXPUNGE, FORM_NONE },
	{ IMAP_SEARCH, FORM_NONE }, { IMAP_UID_SEARCH, FORM_NONE },
	{ IMAP_FETCH, FORM_NONE }, { IMAP_UID_FETCH, FORM_NONE },
	{ IMAP_STORE, FORM_STORED }, { IMAP_UID_STORE, FORM_STORED },
	{ IMAP_SORT, FORM_NONE }, { IMAP_UID_SORT, FORM_NONE },
	{ IMAP_THREAD, FORM_NONE }, { IMAP_UID_THREAD, FORM_NONE },
	{ IMAP_CANCELUPDATE, FORM_NONE }, { IMAP_UIDBATCHES, FORM_NONE },
	{ IMAP_GETMETADATA, FORM_FIRST }, { IMAP_SETMETADATA, FORM_FIRST },
	{ IMAP_GETANNOTATION, FORM_FIRST },
	{ IMAP_SETANNOTATION, FORM_FIRST },
	{ IMAP_ESEARCH, FORM_SOURCES }, { IMAP_NOTIFY, FORM_EVENTS },
};

const char acl_named_why[ACL_NAMED_RESULTS][56] = {
	[ACL_NAMED_DENIED] = "mailboxes does not have it",
	[ACL_NAMED_UNREADABLE] = "mailboxes: the name cannot be read",
	[ACL_NAMED_HIDES] = "mailboxes: what is denied would move along",
	[ACL_NAMED_UNKNOWN] = "mailboxes: which are named cannot be told",
};

/* ---- one name ------------------------------------------------------------ */

/*
 * Of valid UTF-8: what no name may have (RFC 6855 section 3): controls, C1
 * ones, too, U+2028 and U+2029.
 */
static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned char d = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;

		if (c < 0x20 || c == 0x7f || (c == 0xc2 && d < 0xa0))
			return true;
		if (c == 0xe2 && d == 0x80 && i + 2 < s.n &&
		    ((unsigned char)s.p[i + 2] & 0xfe) == 0xa8)
			return true;
	}
	return false;
}

/* Hierarchy delimiters of real servers. */
static bool
is_delimiter(char c)
{
	return c == '/' || c == '.' || c == '\\';
}

/*
 * ".." between delimiters: of a server that lays mailboxes out as files it
 * could lead anywhere, of another it means nothing.
 */
static bool
leads_up(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '.' && s.p[i + 1] == '.' &&
		    (i == 0 || s.p[i - 1] == '/' || s.p[i - 1] == '\\') &&
		    (i + 2 == s.n || s.p[i + 2] == '/' || s.p[i + 2] == '\\'))
			return true;
	return false;
}

static struct str
without_end(struct str s)
{
	while (s.n > 0 && is_delimiter(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Single delimiters, none and no blanks at the ends; out holds s.n octets. */
static struct str
squeezed(struct str s, char *out)
{
	size_t n = 0;

	s = without_end(str_trim(s));
	for (size_t i = 0; i < s.n; i++)
		if (!is_delimiter(s.p[i]) || (n > 0 &&
		    !is_delimiter(out[n - 1])))
			out[n++] = s.p[i];
	return (struct str){ out, n };
}

static struct str
canonical(struct str s)
{
	return imap_is_inbox(s) ? STR("INBOX") : s;
}

static enum acl_named_result
judge_reading(const struct acl_mailboxes *m, struct str s)
{
	char out[IMAP_UTF8_ROOM(IMAP_MAILBOX_MAX)];
	struct str end = without_end(s), bare;

	if (!str_utf8(s) || has_control(s) || leads_up(s))
		return ACL_NAMED_UNREADABLE;
	bare = squeezed(s, out);
	if (!acl_mailbox_admits(m, canonical(s)) ||
	    (end.n > 0 && end.n < s.n &&
	    !acl_mailbox_admits(m, canonical(end))) ||
	    (bare.n > 0 && bare.n < s.n &&
	    acl_mailbox_denies(m, canonical(bare))))
		return ACL_NAMED_DENIED;
	return ACL_NAMED_ADMITTED;
}

/*
 * What the octets mean, in out, which holds IMAP_UTF8_ROOM of the longest
 * name.  STR_NULL: nothing.
 */
static struct str
decode(struct str name, bool utf8, char *out)
{
	size_t n;

	if (name.n > IMAP_MAILBOX_MAX)
		return STR_NULL;
	if (utf8)
		return name;
	return imap_utf7_decode(out, name, &n) ? (struct str){ out, n } :
	    STR_NULL;
}

enum acl_named_result
acl_named_mailbox(const struct acl_mailboxes *m, struct str name, bool utf8)
{
	char out[IMAP_UTF8_ROOM(IMAP_MAILBOX_MAX)];
	struct str s;
	enum acl_named_result j;

	if (name.n == 0)
		return ACL_NAMED_ADMITTED;
	s = decode(name, utf8, out);
	if (s.p == NULL)
		return ACL_NAMED_UNREADABLE;
	j = judge_reading(m, s);
	if (j != ACL_NAMED_ADMITTED || !utf8 || memchr(s.p, '&', s.n) == NULL)
		return j;
	/* is it as good a name in modified UTF-7, on a server that looks? */
	s = decode(name, false, out);
	return s.p != NULL ? judge_reading(m, s) : j;
}

bool
acl_named_prefix(const struct acl_mailboxes *m, struct str prefix, bool utf8)
{
	char out[IMAP_UTF8_ROOM(IMAP_MAILBOX_MAX)];
	struct str s = decode(prefix, utf8, out);

	return s.p != NULL && str_utf8(s) && acl_mailbox_reaches(m, s);
}

/* ---- what a command names ------------------------------------------------ */

/* A command being judged: it ends at the first name that may not be. */
struct judging {
	const struct acl_mailboxes *m;
	bool utf8;
	enum acl_named_result judged;
	struct str name;
};

static bool
stop(struct judging *j, enum acl_named_result judged, struct str name)
{
	j->judged = judged;
	j->name = name;
	return false;
}

/*
 * An argument that names a mailbox; false when it may not be.  One that is
 * not there yet is judged when it is.
 */
static bool
judge_arg(struct judging *j, const struct imap_arg *a)
{
	enum acl_named_result judged;

	if (a == NULL)
		return true;
	if (!imap_arg_astring(a) || a->s.p == NULL)
		return stop(j, ACL_NAMED_UNKNOWN, STR_NULL);
	judged = acl_named_mailbox(j->m, a->s, j->utf8);
	return judged == ACL_NAMED_ADMITTED || stop(j, judged, a->s);
}

/* One mailbox, or a list of them. */
static bool
judge_args(struct judging *j, const struct imap_arg *a)
{
	if (a == NULL || a->kind != IMAP_ARG_LIST)
		return judge_arg(j, a);
	for (a = a->list; a != NULL; a = a->next)
		if (!judge_arg(j, a))
			return false;
	return true;
}

static bool
by_signature(struct judging *j, const struct imap_command *cmd)
{
	const struct imap_arg *a = cmd->args;

	for (const char *sig = imap_commands[cmd->row].args; *sig != '\0' &&
	    a != NULL; sig++) {
		if (*sig == '|')
			continue;
		if (*sig == 'm' && !judge_arg(j, a))
			return false;
		a = a->next;
	}
	return true;
}

/* Behind options; older servers take a pattern there. */
static bool
by_first(struct judging *j, const struct imap_arg *a)
{
	if (a != NULL && a->kind == IMAP_ARG_LIST)
		a = a->next;
	if (!judge_arg(j, a))
		return false;
	if (a != NULL && a->s.n > 0 && (memchr(a->s.p, '*', a->s.n) ||
	    memchr(a->s.p, '%', a->s.n)))
		return stop(j, ACL_NAMED_UNKNOWN, a->s);
	return true;
}

/*
 * filter-mailboxes of RFC 5465 section 6 and RFC 7377 section 2.2, and lists
 * between them, which are no names.  What has none answers by name.
 */
static bool
judge_filters(struct judging *j, const struct imap_arg *a)
{
	static const struct { char word[18]; bool names; } filters[] = {
		{ "selected", false }, { "selected-delayed", false },
		{ "inboxes", false }, { "personal", false },
		{ "subscribed", false }, { "subtree", true },
		{ "subtree-one", true }, { "mailboxes", true },
	};
	enum { FILTERS = sizeof filters / sizeof *filters };

	for (; a != NULL; a = a->next) {
		size_t i = 0;

		if (a->kind == IMAP_ARG_LIST)
			continue;
		while (i < FILTERS && !imap_arg_is(a, filters[i].word))
			i++;
		if (i == FILTERS)
			return stop(j, ACL_NAMED_UNKNOWN, STR_NULL);
		if (!filters[i].names)
			continue;
		a = a->next;
		if (!judge_args(j, a) || a == NULL)
			return a == NULL;
	}
	return true;
}

/*
 * ESEARCH without IN searches the selected mailbox.  IN comes first and is an
 * atom, of servers that are strict.
 */
static bool
by_sources(struct judging *j, const struct imap_arg *args)
{
	for (const struct imap_arg *a = args, *in; a != NULL; a = a->next) {
		in = a->next;
		if (!imap_arg_astring(a) || !str_ieq(a->s, STR("IN")) ||
		    in == NULL)
			continue;
		if (in->kind != IMAP_ARG_LIST && a == args)
			return stop(j, ACL_NAMED_UNKNOWN, STR_NULL);
		if (in->kind == IMAP_ARG_LIST && !judge_filters(j, in->list))
			return false;
	}
	return true;
}

static bool
by_events(struct judging *j, const struct imap_arg *a)
{
	for (; a != NULL; a = a->next) {
		if (a->kind == IMAP_ARG_LIST) {
			if (!judge_filters(j, a->list))
				return false;
		} else if (!imap_arg_is(a, "SET") && !imap_arg_is(a, "NONE") &&
		    !imap_arg_is(a, "STATUS")) {
			return stop(j, ACL_NAMED_UNKNOWN, STR_NULL);
		}
	}
	return true;
}

/* What is stored: behind the messages and modifiers in a list. */
static bool
by_stored(struct judging *j, const struct imap_arg *a)
{
	static const char items[][14] = { "FLAGS", "FLAGS.SILENT",
		"ANNOTATION" };
	struct str s;

	a = a != NULL ? a->next : NULL;
	if (a != NULL && a->kind == IMAP_ARG_LIST)
		a = a->next;
	if (a == NULL)
		return true;
	s = a->s;
	if (s.n > 0 && (s.p[0] == '+' || s.p[0] == '-')) {
		s.p++;
		s.n--;
	}
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		if (a->kind == IMAP_ARG_ATOM && str_ieq(s, str_c(items[i])))
			return true;
	return stop(j, ACL_NAMED_UNKNOWN, STR_NULL);
}

static enum form
form_of(const struct imap_command *cmd)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (forms[i].row == cmd->row)
			return (enum form)forms[i].form;
	return strchr(imap_commands[cmd->row].args, 'm') != NULL ?
	    FORM_SIGNATURE : FORM_UNKNOWN;
}

/* What DELETE and RENAME take along, of names that are admitted. */
static bool
judge_below(struct judging *j, const struct imap_command *cmd, bool utf8)
{
	char from[IMAP_UTF8_ROOM(IMAP_MAILBOX_MAX)], to[sizeof from];
	const struct imap_arg *a = imap_arg_at(cmd, 0);
	const struct imap_arg *b = imap_arg_at(cmd, 1);
	struct str s, t;

	if ((cmd->row != IMAP_DELETE && cmd->row != IMAP_RENAME) || a == NULL)
		return true;
	s = canonical(without_end(decode(a->s, utf8, from)));
	if (acl_mailbox_hides(j->m, s))
		return stop(j, ACL_NAMED_HIDES, a->s);
	if (cmd->row == IMAP_DELETE || b == NULL)
		return true;
	t = canonical(without_end(decode(b->s, utf8, to)));
	return !acl_mailbox_reveals(j->m, s, t) ||
	    stop(j, ACL_NAMED_HIDES, a->s);
}

enum acl_named_result
acl_named_command(const struct acl_mailboxes *m,
    const struct imap_command *cmd, bool utf8, struct str *name_r)
{
	struct judging j = { .m = m, .utf8 = utf8 };
	bool ok = true;

	switch (form_of(cmd)) {
	case FORM_UNKNOWN: ok = stop(&j, ACL_NAMED_UNKNOWN, STR_NULL); break;
	case FORM_NONE: break;
	case FORM_SIGNATURE: ok = by_signature(&j, cmd); break;
	case FORM_FIRST: ok = by_first(&j, cmd->args); break;
	case FORM_SOURCES: ok = by_sources(&j, cmd->args); break;
	case FORM_EVENTS: ok = by_events(&j, cmd->args); break;
	case FORM_STORED: ok = by_stored(&j, cmd->args); break;
	}
	/* once more as a server reads it that is not strict */
	if (ok && judge_below(&j, cmd, utf8) && utf8)
		judge_below(&j, cmd, false);
	*name_r = j.name;
	return j.judged;
}
