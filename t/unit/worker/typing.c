/* Types by the configuration's order, of each direction, and of members. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "typing.h"

static struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_type_order orders[3];
	char path[32];
} image = { .path = "/no/such/file" };

static struct conf conf = { .map = (const char *)&image,
	.size = sizeof image, .main = &image.main, .head = &image.head };

static struct arena a;
static struct judged j = { .arena = &a };
static struct judged_part row;

static struct str
identify(struct typing *t, enum conf_direction d, const char *declared,
    struct str octets)
{
	j.direction = d;
	return typing_identify(t, &j, &row, str_c(declared), octets);
}

/* A part that says it is text, has the name of a program, and is a picture. */
static void
test_orders(struct str png, const char *types)
{
	static const struct conf_type_order orders[3] = {
		{ { { CONF_BY_CONTENT_TYPE }, 1 }, 3, { 0 } },
		{ { { CONF_BY_EXTENSION, CONF_BY_MAGIC }, 2 }, 3, { 0 } },
		{ { { CONF_BY_CONTENT_TYPE, CONF_BY_MAGIC }, 2 },
		    1 << CONF_UPLOAD, { 0 } },
	};
	static const char *const want[] = { "text/plain",
		"application/x-dosexec", "" };
	struct judged_part part = { .names = { .n = 0 } };
	struct typing t;

	memcpy(image.orders, orders, sizeof orders);
	image.main.type_orders = (struct conf_ref){
		offsetof(struct image, orders), 3 };
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_MAGIC }, 1 };
	snprintf(image.path, sizeof image.path, "%s", types);
	image.main.doctype.mime_types = (struct conf_ref){
		offsetof(struct image, path), (uint32_t)strlen(types) };
	typing_open(&t, &conf);
	tap_ok(t.why == NULL, "orders find what they need %s", t.why ? t.why :
	    "");
	typing_begin(&t);
	judged_add(&a, &part.names, STR("x.exe"));
	j.direction = CONF_DOWNLOAD;
	typing_part(&t, &j, &part, STR("text/plain"), png);
	tap_str(STR("image/png"), part.identified, "by the direction's");
	if (tap_int(3, part.nordered, "and by each other one"))
		for (int i = 0; i < 3; i++)
			tap_str(str_c(want[i]), part.ordered[i], "by order %d",
			    i + 1);
	j.direction = CONF_UPLOAD;
	image.main.doctype.order_of[CONF_UPLOAD].n = 0;
	typing_part(&t, &j, &part, STR("text/plain"), png);
	tap_str(STR("text/plain"), part.ordered[2],
	    "one of the other direction has its turn there");
	typing_close(&t);
	image.main.type_orders.n = 1000;
	typing_open(&t, &conf);
	tap_int(0, t.nown, "a table that is not there is none");
	typing_close(&t);
	image.main.type_orders.n = 0;
	image.main.doctype.mime_types.n = 0;
}

int
main(void)
{
	char types[] = "/tmp/types.XXXXXX";
	int fd = mkstemp(types);
	const struct str png = STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0"
	    "\0\1\x08\6\0\0\0");
	struct typing t;

	arena_init(&a, 1 << 20, NULL, NULL);
	typing_open(&t, &conf);
	tap_str(STR(""), identify(&t, CONF_DOWNLOAD, "text/plain", png),
	    "what no rule asks about is not known");
	tap_ok(t.doctype.magic == NULL, "and no database is loaded");
	typing_close(&t);

	image.main.asks_types = 1;
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_MAGIC, CONF_BY_CONTENT_TYPE }, 2 };
	image.main.doctype.order_of[CONF_UPLOAD] = (struct conf_methods){
		{ CONF_BY_CONTENT_TYPE, CONF_BY_MAGIC }, 2 };
	typing_open(&t, &conf);
	tap_ok(t.why == NULL, "databases are there %s", t.why ? t.why : "");
	typing_begin(&t);
	tap_str(STR("image/png"), identify(&t, CONF_DOWNLOAD, "text/html",
	    png), "by its octets first");
	tap_str(STR("text/html"), identify(&t, CONF_UPLOAD, "text/html",
	    png), "or by what it says it is");
	typing_member(&t, &j, &row, STR("a"), png);
	typing_member(&t, &j, &row, STR("b"), png);
	j.direction = CONF_DOWNLOAD;
	typing_member(&t, &j, &row, STR("c"), png);
	typing_member(&t, &j, &row, STR("d"), png);
	tap_int(1, row.members.n, "members of one type are one");
	tap_str(STR("image/png"), row.members.s[0], "which it is");
	typing_close(&t);

	if (fd < 0 || dprintf(fd, "application/x-dosexec exe\n") < 0)
		abort();
	close(fd);
	test_orders(png, types);
	unlink(types);
	snprintf(image.path, sizeof image.path, "/no/such/file");
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_MAGIC, CONF_BY_CONTENT_TYPE }, 2 };

	image.main.doctype.magic = (struct conf_ref){
		offsetof(struct image, path), strlen(image.path) };
	typing_open(&t, &conf);
	tap_ok(t.why != NULL, "a database that is not there is named: %s",
	    t.why ? t.why : "");
	typing_begin(&t);
	tap_str(STR("text/html"), identify(&t, CONF_DOWNLOAD, "text/html",
	    png), "its method knows nothing");
	typing_close(&t);
	arena_fini(&a);
	return tap_done();
}
