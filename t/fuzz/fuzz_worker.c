/*
 * Any octets as a mail that a worker judges and edits.  Property: the answer
 * is an index that a session can open, all of whose parts and fields lie in
 * the mail, or a reason; and so is that of the mail without some part, whose
 * octets are as many as it says.
 */

#include <sys/mman.h>

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "sealed.h"
#include "worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* As much of a configuration as a mail needs; no libmagic: it is slow. */
static struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_command_acl acl;
	struct conf_mail_acl mail[1];
	struct conf_doc_acl doc[1];
	struct conf_ref header[1];
	struct conf_type_order orders[1];
	struct conf_source source;
	_Alignas(8) char text[32];
} image = { .text = "\0/fuzz.cfg\0Subject\0[x] " };

static struct conf conf = { .map = (const char *)&image,
	.size = sizeof image, .main = &image.main, .head = &image.head };
static struct worker w;

#define TABLE(member) ((struct conf_ref){ \
	(uint32_t)offsetof(struct image, member), 1 })

static struct conf_ref
text(unsigned at, unsigned n)
{
	return (struct conf_ref){
		(uint32_t)offsetof(struct image, text) + at, n };
}

static void
open_worker(void)
{
	const char *why;

	image.head.sources = TABLE(source);
	image.source.path = text(1, 9);
	image.main.command_acls = TABLE(acl);
	image.main.mail_acls = TABLE(mail);
	image.main.doc_acls = TABLE(doc);
	image.main.mail_headers = TABLE(header);
	image.main.asks_types = image.main.asks_members = 1;
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_CONTENT_TYPE }, 1 };
	image.main.type_orders = TABLE(orders);
	image.orders[0] = (struct conf_type_order){
		.methods = { { CONF_BY_EXTENSION, CONF_BY_CONTENT_TYPE }, 2 },
		.directions = 1 << CONF_DOWNLOAD };
	image.header[0] = text(11, 7);
	image.mail[0].prefix_subject = text(19, 4);
	image.doc[0].remove = 1;
	memset(&image.acl.mail[CONF_DOWNLOAD].filter, CONF_MEND_CORRECT,
	    sizeof image.acl.mail[0].filter);
	assert(worker_open(&w, &conf, &why) == 0);
}

/* What a session would look at; how many parts there are. */
static uint32_t
check_index(int fd, uint64_t size, uint64_t octets)
{
	struct str map = sealed_map(fd, size);
	const struct mail_part *p;
	const struct mail_field *f;
	struct mail_index x;
	uint32_t n;

	assert(map.p != NULL && mail_index_open(&x, map.p, map.n, octets) ==
	    0);
	n = mail_index_parts(&x);
	for (uint32_t i = 0; i < n; i++) {
		p = mail_index_part(&x, i);
		for (uint32_t k = 0; k < p->fields.n; k++) {
			f = mail_index_field(&x, p, k);
			assert(f != NULL && f->whole.off >= p->header.off &&
			    f->whole.off + f->whole.n <= p->header.off +
			    p->header.n);
		}
		for (uint32_t k = 0; k < p->names.n; k++)
			mail_index_listed(&x, p->names, k);
		assert(p->kind == MAIL_MULTIPART || p->ordered.n == 0 ||
		    p->ordered.n == image.main.type_orders.n);
	}
	assert(mail_index_part(&x, 0)->bodystructure.n > 0);
	sealed_unmap(map);
	return n;
}

static void
edit(uint32_t parts, uint32_t serial, uint32_t away)
{
	static uint32_t docs[MIME_PARTS_MAX];
	struct mail_edit q = { .serial = serial, .docs = parts };
	struct mail_edit_done *done;
	struct mail_edited a;
	int index, octets;

	for (uint32_t i = 0; i < parts; i++)
		docs[i] = i == away % parts && i > 0 ? 0 : MAIL_NONE;
	worker_edit(&w, &q, docs, -1, &a, &index, &octets, &done);
	if (a.status == MAIL_FACTS_OK && !a.unchanged) {
		assert(sealed_is(octets, a.size));
		check_index(index, a.index_size, a.size);
	} else {
		assert(index == -1 && octets == -1);
	}
	if (index >= 0)
		close(index);
	if (octets >= 0)
		close(octets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mail_judge q = { .serial = 1, .language = CONF_LANG_EN,
		.size = n, .ms = 10000 };
	struct mail_facts a;
	uint32_t parts;
	int fd, index;

	if (w.conf == NULL)
		open_worker();
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	worker_judge(&w, &q, STR_NULL, fd, -1, &a, &index);
	if (a.status != MAIL_FACTS_OK) {
		assert(index == -1 && a.why[0] != '\0');
		return 0;
	}
	parts = check_index(index, a.index_size, n);
	close(index);
	edit(parts, 1, n > 0 ? data[n / 2] : 0);
	worker_forget(&w);
	return 0;
}
