#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "hosts.h"
#include "module.h"
#include "tap.h"

const struct module_head *const module_static[] = { NULL };

/* A file: names, how many addresses each, when they expire. */
enum { ROWS = 3 };
static struct {
	struct hosts_head head;
	struct hosts_row rows[ROWS];
	uint8_t ip[4][16];
	char names[32];
} file;

static void
seal(void)
{
	file.head.sum = conf_sum(&file.head + 1, sizeof file -
	    sizeof file.head);
}

static void
make(void)
{
	static const char *const names[ROWS] = { "a.test", "ab.test",
		"b.test" };
	uint32_t at = offsetof(typeof(file), names), ip = 0;

	memset(&file, 0, sizeof file);
	memcpy(file.head.magic, HOSTS_MAGIC, sizeof file.head.magic);
	file.head.format = HOSTS_FORMAT;
	file.head.size = sizeof file;
	file.head.rows = (struct conf_ref){ offsetof(typeof(file), rows),
	    ROWS };
	for (uint32_t i = 0; i < ROWS; i++) {
		uint32_t n = (uint32_t)strlen(names[i]);

		memcpy((char *)&file + at, names[i], n + 1);
		file.rows[i].name = (struct conf_ref){ at, n };
		file.rows[i].addrs = (struct conf_ref){
		    offsetof(typeof(file), ip) + ip * 16, i == 1 ? 2 : 1 };
		file.rows[i].expires = 1000;
		at += n + 1;
		ip += file.rows[i].addrs.n;
	}
	for (uint8_t i = 0; i < 4; i++)
		file.ip[i][15] = (uint8_t)(i + 1);
	seal();
}

static void
test_find(void)
{
	const struct hosts_row *row;
	struct hosts h;

	make();
	tap_int(0, hosts_open_mem(&h, &file, sizeof file), "a file is read");
	for (int i = 0; i < ROWS; i++) {
		struct str name = str_c((char *)&file +
		    file.rows[i].name.off);

		tap_ok(hosts_find(&h, name) == &file.rows[i], "%s is found",
		    name.p);
	}
	row = hosts_find(&h, STR("ab.test"));
	tap_int(3, hosts_addrs(&h, row)[1][15], "with its addresses");
	tap_ok(hosts_find(&h, STR("a.tes")) == NULL, "a shorter name is not");
	tap_ok(hosts_find(&h, STR("a.test.")) == NULL, "nor a longer one");
	tap_ok(hosts_find(&h, STR("c.test")) == NULL, "nor another");
	tap_ok(hosts_find(&h, STR_NULL) == NULL, "nor none");
	tap_ok(hosts_fresh(row, 999), "a second before it expires it holds");
	tap_ok(!hosts_fresh(row, 1000), "then no more");
	tap_ok(!hosts_fresh(row, 999 - HOSTS_TTL_MAX),
	    "nor when the clock went back further than any TTL");
	hosts_close(&h);
	tap_ok(hosts_find(&h, STR("a.test")) == NULL, "nothing is in none");
}

static void
test_damage(void)
{
	struct hosts h;

	make();
	tap_int(ERR_CONFIG, hosts_open_mem(&h, &file, sizeof file.head - 1),
	    "a short file");
	tap_int(ERR_CONFIG, hosts_open_mem(&h, &file, sizeof file - 1),
	    "a cut file");
	tap_cstr("damaged", h.why, "is said to be damaged");
	file.ip[0][0]++;
	tap_int(ERR_CONFIG, hosts_open_mem(&h, &file, sizeof file),
	    "a changed octet");
	make();
	file.head.format++;
	tap_int(ERR_CONFIG, hosts_open_mem(&h, &file, sizeof file),
	    "another format");
	make();
	file.rows[1].addrs.off = sizeof file - 16;
	file.rows[0].addrs.n = HOSTS_ADDRS + 1;
	file.rows[2].addrs.n = 0;
	seal();
	hosts_open_mem(&h, &file, sizeof file);
	for (int i = 0; i < ROWS; i++)
		tap_ok(hosts_addrs(&h, &file.rows[i]) == NULL,
		    "addresses that are not there: %d", i);
	file.rows[1].name.off = UINT32_MAX;
	file.head.rows.n = UINT32_MAX;
	seal();
	tap_ok(hosts_find(&h, STR("a.test")) == NULL,
	    "rows that are not there");
	file.head.rows.n = ROWS;
	tap_ok(hosts_find(&h, STR("a.test")) != NULL,
	    "a name that is not there hides no other");
}

static void
test_files(void)
{
	char dir[] = "/tmp/hosts.XXXXXX", path[PATH_MAX], cache[64];
	struct hosts h;
	FILE *f;

	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(cache, sizeof cache, "%s/cache", dir);
	tap_ok(hosts_path(cache, path), "a cache's file");
	tap_int(ERR_CONFIG, hosts_open(&h, path), "that is not there");
	tap_cstr("not there", h.why, "is said to be");
	make();
	f = fopen(path, "w");
	fwrite(&file, sizeof file, 1, f);
	fclose(f);
	chmod(path, 0644);
	tap_int(0, hosts_open(&h, path), "one that is");
	tap_ok(hosts_find(&h, STR("b.test")) != NULL, "is read");
	hosts_close(&h);
	chmod(path, 0664);
	tap_int(ERR_CONFIG, hosts_open(&h, path), "not when others write it");
	tap_int(ERR_CONFIG, hosts_open(&h, dir), "nor a folder");
	unlink(path);
	mkfifo(path, 0600);
	tap_int(ERR_CONFIG, hosts_open(&h, path), "nor a pipe");
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	test_find();
	test_damage();
	test_files();
	return tap_done();
}
