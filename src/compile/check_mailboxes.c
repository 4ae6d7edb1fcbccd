#include "check.h"
#include "item.h"
#include "mailboxes.h"
#include "rows.h"

/* A value of the set; one with an error has no text. */
static const struct conf_strval *
value(const struct check *ck, const struct conf_strset *s, uint32_t i,
    struct str *text_r)
{
	const struct conf_strval *v = CONF_AT(&ck->conf, struct conf_strval,
	    s->values, i);

	*text_r = conf_str(&ck->conf, v->text);
	return text_r->n > 0 ? v : NULL;
}

/* Does one value leave nothing for another to do? */
static void
check_pair(struct check *ck, const struct tree_node *n,
    const struct conf_strset *s, uint32_t i, uint32_t by)
{
	struct str text, other;
	const struct conf_strval *v = value(ck, s, i, &text);
	const struct conf_strval *w = value(ck, s, by, &other);
	bool negative;

	if (v == NULL || w == NULL || (v->negative && !w->negative))
		return;
	negative = w->negative != 0;
	if (!acl_mailbox_within(text, other, negative))
		return;
	if (!v->negative && negative)
		CHECK_WARN(ck, n, "mailboxes", "\"%s\" admits nothing: "
		    "\"!%s\" denies all of it", text.p, other.p);
	/* of two that are the same the later one is in vain */
	else if (by < i || !acl_mailbox_within(other, text, negative))
		CHECK_WARN(ck, n, "mailboxes", "\"%s%s\" is there in vain: "
		    "\"%s%s\" has all of it", negative ? "!" : "", text.p,
		    negative ? "!" : "", other.p);
}

/* Clients that go down level by level find what is below what they find. */
static void
check_parent(struct check *ck, const struct tree_node *n,
    const struct acl_mailboxes *m, uint32_t i)
{
	struct str text, parent;
	const struct conf_strval *v = value(ck, m->set, i, &text);

	if (v == NULL || v->negative)
		return;
	parent = (struct str){ text.p, strcspn(text.p, "*?") };
	while (parent.n > 0 && parent.p[parent.n - 1] != '/')
		parent.n--;
	if (parent.n > 1 && !acl_mailbox_admits(m, (struct str){ parent.p,
	    --parent.n }))
		CHECK_WARN(ck, n, "mailboxes", "\"%s\" without \"%.*s\": "
		    "clients that list level by level do not find it",
		    text.p, STR_ARG(parent));
}

void
check_mailboxes(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	const struct conf_strset *s = &a->mailboxes;
	const struct acl_mailboxes m = { &ck->conf, s };
	struct str text;

	for (uint32_t i = 0; i < s->values.n; i++)
		if (value(ck, s, i, &text) == NULL)
			return;
	for (uint32_t i = 0; i < s->values.n; i++)
		for (uint32_t j = 0; j < s->values.n; j++)
			if (i != j)
				check_pair(ck, n, s, i, j);
	for (uint32_t i = 0; i < s->values.n; i++)
		check_parent(ck, n, &m, i);
	if (s->given && !acl_mailbox_admits(&m, STR("INBOX")))
		CHECK_WARN(ck, n, "mailboxes", "without INBOX, which every "
		    "client uses");
	if (s->given && conf_bit(&a->commands, rows_commands.row(
	    STR("UNKNOWN"))))
		CHECK_WARN(ck, n, "commands", "UNKNOWN in vain: mailboxes "
		    "refuses what is not known to name none");
	if (s->given && conf_bit(&a->fetch_items, IMAP_ITEM_X_GM_LABELS))
		CHECK_WARN(ck, n, "fetch-items", "X-GM-LABELS tells names of "
		    "mailboxes, whatever mailboxes says");
}
