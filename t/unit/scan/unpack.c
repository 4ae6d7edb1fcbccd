/* Members of archives that libarchive writes, whole, damaged and as bombs. */

#include <archive.h>
#include <archive_entry.h>

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "err.h"
#include "tap.h"
#include "unpack.h"

enum { ARCHIVE_MAX = 8 << 20, TEXT_MAX = 4096 };


/* How one is made. */
struct kind {
	const char *name;
	int (*format)(struct archive *), (*filter)(struct archive *);
	const char *option, *value;
};

static const struct kind zip = { "zip", archive_write_set_format_zip };
static const struct kind locked = { "encrypted zip",
    archive_write_set_format_zip, NULL, "encryption", "traditional" };
static const struct kind tar = { "tar", archive_write_set_format_pax };
static const struct kind targz = { "tar.gz", archive_write_set_format_ustar,
    archive_write_add_filter_gzip };
static const struct kind tarxz = { "tar.xz", archive_write_set_format_ustar,
    archive_write_add_filter_xz };
static const struct kind seven = { "7z", archive_write_set_format_7zip };
static const struct kind iso = { "iso", archive_write_set_format_iso9660 };
static const struct kind gz = { "gzip", archive_write_set_format_raw,
    archive_write_add_filter_gzip };
static const struct kind bz = { "bzip2", archive_write_set_format_raw,
    archive_write_add_filter_bzip2 };
static const struct kind zst = { "zstd", archive_write_set_format_raw,
    archive_write_add_filter_zstd };

static char *octets;
static size_t size;

static struct archive *
begin(const struct kind *k)
{
	struct archive *a = archive_write_new();

	k->format(a);
	if (k->filter != NULL)
		k->filter(a);
	if (k->option != NULL) {
		archive_write_set_option(a, NULL, k->option, k->value);
		archive_write_set_passphrase(a, "secret");
	}
	archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_open_memory(a, octets, ARCHIVE_MAX, &size) < 0)
		abort();
	return a;
}

/* A member of n octets that repeat text. */
static void
add(struct archive *a, const char *name, const char *text, size_t n)
{
	struct archive_entry *e = archive_entry_new();
	static char part[65536];

	for (size_t i = 0; i < sizeof part; i++)
		part[i] = n > 0 ? text[i % strlen(text)] : 0;
	archive_entry_copy_pathname(e, name);
	archive_entry_set_filetype(e, name[strlen(name) - 1] == '/' ?
	    AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)n);
	if (archive_write_header(a, e) < 0)
		abort();
	while (n > 0) {
		size_t k = n < sizeof part ? n : sizeof part;

		if (archive_write_data(a, part, k) < 0)
			abort();
		n -= k;
	}
	archive_entry_free(e);
}

static void
end(struct archive *a)
{
	if (archive_write_close(a) < 0)
		abort();
	archive_write_free(a);
}

static void
make(const struct kind *k)
{
	struct archive *a = begin(k);

	add(a, "a.txt", "hello", 5);
	if (k->format != archive_write_set_format_raw) {
		add(a, "folder/", "", 0);
		add(a, "folder/b.exe", "MZ", 100000);
	}
	end(a);
}

/*
 * What is found: "kind: name size head;... -> result marks".  The octets of
 * each member are read to the end.
 */
static const char *
list(struct str s)
{
	static char text[TEXT_MAX];
	struct unpack_member m;
	struct unpack u;
	char buf[9999];
	size_t n = 0;
	int rc;

	if (unpack_open(&u, s, CLOCK_NEVER) == 0)
		return "none";
	while ((rc = unpack_next(&u, &m)) > 0) {
		int64_t k, all = 0;

		while ((k = unpack_read(&u, buf, sizeof buf)) > 0)
			all += k;
		if (k < 0)
			rc = (int)k;
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "%.*s %lld %.*s;", STR_ARG(m.name), (long long)all,
		    m.head.n < 5 ? (int)m.head.n : 5, m.head.p);
		if (n > TEXT_MAX - 200)
			n = 0;
		if (k < 0)
			break;
	}
	snprintf(text + n, sizeof text - n, "%s %s %u", u.kind,
	    rc == 0 ? "end" : err_name(rc), u.marks);
	unpack_close(&u);
	return text;
}

#define BOTH "a.txt 5 hello;folder/b.exe 100000 MZMZM;"

static const struct {
	const struct kind *kind;
	const char *want;
} whole[] = {
	{ &zip, BOTH "zip end 0" },
	{ &tar, BOTH "tar end 0" },
	{ &targz, BOTH "tar end 0" },
	{ &tarxz, BOTH "tar end 0" },
	{ &seven, BOTH "7z end 0" },
	{ &gz, "data 5 hello;gzip end 0" },
	{ &bz, "data 5 hello;bzip2 end 0" },
	{ &zst, "data 5 hello;zstd end 0" },
	{ &locked, "a.txt 0 ;folder/b.exe 0 ;zip end 1" },
};

/* Every archive cut anywhere is never one that is whole. */
static void
test_cut(const struct kind *k, const char *want)
{
	size_t n, step = size / 200 + 1, bad = 0;

	for (n = 1; n < size; n += step)
		if (strcmp(list((struct str){ octets, n }), want) == 0)
			bad++;
	/* a tar may end before its last empty blocks do */
	tap_ok(bad == 0 || (strstr(k->name, "tar") != NULL && bad < 5),
	    "%s cut anywhere is not whole", k->name);
}

static void
test_whole(void)
{
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		make(whole[i].kind);
		tap_cstr(whole[i].want, list((struct str){ octets, size }),
		    "%s", whole[i].kind->name);
		test_cut(whole[i].kind, whole[i].want);
	}
	make(&iso);
	tap_ok(strstr(list((struct str){ octets, size }),
	    "a.txt 5 hello;folder/b.exe 100000 MZMZM;iso end 0") != NULL,
	    "iso");
}

static void
test_none(void)
{
	tap_cstr("none", list(STR("")), "no octets");
	tap_cstr("none", list(STR("hello")), "text");
	tap_cstr("none", list(STR("%PDF-1.4\n")), "a document");
}

/* Rename a.txt, in each place where a zip has it. */
static void
rename_to(const char *name)
{
	for (size_t i = 0; i + 5 <= size; i++)
		if (memcmp(octets + i, "a.txt", 5) == 0)
			memcpy(octets + i, name, 5);
}

static void
test_names(void)
{
	make(&zip);
	rename_to("\xe1.exe");
	tap_cstr("\xe1.exe 5 hello;folder/b.exe 100000 MZMZM;zip end 0",
	    list((struct str){ octets, size }),
	    "a name in another charset stays as it stands");
	make(&zip);
	rename_to("a\0exe");
	tap_cstr("a 5 hello;folder/b.exe 100000 MZMZM;zip end 0",
	    list((struct str){ octets, size }),
	    "one with a NUL ends there, as readers in C take it");
}

/* Little that becomes much. */
static void
test_bombs(void)
{
	struct archive *a = begin(&gz);
	int64_t t0;

	add(a, "data", "\1", 120 << 20);
	end(a);
	t0 = clock_ms();
	tap_ok(strstr(list((struct str){ octets, size }),
	    "gzip limit 16") != NULL, "a bomb in gzip stops");
	a = begin(&targz);
	add(a, "a", "\1", 120 << 20);
	add(a, "b.exe", "MZ", 2);
	end(a);
	tap_ok(strstr(list((struct str){ octets, size }),
	    "tar limit 16") != NULL, "and in a member that is passed over");
	a = begin(&zip);
	for (int i = 0; i <= UNPACK_MEMBERS_MAX; i++)
		add(a, "a.txt", "x", 1);
	end(a);
	tap_ok(strstr(list((struct str){ octets, size }),
	    "zip limit 16") != NULL, "so do many members");
	tap_ok(clock_ms() - t0 < 10000, "in time");
}

/* Only what was asked is read: a list of heads stops at a bomb as well. */
static void
test_heads(void)
{
	struct archive *a = begin(&targz);
	struct unpack_member m;
	struct unpack u;

	add(a, "a", "\1", 120 << 20);
	add(a, "b", "x", 1);
	end(a);
	tap_int(1, unpack_open(&u, (struct str){ octets, size }, CLOCK_NEVER),
	    "an archive");
	tap_int(1, unpack_next(&u, &m), "its first member");
	tap_int(UNPACK_HEAD, (int64_t)m.head.n, "has a head");
	tap_int(ERR_LIMIT, unpack_next(&u, &m), "behind it is too much");
	tap_cstr("archive: it is compressed too much", u.why, "as is said");
	tap_int(ERR_LIMIT, unpack_next(&u, &m), "and stays so");
	unpack_close(&u);
	tap_int(1, unpack_open(&u, (struct str){ octets, size },
	    clock_ms()), "with no time left");
	tap_int(ERR_LIMIT, unpack_next(&u, &m), "there is no member");
	tap_cstr("archive: it takes too long", u.why, "as is said");
	unpack_close(&u);
}

/* gzip in gzip: the inner one is a member, not undone. */
static void
test_layers(void)
{
	struct archive *a;
	char inner[200];
	size_t n;

	make(&gz);
	n = size;
	if (n > sizeof inner)
		abort();
	memcpy(inner, octets, n);
	a = begin(&gz);
	{
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, "x");
		archive_entry_set_filetype(e, AE_IFREG);
		archive_write_header(a, e);
		archive_write_data(a, inner, n);
		archive_entry_free(e);
	}
	end(a);
	tap_ok(strstr(list((struct str){ octets, size }),
	    "data ") != NULL, "one layer is undone");
	tap_ok(strstr(list((struct str){ octets, size }),
	    "hello") == NULL, "and no other");
}

int
main(void)
{
	octets = malloc(ARCHIVE_MAX);
	unpack_prepare();
	test_whole();
	test_none();
	test_names();
	test_bombs();
	test_heads();
	test_layers();
	free(octets);
	return tap_done();
}
