#include <sys/stat.h>

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "store.h"

enum {
	/*
	 * Of the lock file: when the machine was started, in s since 1970, as
	 * its clocks have it.  After one was set there is another store.
	 */
	BOOT_TEXT = 20,
	BOOT_SAME_S = 2,
	/* Its octets that are locked: opening, the file's content; claims
	 * are behind them. */
	LOCK_OPENING = 0,
	LOCK_CONTENT = 1,
	TRY_NS = 100000,
	/*
	 * Pages that are kept free: a write copies the pages on its way, and
	 * removing the oldest is one.
	 */
	RESERVE = 64,
	/* Removed for each that is put while there is no room. */
	EVICTED = 2,
	PUT_TRIES = 3,
};

struct store {
	MDB_env *env;
	MDB_dbi values, ages;
	int lock;
	uint64_t pages;			/* that may be in use */
	const char *why;		/* of the last call; constant */
};

/* In front of a value. */
struct stamp { int64_t time; };

/* A key of ages: in the order of time. */
struct age {
	uint64_t time;			/* big-endian */
	struct store_key key;
};

static_assert(sizeof(struct store_key) == 40 && sizeof(struct age) == 48,
    "keys have no holes");

/* Whoever opens it next begins anew: the lock file is no boot's. */
static bool
condemn(int fd)
{
	static const char none[BOOT_TEXT];

	return pwrite(fd, none, BOOT_TEXT, 0) == BOOT_TEXT;
}

static int
fail(struct store *s, int rc)
{
	switch (rc) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		s->why = "the disk is full";
		return ERR_IO;
	case MDB_MAP_FULL:
		s->why = "it is full";
		return ERR_IO;
	case ENOMEM:
		s->why = "no memory";
		return ERR_IO;
	case EBUSY:
		s->why = "it is busy";
		return ERR_LIMIT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_PANIC:
		s->why = condemn(s->lock) ? "it is damaged" :
		    "it is damaged, and cannot be thrown away";
		return ERR_SYNTAX;
	default:
		s->why = "it cannot be read or written";
		return ERR_IO;
	}
}

/* ---- locks --------------------------------------------------------------- */

static bool
try_lock(int fd, short type, off_t at)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
	    .l_start = at, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

static bool
lock(int fd, short type, off_t at)
{
	const struct timespec wait = { 0, TRY_NS };
	int64_t until = clock_after(type == F_WRLCK ? STORE_WRITE_MS :
	    STORE_LOCK_MS);

	while (!try_lock(fd, type, at)) {
		if ((errno != EAGAIN && errno != EACCES && errno != EINTR) ||
		    clock_left(until) == 0)
			return false;
		nanosleep(&wait, NULL);
	}
	return true;
}

static off_t
claim_of(const uint8_t mail[STORE_HASH])
{
	uint64_t n;

	memcpy(&n, mail, sizeof n);
	return (off_t)(n >> 2) + LOCK_CONTENT + 1;	/* below OFF_MAX */
}

static bool
store_claim(struct store *s, const uint8_t mail[STORE_HASH])
{
	/* whatever else is wrong with locks: then there is no other */
	return try_lock(s->lock, F_WRLCK, claim_of(mail)) ||
	    (errno != EAGAIN && errno != EACCES);
}

static void
store_release(struct store *s, const uint8_t mail[STORE_HASH])
{
	try_lock(s->lock, F_UNLCK, claim_of(mail));
}

/* ---- transactions, each under the lock ----------------------------------- */

static int
begin(struct store *s, bool writes, MDB_txn **t_r)
{
	int rc;

	*t_r = NULL;
	if (!lock(s->lock, writes ? F_WRLCK : F_RDLCK, LOCK_CONTENT))
		return EBUSY;
	rc = mdb_txn_begin(s->env, NULL, writes ? 0 : MDB_RDONLY, t_r);
	if (rc != 0) {
		*t_r = NULL;
		try_lock(s->lock, F_UNLCK, LOCK_CONTENT);
	}
	return rc;
}

/* Commit when all went well. */
static int
end(struct store *s, MDB_txn *t, int rc)
{
	if (t == NULL)
		return rc;
	if (rc == 0)
		rc = mdb_txn_commit(t);
	else
		mdb_txn_abort(t);
	try_lock(s->lock, F_UNLCK, LOCK_CONTENT);
	return rc;
}

static MDB_val
val(const void *p, size_t n)
{
	return (MDB_val){ n, (void *)(uintptr_t)p };
}

static MDB_val
key_val(const struct store_key *k)
{
	return val(k, sizeof *k);
}

static struct age
age_of(const struct store_key *k, int64_t time)
{
	return (struct age){ htobe64((uint64_t)time), *k };
}

/* ---- removing ------------------------------------------------------------ */

/* A value and its age: 0, or what LMDB says. */
static int
drop(struct store *s, MDB_txn *t, const struct store_key *k)
{
	MDB_val key = key_val(k), v;
	struct stamp stamp;
	struct age age;
	int rc = mdb_get(t, s->values, &key, &v);

	if (rc == 0 && v.mv_size < sizeof stamp)
		return MDB_CORRUPTED;
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	memcpy(&stamp, v.mv_data, sizeof stamp);
	age = age_of(k, stamp.time);
	rc = mdb_del(t, s->values, &key, NULL);
	if (rc != 0)
		return rc;
	key = val(&age, sizeof age);
	rc = mdb_del(t, s->ages, &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Up to max of the oldest, put before a time; *n_r is how many. */
static int
drop_oldest(struct store *s, MDB_txn *t, int64_t before, int max, int *n_r)
{
	struct age age;
	MDB_cursor *c;
	MDB_val k, v;
	int rc = 0;

	for (*n_r = 0; *n_r < max; ++*n_r) {
		rc = mdb_cursor_open(t, s->ages, &c);
		if (rc != 0)
			return rc;
		rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);
		if (rc == 0 && k.mv_size != sizeof age)
			rc = MDB_CORRUPTED;
		if (rc == 0)
			memcpy(&age, k.mv_data, sizeof age);
		mdb_cursor_close(c);
		if (rc != 0 || (int64_t)be64toh(age.time) >= before)
			break;
		rc = drop(s, t, &age.key);
		/* its value may be another's by now */
		k = val(&age, sizeof age);
		if (rc == 0 && (rc = mdb_del(t, s->ages, &k, NULL)) ==
		    MDB_NOTFOUND)
			rc = 0;
		if (rc != 0)
			break;
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The mail's next value behind *at: 0, or what LMDB says. */
static int
behind(struct store *s, MDB_txn *t, struct store_key *at, MDB_val *v)
{
	MDB_val k = key_val(at);
	MDB_cursor *c;
	int rc = mdb_cursor_open(t, s->values, &c);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(c, &k, v, MDB_SET_RANGE);
	if (rc == 0 && k.mv_size == sizeof *at &&
	    memcmp(k.mv_data, at, sizeof *at) == 0)
		rc = mdb_cursor_get(c, &k, v, MDB_NEXT);
	if (rc == 0 && k.mv_size != sizeof *at)
		rc = MDB_CORRUPTED;
	if (rc == 0 && memcmp(k.mv_data, at->mail, sizeof at->mail) != 0)
		rc = MDB_NOTFOUND;
	if (rc == 0)
		memcpy(at, k.mv_data, sizeof *at);
	mdb_cursor_close(c);
	return rc;
}

static int
drop_mail(struct store *s, MDB_txn *t, const uint8_t *mail, int max,
    int *n_r)
{
	struct store_key at = { .engine = 0 };
	MDB_val v;
	int rc = 0;

	memcpy(at.mail, mail, sizeof at.mail);
	for (*n_r = 0; *n_r < max; ++*n_r)
		if ((rc = behind(s, t, &at, &v)) != 0 ||
		    (rc = drop(s, t, &at)) != 0)
			break;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* What is removed: a mail's, or all that was put before a time. */
struct removal {
	const uint8_t *mail;		/* NULL: of any */
	int64_t before;
};

/* A batch of them, a smaller one where there is little room to work in. */
static int
remove_some(struct store *s, const struct removal *r, const char **why_r)
{
	MDB_txn *t;
	int n = 0, rc = MDB_MAP_FULL;

	for (int max = STORE_BATCH; max > 0 && rc == MDB_MAP_FULL; max /= 4) {
		rc = begin(s, true, &t);
		if (rc == 0)
			rc = end(s, t, r->mail != NULL ?
			    drop_mail(s, t, r->mail, max, &n) :
			    drop_oldest(s, t, r->before, max, &n));
	}
	if (rc == 0)
		return n;
	rc = fail(s, rc);
	*why_r = s->why;
	return rc;
}

static int
store_expire(struct store *s, int64_t before, const char **why_r)
{
	return remove_some(s, &(struct removal){ NULL, before }, why_r);
}

static int
store_forget(struct store *s, const uint8_t *mail, const char **why_r)
{
	return remove_some(s, &(struct removal){ mail, INT64_MAX }, why_r);
}

/* ---- room ---------------------------------------------------------------- */

/*
 * Pages of the file that hold something; the lock is held.  In a transaction
 * of its own: LMDB shows its list of free pages to readers only.
 */
static int
used_pages(struct store *s, uint64_t *n_r)
{
	const MDB_dbi unused = 0;
	MDB_envinfo info;
	MDB_cursor *c;
	MDB_txn *t;
	MDB_val k, v;
	size_t pages;
	int rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &t);

	if (rc != 0)
		return rc;
	if ((rc = mdb_env_info(s->env, &info)) != 0 ||
	    (rc = mdb_cursor_open(t, unused, &c)) != 0) {
		mdb_txn_abort(t);
		return rc;
	}
	*n_r = info.me_last_pgno + 1;
	while ((rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) == 0) {
		if (v.mv_size < sizeof pages)
			continue;
		memcpy(&pages, v.mv_data, sizeof pages);
		*n_r -= pages < *n_r ? pages : *n_r;
	}
	mdb_cursor_close(c);
	mdb_txn_abort(t);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
make_room(struct store *s, MDB_txn *t)
{
	uint64_t used;
	int n, rc = used_pages(s, &used);

	if (rc == 0 && used > s->pages)
		rc = drop_oldest(s, t, INT64_MAX, EVICTED, &n);
	return rc;
}

/* ---- values -------------------------------------------------------------- */

static int
copy_value(MDB_val v, char out[STORE_VALUE_MAX], int64_t *time_r)
{
	struct stamp stamp;

	if (v.mv_size < sizeof stamp ||
	    v.mv_size - sizeof stamp > STORE_VALUE_MAX)
		return -1;
	memcpy(&stamp, v.mv_data, sizeof stamp);
	*time_r = stamp.time;
	memcpy(out, (const char *)v.mv_data + sizeof stamp,
	    v.mv_size - sizeof stamp);
	return (int)(v.mv_size - sizeof stamp);
}

/* A value's octets, 0 there is none, or ERR_*. */
static int
answer(struct store *s, int rc, int n, const char **why_r)
{
	if (rc == 0 || rc == MDB_NOTFOUND)
		return rc == 0 ? n : 0;
	rc = fail(s, rc);
	*why_r = s->why;
	return rc;
}

static int
store_get(struct store *s, const struct store_key *k,
    char out[STORE_VALUE_MAX], int64_t *time_r, const char **why_r)
{
	MDB_val key = key_val(k), v;
	MDB_txn *t;
	int n = 0, rc = begin(s, false, &t);

	if (rc == 0) {
		rc = mdb_get(t, s->values, &key, &v);
		if (rc == 0 && (n = copy_value(v, out, time_r)) < 0)
			rc = MDB_CORRUPTED;
		rc = end(s, t, rc);
	}
	return answer(s, rc, n, why_r);
}

static int
put_once(struct store *s, const struct store_key *k, int64_t time,
    struct str value)
{
	char octets[sizeof(struct stamp) + STORE_VALUE_MAX];
	struct stamp stamp = { time };
	struct age age = age_of(k, time);
	MDB_val key = key_val(k), old = val(&age, sizeof age), v;
	MDB_txn *t;
	int rc = begin(s, true, &t);

	if (rc != 0)
		return rc;
	memcpy(octets, &stamp, sizeof stamp);
	memcpy(octets + sizeof stamp, value.p, value.n);
	rc = drop(s, t, k);
	if (rc == 0)
		rc = make_room(s, t);
	v = val(octets, sizeof stamp + value.n);
	if (rc == 0)
		rc = mdb_put(t, s->values, &key, &v, 0);
	v = val("", 0);
	if (rc == 0)
		rc = mdb_put(t, s->ages, &old, &v, 0);
	return end(s, t, rc);
}

static int
store_put(struct store *s, const struct store_key *k, int64_t time,
    struct str value, const char **why_r)
{
	int rc;

	assert(value.n > 0 && value.n <= STORE_VALUE_MAX);
	for (int i = 0; i < PUT_TRIES; i++) {
		rc = put_once(s, k, time, value);
		if (rc != MDB_MAP_FULL ||
		    store_expire(s, INT64_MAX, why_r) <= 0)
			break;
	}
	if (rc == 0)
		return 0;
	rc = fail(s, rc);
	*why_r = s->why;
	return rc;
}

static int
store_next(struct store *s, struct store_key *at, char out[STORE_VALUE_MAX],
    int64_t *time_r, const char **why_r)
{
	MDB_val v;
	MDB_txn *t;
	int n = 0, rc = begin(s, false, &t);

	if (rc == 0) {
		rc = behind(s, t, at, &v);
		if (rc == 0 && (n = copy_value(v, out, time_r)) < 0)
			rc = MDB_CORRUPTED;
		rc = end(s, t, rc);
	}
	return answer(s, rc, n, why_r);
}

static int
look(struct store *s, MDB_txn *t, struct store_state *out)
{
	MDB_stat st;
	MDB_cursor *c;
	MDB_val k, v;
	uint64_t pages, time;
	int rc = mdb_stat(t, s->values, &st);

	if (rc != 0 || (rc = used_pages(s, &pages)) != 0 ||
	    (rc = mdb_cursor_open(t, s->ages, &c)) != 0)
		return rc;
	*out = (struct store_state){ .values = st.ms_entries,
		.used = pages * st.ms_psize, .room = s->pages * st.ms_psize };
	rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);
	if (rc == 0 && k.mv_size >= sizeof time) {
		memcpy(&time, k.mv_data, sizeof time);
		out->oldest = (int64_t)be64toh(time);
	}
	mdb_cursor_close(c);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
store_look(struct store *s, struct store_state *out, const char **why_r)
{
	MDB_txn *t;
	int rc = begin(s, false, &t);

	if (rc == 0)
		rc = end(s, t, look(s, t, out));
	if (rc == 0)
		return 0;
	rc = fail(s, rc);
	*why_r = s->why;
	return rc;
}

/* ---- opening ------------------------------------------------------------- */

/* By clocks: a unit's /proc, or a chroot's, need not have the boot's name. */
static int64_t
booted(void)
{
	struct timespec now, since;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since);
	return now.tv_sec - since.tv_sec;
}

static bool
is_of_boot(int fd, int64_t boot)
{
	char text[BOOT_TEXT + 1] = "";
	long long then;

	return pread(fd, text, BOOT_TEXT, 0) > 0 &&
	    (then = atoll(text)) >= boot - BOOT_SAME_S &&
	    then <= boot + BOOT_SAME_S;
}

/* What another boot wrote may be half on the disk. */
static bool
begin_boot(int fd, const char *path, bool anew)
{
	char text[BOOT_TEXT + 1];
	int64_t boot = booted();

	if (!anew && is_of_boot(fd, boot))
		return true;
	if (unlink(path) < 0 && errno != ENOENT)
		return false;
	snprintf(text, sizeof text, "%*lld", BOOT_TEXT, (long long)boot);
	return pwrite(fd, text, BOOT_TEXT, 0) == BOOT_TEXT;
}

static int
open_dbi(struct store *s, unsigned flags)
{
	MDB_txn *t;
	int rc = begin(s, flags != 0, &t);

	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(t, "values", flags, &s->values);
	if (rc == 0)
		rc = mdb_dbi_open(t, "ages", flags, &s->ages);
	return end(s, t, rc);
}

/*
 * The file's last pages are not there when they were given back before anybody
 * wrote them, and when it was cut off.  Who looks at what is not there is
 * ended; who looks at a hole sees that it is no page.  One of more room does
 * not get smaller, and is mapped whole.
 */
static int
fill_up(struct store *s, size_t page, uint64_t room)
{
	MDB_envinfo info;
	struct stat st;
	uint64_t size;
	int fd, rc = EBUSY;

	/* nobody makes it longer meanwhile */
	if (!lock(s->lock, F_WRLCK, LOCK_CONTENT))
		return rc;
	if ((rc = mdb_env_info(s->env, &info)) == 0 &&
	    (rc = mdb_env_get_fd(s->env, &fd)) == 0) {
		size = (info.me_last_pgno + 1) * page;
		if (fstat(fd, &st) < 0)
			rc = errno;
		else if ((uint64_t)st.st_size > room || size > room)
			rc = MDB_CORRUPTED;
		else if ((uint64_t)st.st_size < size &&
		    ftruncate(fd, (off_t)size) < 0)
			rc = errno;
	}
	try_lock(s->lock, F_UNLCK, LOCK_CONTENT);
	return rc;
}

static int
open_env(struct store *s, const char *path, uint64_t room)
{
	/*
	 * Heap that is written is cleared before (no NOMEMINIT): it may have
	 * been a password's.
	 */
	const unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS |
	    MDB_NOSYNC | MDB_NORDAHEAD;
	MDB_stat st;
	int rc = mdb_env_create(&s->env);

	if (rc != 0 || (rc = mdb_env_set_maxdbs(s->env, 2)) != 0 ||
	    (rc = mdb_env_set_mapsize(s->env, room)) != 0 ||
	    (rc = mdb_env_open(s->env, path, flags, 0600)) != 0 ||
	    (rc = mdb_env_stat(s->env, &st)) != 0)
		return rc;
	if ((rc = fill_up(s, st.ms_psize, room)) != 0)
		return rc;
	s->pages = room / st.ms_psize - RESERVE;
	rc = open_dbi(s, 0);
	return rc == MDB_NOTFOUND ? open_dbi(s, MDB_CREATE) : rc;
}

static void
close_env(struct store *s)
{
	if (s->env != NULL)
		mdb_env_close(s->env);
	s->env = NULL;
}

static void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	close_env(s);
	fd_close(&s->lock);
	free(s);
}

static int
open_lock(const char *path)
{
	char name[PATH_MAX];

	if (snprintf(name, sizeof name, "%s" STORE_LOCK_SUFFIX, path) >=
	    (int)sizeof name)
		return -1;
	return open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int
open_locked(struct store *s, const char *path, uint64_t room)
{
	int rc = EIO;

	for (int anew = 0; anew < 2; anew++) {
		if (!begin_boot(s->lock, path, anew))
			return EIO;
		rc = open_env(s, path, room);
		if (rc == 0 || fail(s, rc) != ERR_SYNTAX)
			break;
		close_env(s);
	}
	return rc;
}

static struct store *
store_open(const char *path, uint64_t room, const char **why_r)
{
	struct store *s = calloc(1, sizeof *s);
	int rc = 0;

	*why_r = "no memory";
	if (s == NULL)
		return NULL;
	s->lock = open_lock(path);
	if (!digest_prepare())
		*why_r = "the library has no SHA-256";
	else if (s->lock < 0)
		*why_r = "its lock file cannot be opened in its folder";
	else if (!lock(s->lock, F_WRLCK, LOCK_OPENING))
		*why_r = "its lock file cannot be locked";
	else if ((rc = open_locked(s, path, room)) != 0)
		*why_r = (fail(s, rc), s->why);
	else
		*why_r = NULL;
	if (*why_r != NULL) {
		store_close(s);
		return NULL;
	}
	try_lock(s->lock, F_UNLCK, LOCK_OPENING);
	return s;
}

static int
store_condemn(const char *path, const char **why_r)
{
	int fd = open_lock(path);
	bool done = fd >= 0 && lock(fd, F_WRLCK, LOCK_OPENING) && condemn(fd);

	fd_close(&fd);
	*why_r = "its lock file cannot be written in its folder";
	return done ? 0 : ERR_IO;
}

const struct store_engine engine_store = {
	.head = MODULE_HEAD("store"),
	.open = store_open,
	.close = store_close,
	.condemn = store_condemn,
	.digest_prepare = digest_prepare,
	.digest_begin = digest_begin,
	.digest_add = digest_add,
	.digest_end = digest_end,
	.get = store_get,
	.put = store_put,
	.claim = store_claim,
	.release = store_release,
	.expire = store_expire,
	.forget = store_forget,
	.look = store_look,
	.next = store_next,
};
