#include <magic.h>
#include <time.h>

#include "doctype.h"
#include "err.h"

enum {
	/* Nothing is unpacked, executed or guessed from commas. */
	MAGIC_FLAGS = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
	    MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CSV,
};

/* Of libmagic's work on one document; its own defaults but for octets. */
static const struct {
	int param;
	size_t max;
} limits[] = {
	{ MAGIC_PARAM_BYTES_MAX, DOCTYPE_MAGIC_OCTETS },
	{ MAGIC_PARAM_ENCODING_MAX, DOCTYPE_MAGIC_OCTETS },
	{ MAGIC_PARAM_INDIR_MAX, 50 },	/* indirections followed */
	{ MAGIC_PARAM_NAME_MAX, 50 },	/* uses of named rules */
	{ MAGIC_PARAM_REGEX_MAX, 8192 },	/* octets for an expression */
};

static int
load_magic(struct doctype *d, const char *path, const char **why_r)
{
	magic_t m = magic_open(MAGIC_FLAGS);

	if (path == NULL || *path == '\0')
		path = DOCTYPE_MAGIC_FILE;
	*why_r = "magic: no memory";
	if (m == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		magic_setparam(m, limits[i].param, &limits[i].max);
	if (magic_load(m, path) < 0) {
		*why_r = "magic: the database cannot be loaded";
		magic_close(m);
		return ERR_IO;
	}
	d->magic = m;
	return 0;
}

static bool
uses(const struct doctype_order *order, enum doctype_method method)
{
	return memchr(order->method, (int)method, order->n) != NULL;
}

int
doctype_open(struct doctype *d, const struct doctype_order *order,
    const char *magic, const char *mime_types, const char **why_r)
{
	int rc = 0;

	if (uses(order, DOCTYPE_MAGIC) && d->magic == NULL)
		rc = load_magic(d, magic, why_r);
	if (rc == 0 && uses(order, DOCTYPE_EXTENSION) &&
	    d->types.text == NULL && mime_types != NULL && *mime_types != '\0')
		rc = mimetypes_open(&d->types, mime_types, why_r);
	return rc;
}

void
doctype_close(struct doctype *d)
{
	if (d->magic != NULL)
		magic_close(d->magic);
	d->magic = NULL;
	mimetypes_close(&d->types);
}

void
doctype_begin(struct doctype *d)
{
	d->spent = 0;
	d->exhausted = false;
}

/* ---- the methods: a type, or STR_NULL ----------------------------------- */

/* CPU time of this thread, us. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static struct str
by_magic(struct doctype *d, const struct doctype_ask *ask)
{
	size_t n = ask->octets.n < DOCTYPE_MAGIC_OCTETS ? ask->octets.n :
	    DOCTYPE_MAGIC_OCTETS;
	struct str type;
	int64_t start;

	if (d->magic == NULL || n == 0)
		return STR_NULL;
	d->exhausted = d->spent >= DOCTYPE_BUDGET_MS * INT64_C(1000);
	if (d->exhausted)
		return STR_NULL;
	start = cpu_us();
	type = str_c(magic_buffer(d->magic, ask->octets.p, n));
	d->spent += cpu_us() - start;
	/* its word for data it does not know */
	if (str_ieq(type, STR("application/octet-stream")))
		return STR_NULL;
	return type;
}

static struct str
by_content_type(struct doctype *d, const struct doctype_ask *ask)
{
	(void)d;
	return ask->declared;
}

static struct str
by_extension(struct doctype *d, const struct doctype_ask *ask)
{
	for (size_t i = 0; i < ask->nnames; i++) {
		struct str type = mimetypes_of(&d->types, ask->names[i]);

		if (type.n > 0)
			return type;
	}
	return STR_NULL;
}

static struct str (*const methods[])(struct doctype *,
    const struct doctype_ask *) = {
	[DOCTYPE_MAGIC] = by_magic,
	[DOCTYPE_CONTENT_TYPE] = by_content_type,
	[DOCTYPE_EXTENSION] = by_extension,
};

/* What a method says; each is asked once for a document. */
static struct str
say(struct doctype *d, unsigned by, struct doctype_ask *ask)
{
	if (by >= DOCTYPE_METHODS)
		return STR_NULL;
	if (ask->asked >> by & 1)
		return ask->said[by];
	ask->said[by] = methods[by](d, ask);
	/* nothing is known of a method that had no time */
	if (!d->exhausted)
		ask->asked |= 1u << by;
	return ask->said[by];
}

/* ---- the first that knows ------------------------------------------------ */

/* Copy a type to d->type, in lower case. */
static struct str
keep(struct doctype *d, struct str type)
{
	for (size_t i = 0; i < type.n; i++) {
		char c = type.p[i];

		d->type[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return (struct str){ d->type, type.n };
}

/* May a later method's type stand in for this one? */
static bool
refines(struct str old, struct str type)
{
	if (str_eq(old, STR("application/octet-stream")))
		return true;
	return str_istarts(type, STR("text/"));
}

static bool
is_weak(unsigned by, struct str type)
{
	return str_eq(type, STR("application/octet-stream")) ||
	    (by == DOCTYPE_MAGIC && str_eq(type, STR("text/plain")));
}

struct str
doctype_identify(struct doctype *d, const struct doctype_order *order,
    struct doctype_ask *ask)
{
	struct str found = STR_NULL;

	d->exhausted = false;
	for (unsigned i = 0; i < order->n; i++) {
		unsigned by = order->method[i];
		struct str type = say(d, by, ask);

		if (d->exhausted)
			return STR("");
		if (!mimetypes_is_type(type) ||
		    (found.n > 0 && !refines(found, type)))
			continue;
		found = keep(d, type);
		if (!is_weak(by, found))
			return found;
	}
	return found.n > 0 ? found : STR("");
}
