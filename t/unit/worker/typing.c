/* Types by the configuration's order, of each direction, and of members. */

#include <stdlib.h>

#include "tap.h"
#include "typing.h"

static struct image {
	struct conf_head head;
	struct conf_main main;
	char path[16];
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

int
main(void)
{
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
