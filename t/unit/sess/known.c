/* What policy may know of a mail, told from its index. */

#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "index_make.h"
#include "known.h"
#include "module.h"
#include "sealed.h"
#include "tap.h"

const struct module_head *const module_static[] = { NULL };

enum { OCTETS = 1000, PARTS = 3 };

/* A multipart of two leaves: statuses of the mail and of these. */
struct said { uint8_t mail, first, second; };

static struct str block;
static struct mail_index x;
static struct arena arena;
static uint64_t effort = ACL_EFFORT;

static void
fill_part(struct mail_make *m, struct mail_ref parts, unsigned row,
    const struct said *s)
{
	struct mail_ref names = MAIL_MAKE_ROWS(m, struct mail_ref, row);
	struct mail_ref type = mail_make_str(m, row == 1 ?
	    STR("text/plain") : STR(""));
	struct mail_ref ordered = MAIL_MAKE_ROWS(m, struct mail_ref, row);
	struct mail_part *p;

	for (unsigned i = 0; i < row; i++)
		mail_make_listed(m, names, i, i ? STR("b.exe") :
		    STR("a.txt"));
	if (row > 0)
		mail_make_listed(m, ordered, row - 1, STR("image/png"));
	p = MAIL_MAKE_ROW(m, struct mail_part, parts, row);
	*p = (struct mail_part){ .parent = row ? 0 : MAIL_NONE,
	    .child = row ? MAIL_NONE : 1, .next = row == 1 ? 2 : MAIL_NONE,
	    .number = row ? row : 1, .depth = row > 0,
	    .kind = row ? MAIL_LEAF : MAIL_MULTIPART,
	    .virus = row == 0 ? s->mail : row == 1 ? s->first : s->second,
	    .marks = row == 2 ? MAIL_ARCHIVE_CUT | MAIL_NAMES_CUT |
		    MAIL_ENCRYPTED : 0,
	    .decoded = 7 * row,
	    .names = names, .identified = type,
	    .ordered = ordered };
	p->header = (struct mail_span){ 20 * row, 10 };
	p->body = (struct mail_span){ 20 * row + 10,
	    row ? 10 : OCTETS - 10 };
}

static void
open_index(struct known *k, const struct said *s)
{
	struct mail_make m;
	struct mail_ref parts;
	uint64_t size;
	int fd;

	mail_make_begin(&m, OCTETS);
	parts = MAIL_MAKE_ROWS(&m, struct mail_part, PARTS);
	for (unsigned i = 0; i < PARTS; i++)
		fill_part(&m, parts, i, s);
	mail_make_head(&m)->parts = parts;
	mail_make_head(&m)->virus = s->mail;
	mail_make_head(&m)->spam = -5;
	if (mail_make_end(&m, &fd, &size) < 0)
		abort();
	block = sealed_map(fd, size);
	close(fd);
	if (mail_index_open(&x, block.p, block.n, OCTETS) < 0)
		abort();
	arena_init(&arena, 1 << 16, NULL, NULL);
	known_open(k, &x, &arena);
}

static void
close_index(void)
{
	sealed_unmap(block);
	arena_fini(&arena);
}

static const struct {
	const char *name;
	struct said said;
	uint8_t first, second;
} viruses[] = {
	{ "free", { CONF_VIRUS_FREE, CONF_VIRUS_FREE, CONF_VIRUS_FREE },
	    CONF_VIRUS_FREE, CONF_VIRUS_FREE },
	{ "found in a part", { CONF_VIRUS_FOUND, CONF_VIRUS_FREE,
	    CONF_VIRUS_FOUND }, CONF_VIRUS_FREE, CONF_VIRUS_FOUND },
	{ "found in no part, so in each", { CONF_VIRUS_FOUND,
	    CONF_VIRUS_FREE, CONF_VIRUS_ERROR }, CONF_VIRUS_FOUND,
	    CONF_VIRUS_FOUND },
	{ "an error of a part", { CONF_VIRUS_FREE, CONF_VIRUS_ERROR,
	    CONF_VIRUS_FREE }, CONF_VIRUS_ERROR, CONF_VIRUS_FREE },
};

static void
test_viruses(void)
{
	for (size_t i = 0; i < sizeof viruses / sizeof *viruses; i++) {
		struct acl_doc_facts d;
		struct known k;

		open_index(&k, &viruses[i].said);
		known_doc(&k, 0, &effort, &d);
		tap_int(viruses[i].first, d.virus, "%s: the first",
		    viruses[i].name);
		known_doc(&k, 1, &effort, &d);
		tap_int(viruses[i].second, d.virus, "%s: the second",
		    viruses[i].name);
		close_index();
	}
}

static void
test_facts(void)
{
	const struct said said = { CONF_VIRUS_FREE, CONF_VIRUS_FREE,
	    CONF_VIRUS_SKIPPED };
	struct acl_mail_facts m;
	struct acl_doc_facts d;
	struct known k;

	open_index(&k, &said);
	known_mail(&k, &effort, OCTETS, &m);
	tap_int(2, m.docs, "a multipart is no document");
	tap_int(2, m.types.n, "types are those of documents");
	tap_ok(str_eq(STR("text/plain"), m.types.at(&m.types, 0)),
	    "the first one's");
	tap_int(0, (long)m.types.at(&m.types, 1).n, "and none of the second");
	tap_int(0, m.spam, "a score has 0 at least");
	known_doc(&k, 1, &effort, &d);
	tap_int(14, (long)d.size, "a document is as large as its octets");
	tap_int(1, d.depth, "and as deep as it stands");
	tap_ok(str_eq(STR("b.exe"), d.names.at(&d.names, 1)),
	    "it has all its names");
	tap_ok(d.members.cut, "an archive may have other members");
	tap_ok(d.names.cut, "and it other names");
	tap_ok(d.encrypted, "or a password");
	if (tap_int(2, d.ordered.n, "its types by other orders are known"))
		tap_str(STR("image/png"), d.ordered.at(&d.ordered, 1),
		    "each by its number");
	known_doc(&k, 0, &effort, &d);
	tap_ok(!d.encrypted, "the other has none");
	tap_int(1, d.ordered.n, "those that the index has");
	close_index();
}

int
main(void)
{
	test_viruses();
	test_facts();
	return tap_done();
}
