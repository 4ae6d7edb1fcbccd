/* Capabilities that promise what an ACL refuses. */

#include "append.h"
#include "item.h"
#include "promise.h"
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

/* Everything is permitted. */
static struct conf_command_acl
everything(void)
{
	struct conf_command_acl a = { 0 };

	fill(&a.commands, IMAP_ROWS);
	fill(&a.fetch_items, IMAP_ITEM_ROWS);
	fill(&a.append_extensions, IMAP_EXT_ROWS);
	return a;
}

/* Is cap, and nothing else, not offered?  UNKNOWN: nothing at all. */
static bool
unkept(const struct conf_command_acl *a, enum imap_cap cap)
{
	uint64_t rows[2], want[2] = { 0, 0 };

	if (cap != IMAP_CAP_UNKNOWN)
		want[cap / 64] = UINT64_C(1) << cap % 64;
	acl_unkept(a, rows);
	return rows[0] == want[0] && rows[1] == want[1];
}

int
main(void)
{
	struct conf_command_acl a = everything();

	tap_ok(unkept(&a, IMAP_CAP_UNKNOWN), "everything is offered");
	take(&a.commands, IMAP_MOVE);
	tap_ok(unkept(&a, IMAP_CAP_UNKNOWN), "one of two commands is enough");
	take(&a.commands, IMAP_UID_MOVE);
	tap_ok(unkept(&a, IMAP_CAP_MOVE), "MOVE without both is not offered");
	a.dry_run = true;
	tap_ok(unkept(&a, IMAP_CAP_UNKNOWN), "under dry-run it is");

	a = everything();
	take(&a.commands, IMAP_UID_EXPUNGE);
	tap_ok(unkept(&a, IMAP_CAP_UNKNOWN),
	    "UIDPLUS has more to it than UID EXPUNGE");
	a = everything();
	take(&a.fetch_items, IMAP_ITEM_PREVIEW);
	tap_ok(unkept(&a, IMAP_CAP_PREVIEW), "an item's capability goes");
	a = everything();
	take(&a.append_extensions, IMAP_EXT_LITERAL8);
	tap_ok(unkept(&a, IMAP_CAP_BINARY),
	    "BINARY promises literal8 in uploads");
	take(&a.commands, IMAP_APPEND);
	take(&a.append_extensions, IMAP_EXT_MULTIAPPEND);
	uint64_t rows[2];

	acl_unkept(&a, rows);
	tap_ok(!(rows[IMAP_CAP_BINARY / 64] >> IMAP_CAP_BINARY % 64 & 1),
	    "which nobody misses where there are none");
	return tap_done();
}
