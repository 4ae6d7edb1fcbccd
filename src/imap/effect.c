#include "append.h"
#include "effect.h"

/* ---- flags --------------------------------------------------------------- */

/* Is it in here, in any form a server might read as one? */
static bool
has_deleted(const struct imap_arg *first)
{
	struct imap_walk w;
	const struct imap_arg *a;

	imap_walk_begin(&w, first);
	while ((a = imap_walk_next(&w)) != NULL)
		if (imap_arg_astring(a) && str_ieq(a->s, STR("\\Deleted")))
			return true;
	return false;
}

/* FLAGS, +FLAGS or -FLAGS, perhaps .SILENT: true, and whether it adds. */
static bool
store_word(struct str word, bool *adds_r)
{
	struct str silent = STR(".SILENT"), end = word;

	*adds_r = !str_starts(word, STR("-"));
	if (str_starts(word, STR("-")) || str_starts(word, STR("+"))) {
		word.p++;
		word.n--;
	}
	if (word.n > silent.n) {
		end.p = word.p + word.n - silent.n;
		end.n = silent.n;
		if (str_ieq(end, silent))
			word.n -= silent.n;
	}
	return str_ieq(word, STR("FLAGS"));
}

/* STORE set [(UNCHANGEDSINCE 5)] +FLAGS (...), RFC 7162 section 3.1.3 */
static bool
store_deletes(const struct imap_command *c)
{
	const struct imap_arg *a = imap_arg_at(c, 1);
	bool adds;

	if (a != NULL && a->kind == IMAP_ARG_LIST)
		a = a->next;
	if (a == NULL)
		return false;		/* it is still to come */
	if (a->kind != IMAP_ARG_ATOM || !store_word(a->s, &adds))
		return true;
	return adds && has_deleted(a->next);
}

/* Flags are lists that no UTF8 stands before. */
static bool
upload_deletes(const struct imap_command *c)
{
	const struct imap_arg *a = imap_append_first(c);

	for (; a != NULL; a = a->next) {
		if (imap_arg_is(a, "UTF8") && a->next != NULL)
			a = a->next;
		else if (a->kind == IMAP_ARG_LIST && has_deleted(a->list))
			return true;
	}
	return false;
}

bool
imap_may_delete(const struct imap_command *c)
{
	if (c->row == IMAP_STORE || c->row == IMAP_UID_STORE)
		return store_deletes(c);
	if (imap_commands[c->row].flags & IMAP_CMD_UPLOAD)
		return upload_deletes(c);
	return false;
}

/* ---- searches ------------------------------------------------------------ */

/*
 * Keys that do not look into the text, and how many arguments follow; NOT, OR
 * and FUZZY are followed by keys.  MODSEQ is special.
 */
static const struct { char name[18]; uint8_t args; } keys[] = {
	{ "ALL", 0 }, { "ANSWERED", 0 }, { "DELETED", 0 }, { "DRAFT", 0 },
	{ "FLAGGED", 0 }, { "NEW", 0 }, { "OLD", 0 }, { "RECENT", 0 },
	{ "SEEN", 0 }, { "UNANSWERED", 0 }, { "UNDELETED", 0 },
	{ "UNDRAFT", 0 }, { "UNFLAGGED", 0 }, { "UNSEEN", 0 },
	{ "NOT", 0 }, { "OR", 0 }, { "FUZZY", 0 },
	{ "SAVEDATESUPPORTED", 0 },
	{ "BCC", 1 }, { "BEFORE", 1 }, { "CC", 1 }, { "FROM", 1 },
	{ "KEYWORD", 1 }, { "LARGER", 1 }, { "ON", 1 }, { "SENTBEFORE", 1 },
	{ "SENTON", 1 }, { "SENTSINCE", 1 }, { "SINCE", 1 },
	{ "SMALLER", 1 }, { "SUBJECT", 1 }, { "TO", 1 }, { "UID", 1 },
	{ "UNKEYWORD", 1 }, { "OLDER", 1 }, { "YOUNGER", 1 },
	{ "EMAILID", 1 }, { "THREADID", 1 }, { "SAVEDBEFORE", 1 },
	{ "SAVEDON", 1 }, { "SAVEDSINCE", 1 }, { "HEADER", 2 },
};

/* How many arguments the key at a takes; -1: it may look into the text. */
static int
key_args(const struct imap_arg *a)
{
	if (!imap_arg_astring(a))
		return -1;
	if (a->kind == IMAP_ARG_ATOM && imap_is_sequence(a->s))
		return 0;
	/* MODSEQ ["/flags/\\draft" all] 620162338, RFC 7162 section 3.1.5 */
	if (str_ieq(a->s, STR("MODSEQ")))
		return a->next != NULL && a->next->kind == IMAP_ARG_ATOM ?
		    1 : 3;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (str_ieq(a->s, str_c(keys[i].name)))
			return keys[i].args;
	return -1;
}

static bool
keys_text(const struct imap_arg *first)
{
	struct imap_walk w;
	const struct imap_arg *a;

	imap_walk_begin(&w, first);
	while ((a = imap_walk_next(&w)) != NULL) {
		int args;

		if (a->kind == IMAP_ARG_LIST)
			continue;
		args = key_args(a);
		if (args < 0)
			return true;
		/* fewer may be there: the last one is still to come */
		for (; args > 0 && w.at == a->next && w.at != NULL; args--) {
			a = w.at;
			if (!imap_arg_astring(a))
				return true;
			w.at = a->next;
		}
	}
	return false;
}

/* Behind an option and its value, when it stands here. */
static const struct imap_arg *
skip(const struct imap_arg *a, const char *option, bool list)
{
	if (a == NULL || !imap_arg_is(a, option))
		return a;
	if (a->next == NULL)
		return NULL;
	return (a->next->kind == IMAP_ARG_LIST) == list ? a->next->next : a;
}

/* Where the keys begin; NULL: not read yet. */
static const struct imap_arg *
search_keys(const struct imap_command *c)
{
	const struct imap_arg *a = c->args;
	unsigned before = 0;

	switch (c->row) {
	case IMAP_ESEARCH:
		a = skip(a, "IN", true);
		break;
	case IMAP_SORT:
	case IMAP_UID_SORT:
	case IMAP_THREAD:
	case IMAP_UID_THREAD:
		before = 2;	/* criteria or algorithm, and a charset */
		break;
	default:
		break;
	}
	a = skip(a, "RETURN", true);
	if (before == 0)
		a = skip(a, "CHARSET", false);
	while (a != NULL && before-- > 0)
		a = a->next;
	return a;
}

bool
imap_may_search_text(const struct imap_command *c)
{
	return imap_commands[c->row].flags & IMAP_CMD_KEYS &&
	    keys_text(search_keys(c));
}
