#include <archive.h>
#include <archive_entry.h>

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "clock.h"
#include "err.h"
#include "unpack.h"

enum {
	/* Headers libarchive asks to be read again, in a row. */
	RETRIES_MAX = 8,
};

/*
 * Compressed files, by their first octets.  Only one layer is undone.  Not
 * compress(1): its reader crashes when it is set and not guessed (3.6.2).
 */
static const struct {
	const char *kind;
	struct str magic;
	int filter;
} filters[] = {
	{ "gzip", { "\x1f\x8b", 2 }, ARCHIVE_FILTER_GZIP },
	{ "bzip2", { "BZh", 3 }, ARCHIVE_FILTER_BZIP2 },
	{ "xz", { "\xfd" "7zXZ\0", 6 }, ARCHIVE_FILTER_XZ },
	{ "zstd", { "\x28\xb5\x2f\xfd", 4 }, ARCHIVE_FILTER_ZSTD },
};

/* Formats that libarchive may try. */
static int (*const formats[])(struct archive *) = {
	archive_read_support_format_zip_seekable,
	archive_read_support_format_zip_streamable,
	archive_read_support_format_tar,
	archive_read_support_format_7zip,
	archive_read_support_format_cab,
	archive_read_support_format_rar,
	archive_read_support_format_rar5,
	archive_read_support_format_iso9660,
};

static const struct {
	int format;
	const char *kind;
} kinds[] = {
	{ ARCHIVE_FORMAT_ZIP, "zip" },
	{ ARCHIVE_FORMAT_TAR, "tar" },
	{ ARCHIVE_FORMAT_7ZIP, "7z" },
	{ ARCHIVE_FORMAT_CAB, "cab" },
	{ ARCHIVE_FORMAT_RAR, "rar" },
	{ ARCHIVE_FORMAT_RAR_V5, "rar" },
	{ ARCHIVE_FORMAT_ISO9660, "iso" },
};

/* ---- names: libarchive makes them of the locale's charset --------------- */

static locale_t utf8;

void
unpack_prepare(void)
{
	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Follow with leave(). */
static locale_t
enter(void)
{
	return utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
}

static void
leave(locale_t old)
{
	if (old != (locale_t)0)
		uselocale(old);
}

/* ---- limits ------------------------------------------------------------- */

/* Is it a bomb, or too slow?  Says so. */
static bool
too_much(struct unpack *u)
{
	uint64_t out = u->inflated;
	int64_t filtered = archive_filter_bytes(u->a, 0);

	if (filtered > 0 && (uint64_t)filtered > out)
		out = (uint64_t)filtered;
	if (out > UNPACK_OCTETS_MAX)
		u->why = "archive: it is too large inside";
	else if (out > UNPACK_RATIO_FLOOR &&
	    out / UNPACK_RATIO_MAX > u->octets.n)
		u->why = "archive: it is compressed too much";
	else if (clock_left(u->deadline) == 0)
		u->why = "archive: it takes too long";
	else
		return false;
	u->limited = true;
	u->marks |= UNPACK_CUT;
	return true;
}

/* ---- the octets, for libarchive ----------------------------------------- */

static la_ssize_t
give(struct archive *a, void *ctx, const void **p_r)
{
	struct unpack *u = ctx;
	size_t n = u->octets.n - u->at;

	if (too_much(u)) {
		archive_set_error(a, EIO, "limit");
		return ARCHIVE_FATAL;
	}
	if (n > UNPACK_CHUNK)
		n = UNPACK_CHUNK;
	*p_r = u->octets.p + u->at;
	u->at += n;
	return (la_ssize_t)n;
}

static la_int64_t
skip(struct archive *a, void *ctx, la_int64_t n)
{
	struct unpack *u = ctx;
	la_int64_t left = (la_int64_t)(u->octets.n - u->at);

	(void)a;
	if (n > left)
		n = left;
	if (n > 0)
		u->at += (size_t)n;
	return n > 0 ? n : 0;
}

static la_int64_t
seek(struct archive *a, void *ctx, la_int64_t off, int whence)
{
	struct unpack *u = ctx;
	la_int64_t size = (la_int64_t)u->octets.n;
	la_int64_t from = whence == SEEK_SET ? 0 :
	    whence == SEEK_CUR ? (la_int64_t)u->at : size;

	(void)a;
	if (off > size - from || off < -from)
		return ARCHIVE_FATAL;
	u->at = (size_t)(from + off);
	return from + off;
}

/* ---- opening ------------------------------------------------------------ */

/* A compressed file?  Of archives only tar is read through it: others seek. */
static bool
set_filter(struct unpack *u)
{
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		if (!str_starts(u->octets, filters[i].magic))
			continue;
		/* set, not guessed: libarchive would undo 25 layers */
		archive_read_append_filter(u->a, filters[i].filter);
		archive_read_support_format_tar(u->a);
		archive_read_support_format_raw(u->a);
		archive_read_support_format_empty(u->a);
		u->kind = filters[i].kind;
		return true;
	}
	return false;
}

static int
start(struct unpack *u)
{
	bool whole = !set_filter(u);

	for (size_t i = 0; whole && i < sizeof formats / sizeof *formats; i++)
		formats[i](u->a);
	archive_read_set_read_callback(u->a, give);
	archive_read_set_skip_callback(u->a, skip);
	archive_read_set_seek_callback(u->a, seek);
	archive_read_set_callback_data(u->a, u);
	return archive_read_open1(u->a);
}

int
unpack_open(struct unpack *u, struct str octets, int64_t deadline)
{
	int64_t own = clock_after(UNPACK_MS_MAX);
	locale_t old = enter();
	int rc;

	*u = (struct unpack){ .octets = octets, .kind = "archive",
	    .deadline = deadline < own ? deadline : own };
	u->a = archive_read_new();
	u->head = malloc(UNPACK_HEAD);
	rc = u->a == NULL || u->head == NULL ? ARCHIVE_FATAL : start(u);
	leave(old);
	/* compressed, but not as its first octets say, is damaged */
	if (rc == ARCHIVE_OK || u->limited || strcmp(u->kind, "archive") != 0)
		return 1;
	unpack_close(u);
	return 0;
}

void
unpack_close(struct unpack *u)
{
	if (u->a != NULL)
		archive_read_free(u->a);
	free(u->head);
	u->a = NULL;
	u->head = NULL;
}

/* ---- members ------------------------------------------------------------ */

/* What an error of libarchive's means, once and for all. */
static int
failed(struct unpack *u)
{
	if (u->limited)
		return ERR_LIMIT;
	if (archive_read_has_encrypted_entries(u->a) > 0) {
		u->marks |= UNPACK_ENCRYPTED;
		u->why = "archive: it is encrypted";
	} else {
		u->marks |= UNPACK_DAMAGED;
		u->why = "archive: it is damaged";
	}
	return ERR_SYNTAX;
}

/* Some more octets of the member, from libarchive. */
static int64_t
inflate(struct unpack *u, char *out, size_t n)
{
	la_ssize_t k = archive_read_data(u->a, out, n);

	if (k > 0) {
		u->inflated += (uint64_t)k;
		return too_much(u) ? ERR_LIMIT : k;
	}
	if (k == 0)
		return 0;
	/* this member cannot be read: encrypted, or a method nobody has */
	if (k == ARCHIVE_FAILED && !u->limited) {
		u->marks |= archive_read_has_encrypted_entries(u->a) > 0 ?
		    UNPACK_ENCRYPTED : UNPACK_CUT;
		return 0;
	}
	if (k == ARCHIVE_WARN || k == ARCHIVE_RETRY) {
		u->marks |= UNPACK_DAMAGED;
		return 0;
	}
	return failed(u);
}

static int
fill_head(struct unpack *u)
{
	u->head_n = u->head_at = 0;
	u->head_is_all = false;
	while (u->head_n < UNPACK_HEAD) {
		int64_t k = inflate(u, u->head + u->head_n,
		    UNPACK_HEAD - u->head_n);

		if (k < 0)
			return (int)k;
		if (k == 0) {
			u->head_is_all = true;
			break;
		}
		u->head_n += (size_t)k;
	}
	return 1;
}

/* What is known of the format with the first header. */
static void
first(struct unpack *u)
{
	int format = archive_format(u->a) & ARCHIVE_FORMAT_BASE_MASK;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (format == (kinds[i].format & ARCHIVE_FORMAT_BASE_MASK))
			u->kind = kinds[i].kind;
	if (format == ARCHIVE_FORMAT_ZIP && archive_filter_count(u->a) == 1)
		u->marks |= zip_check(u->octets);
}

static int
next_header(struct unpack *u, struct archive_entry **e_r)
{
	for (int i = 0; i < RETRIES_MAX; i++) {
		int rc = archive_read_next_header(u->a, e_r);

		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
			return 1;
		if (rc != ARCHIVE_RETRY && rc != ARCHIVE_FAILED)
			break;
		u->marks |= UNPACK_DAMAGED;
	}
	return failed(u);
}

/* The last one was it: marks that only now can be known. */
static int
at_end(struct unpack *u)
{
	if (archive_read_has_encrypted_entries(u->a) > 0)
		u->marks |= UNPACK_ENCRYPTED;
	/* libarchive takes a compressed file that breaks off for an empty one */
	if (u->members == 0 && archive_filter_count(u->a) > 1)
		u->marks |= UNPACK_DAMAGED;
	return 0;
}

static int
take(struct unpack *u, struct archive_entry *e, struct unpack_member *m_r)
{
	const char *name = archive_entry_pathname(e);

	m_r->name = name != NULL ? str_c(name) : STR("");
	m_r->encrypted = archive_entry_is_encrypted(e) > 0;
	if (m_r->encrypted)
		u->marks |= UNPACK_ENCRYPTED;
	if (u->members++ == 0)
		first(u);
	if (u->members > UNPACK_MEMBERS_MAX) {
		u->marks |= UNPACK_CUT;
		u->why = "archive: it has too many members";
		return ERR_LIMIT;
	}
	if (archive_entry_filetype(e) == AE_IFDIR)
		return 0;
	if (m_r->encrypted) {
		u->head_n = u->head_at = 0;
		u->head_is_all = true;
		return 1;
	}
	return fill_head(u);
}

int
unpack_next(struct unpack *u, struct unpack_member *m_r)
{
	locale_t old = enter();
	struct archive_entry *e;
	int rc;

	*m_r = (struct unpack_member){ 0 };
	do {
		rc = u->limited || too_much(u) ? ERR_LIMIT : next_header(u, &e);
		if (rc == 0) {
			leave(old);
			return at_end(u);
		}
		if (rc > 0)
			rc = take(u, e, m_r);
	} while (rc == 0);
	leave(old);
	m_r->head = (struct str){ u->head, u->head_n };
	return rc;
}

int64_t
unpack_read(struct unpack *u, char *out, size_t n)
{
	size_t k = u->head_n - u->head_at;

	if (k == 0)
		return u->head_is_all || n == 0 ? 0 : inflate(u, out, n);
	if (k > n)
		k = n;
	memcpy(out, u->head + u->head_at, k);
	u->head_at += k;
	return (int64_t)k;
}
