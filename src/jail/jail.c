#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jail.h"
#include "jail_bpf.h"

/* Landlock as of ABI 7; the build machine's headers may be older. */
enum {
	LL_CREATE = 444,	/* the same number on every machine */
	LL_ADD_RULE = 445,
	LL_RESTRICT = 446,
	LL_PATH_BENEATH = 1,
	LL_GET_VERSION = 1,
	LL_FS_READ = 1 << 2 | 1 << 3,	/* READ_FILE, READ_DIR */
	/* WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE */
	LL_FS_KEEP = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 8 | 1 << 14,
	LL_NET_BIND = 1 << 0,		/* TCP */
	LL_NET_ALL = 1 << 0 | 1 << 1,	/* bind and connect */
	LL_SCOPE_ABSTRACT = 1 << 0,	/* no sockets without a file */
	LL_SCOPE_ALL = 1 << 0 | 1 << 1,	/* nor signals to others */
	LL_ABI_MAX = 7,
};

struct ll_ruleset {
	uint64_t fs, net, scoped;
};

/* What an ABI can be asked to deny of files, and how much it reads. */
static const struct {
	uint32_t fs;
	uint32_t size;
} ll_abi[LL_ABI_MAX + 1] = {
	[1] = { 0x1fff, 8 },
	[2] = { 0x3fff, 8 },	/* refer */
	[3] = { 0x7fff, 8 },	/* truncate */
	[4] = { 0x7fff, 16 },	/* TCP */
	[5] = { 0xffff, 16 },	/* ioctl on devices */
	[6] = { 0xffff, 24 },	/* scopes */
	[7] = { 0xffff, 24 },
};

static struct {
	bool prepared;
	bool seccomp, no_seccomp;
	int landlock;		/* ABI in force, 0: none */
	bool no_landlock;
	uint32_t keep;		/* capabilities asked for */
	uint32_t has;		/* kept */
	int phase;		/* entered last; -1 */
	int folder;		/* whose files are written; -1 */
	int reads[JAIL_READS];	/* whose files WORKER reads */
	unsigned nreads;
	bool spool;		/* a session that may scan */
	uint64_t mapped;	/* octets of a file */
} state = { .phase = -1, .folder = -1 };

/* A constant reason; errno says more. */
static int
fail(const char **why_r, const char *why)
{
	*why_r = why;
	return -1;
}

/* ---- capabilities -------------------------------------------------------- */

enum { RAW = 1 << CAP_NET_RAW };	/* all are of the first word */

void
jail_keep(enum jail_capability c)
{
	static const uint32_t bits[] = {
		[JAIL_NET_RAW] = RAW,
		[JAIL_NET_ADMIN] = 1 << CAP_NET_ADMIN,
		[JAIL_DAC_READ_SEARCH] = 1 << CAP_DAC_READ_SEARCH,
	};

	state.keep |= bits[c];
}

static int
set_capabilities(uint32_t caps, const char **why_r)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct cap[_LINUX_CAPABILITY_U32S_3] = {
		{ .permitted = caps, .effective = caps },
	};

	if (syscall(SYS_capset, &head, cap) < 0)
		return fail(why_r, "capabilities cannot be dropped");
	state.has = caps;
	return 0;
}

/* All of them, but for what is to be kept for a while. */
int
jail_drop(const char **why_r)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct cap[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, cap) < 0)
		return fail(why_r, "capabilities cannot be read");
	/* where there are none, a filter around us may deny capset */
	if ((cap[0].permitted | cap[1].permitted) == 0 &&
	    (cap[0].inheritable | cap[1].inheritable) == 0)
		return 0;
	return set_capabilities(cap[0].permitted & state.keep, why_r);
}

/* ---- identity ------------------------------------------------------------ */

static bool
identity_took(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 ||
	    getresgid(&g[0], &g[1], &g[2]) < 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (u[i] != uid || g[i] != gid)
			return false;
	/* nor is there a way back */
	return getgroups(0, NULL) == 0 && setuid(0) < 0 && setgid(0) < 0;
}

int
jail_identity(uint32_t uid, uint32_t gid, const char *chroot_dir,
    const char **why_r)
{
	if (uid == 0 || gid == 0)
		return fail(why_r, "app-user is root");
	if (uid == UINT32_MAX || gid == UINT32_MAX)
		return fail(why_r, "there was no such user when the "
		    "configuration was compiled");
	if (chroot_dir[0] != '\0' &&
	    (chroot(chroot_dir) < 0 || chdir("/") < 0))
		return fail(why_r, "chroot-dir cannot be entered");
	if (state.keep != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail(why_r, "no capability can be kept");
	if (setgroups(0, NULL) < 0)
		return fail(why_r, "supplementary groups cannot be dropped");
	if (setresgid(gid, gid, gid) < 0)
		return fail(why_r, "the group cannot be changed");
	if (setresuid(uid, uid, uid) < 0)
		return fail(why_r, "the user cannot be changed");
	if (state.keep != 0 && jail_drop(why_r) < 0)
		return -1;
	if (!identity_took(uid, gid))
		return fail(why_r, "the change of user did not take");
	return 0;
}

/* ---- before any phase ---------------------------------------------------- */

/* Lower a limit; one that is lower already stays. */
static bool
limit(int resource, rlim_t max)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0)
		return false;
	if (r.rlim_max > max)
		r.rlim_max = max;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	return setrlimit(resource, &r) == 0;
}

int
jail_parent(const char **why_r)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(why_r, "no_new_privs cannot be set");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(why_r, "the process stays dumpable");
	if (!limit(RLIMIT_CORE, 0))
		return fail(why_r, "the core limit cannot be lowered");
	return 0;
}

int
jail_prepare_keeper(const char **why_r)
{
	struct rlimit r;

	if (jail_parent(why_r) < 0)
		return -1;
	if (!limit(RLIMIT_NOFILE, JAIL_KEEPER_NOFILE) ||
	    getrlimit(RLIMIT_NOFILE, &r) < 0)
		return fail(why_r, "the descriptor limit cannot be set");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		return fail(why_r, "the descriptor limit cannot be set");
	state.prepared = true;
	return 0;
}

void
jail_maps(uint64_t octets)
{
	state.mapped += octets;
}

int
jail_prepare(const char **why_r)
{
	if (jail_parent(why_r) < 0)
		return -1;
	/*
	 * Not FSIZE: the log's file may be large, and no other is written.
	 * Not NPROC: it counts the whole user's processes.
	 */
	if (!limit(RLIMIT_NOFILE, JAIL_NOFILE))
		return fail(why_r, "the descriptor limit cannot be lowered");
#ifndef __SANITIZE_ADDRESS__	/* it reserves terabytes */
	if (!limit(RLIMIT_AS, ((rlim_t)JAIL_AS_MB << 20) + state.mapped))
		return fail(why_r, "the memory limit cannot be lowered");
#endif
	state.prepared = true;
	return 0;
}

/* ---- phases -------------------------------------------------------------- */

void
jail_folder(int fd)
{
	state.folder = fd;
}

void
jail_reads(int fd)
{
	assert(state.nreads < JAIL_READS);
	if (fd >= 0)
		state.reads[state.nreads++] = fd;
}

void
jail_spool(int fd)
{
	state.spool = true;
	state.folder = fd;
}

/* What a ruleset denies, but not in this folder. */
static bool
allow(int ruleset, uint64_t fs, int folder)
{
	struct {
		uint64_t access;
		int32_t parent;
	} __attribute__((packed)) rule = { fs, folder };

	return rule.access == 0 || syscall(LL_ADD_RULE, ruleset,
	    LL_PATH_BENEATH, &rule, 0) == 0;
}

static bool
allow_folders(int ruleset, uint64_t fs, enum jail_phase phase)
{
	if (state.folder >= 0 && phase != JAIL_RELAY &&
	    !allow(ruleset, fs & LL_FS_KEEP, state.folder))
		return false;
	for (unsigned i = 0; phase == JAIL_WORKER && i < state.nreads; i++)
		if (!allow(ruleset, fs & LL_FS_READ, state.reads[i]))
			return false;
	return true;
}

/* Deny all of what this kernel knows, but for the allowed. */
static int
landlock(enum jail_phase phase, uint64_t fs_allowed, uint64_t net,
    uint64_t scoped, const char **why_r)
{
	struct ll_ruleset set = { .net = net, .scoped = scoped };
	long abi = state.landlock, fd, rc;

	if (state.no_landlock)
		return 0;
	if (abi == 0)
		abi = syscall(LL_CREATE, NULL, 0, LL_GET_VERSION);
	if (abi < 0) {
		state.no_landlock = errno == ENOSYS || errno == EOPNOTSUPP;
		return state.no_landlock ? 0 :
		    fail(why_r, "Landlock does not tell its version");
	}
	if (abi > LL_ABI_MAX)
		abi = LL_ABI_MAX;
	set.fs = ll_abi[abi].fs & ~fs_allowed;
	fd = syscall(LL_CREATE, &set, (size_t)ll_abi[abi].size, 0);
	if (fd < 0)
		return fail(why_r, "Landlock makes no ruleset");
	rc = allow_folders((int)fd, set.fs, phase) ?
	    syscall(LL_RESTRICT, (int)fd, 0) : -1;
	close((int)fd);
	if (rc < 0)
		return fail(why_r, "Landlock does not restrict");
	state.landlock = (int)abi;
	return 0;
}

/*
 * By prctl, not seccomp(2): systemd's @system-service, which may be in force
 * around us, has the one and not the other.
 */
static int
seccomp(unsigned phase, const char **why_r)
{
	struct sock_filter copy[JAIL_BPF_MAX];
	struct sock_fprog p = {
		.len = (unsigned short)jail_parts[phase].n,
		.filter = copy,
	};

	if (state.no_seccomp)
		return 0;
	memcpy(copy, jail_bpf + jail_parts[phase].start,
	    p.len * sizeof *copy);
	if (jail_parts[phase].self >= 0)
		copy[jail_parts[phase].self].k = (uint32_t)getpid();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) == 0) {
		state.seccomp = true;
		return 0;
	}
	/* a kernel that has filters looks at the pointer first */
	if (errno == EINVAL &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 &&
	    errno == EINVAL) {
		state.no_seccomp = true;
		return 0;
	}
	return fail(why_r, "the seccomp program is not accepted");
}

/* What Landlock takes away in a phase. */
static int
restrict_phase(enum jail_phase phase, const char **why_r)
{
	switch (phase) {
	case JAIL_ACCEPTED:
		return landlock(phase, LL_FS_READ, 0, LL_SCOPE_ALL, why_r);
	case JAIL_RELAY:
	case JAIL_FOLDER:
		return landlock(phase, 0, LL_NET_ALL, LL_SCOPE_ALL, why_r);
	case JAIL_MONITOR:
		/* it ends sessions, which are outside */
		return landlock(phase, LL_FS_READ, LL_NET_ALL,
		    LL_SCOPE_ABSTRACT, why_r);
	case JAIL_KEEPER:
		return landlock(phase, LL_FS_READ, LL_NET_BIND, LL_SCOPE_ALL,
		    why_r);
	case JAIL_WORKER:
		return landlock(phase, 0, LL_NET_BIND, LL_SCOPE_ALL, why_r);
	default:
		break;
	}
	return 0;
}

int
jail_enter(enum jail_phase phase, const char **why_r)
{
	bool first = phase == JAIL_ACCEPTED || phase == JAIL_MONITOR ||
	    phase == JAIL_FOLDER || phase == JAIL_KEEPER;
	unsigned table = state.spool && phase <= JAIL_RELAY ?
	    JAIL_SPOOL_PHASES + (unsigned)phase : (unsigned)phase;

	assert(state.prepared && (int)phase > state.phase);
	/* later programs only take away from the first's */
	assert(first == (state.phase < 0));
	if (first && jail_drop(why_r) < 0)
		return -1;
	if (!first && state.has & RAW &&
	    set_capabilities(state.has & ~(uint32_t)RAW, why_r) < 0)
		return -1;
	if (restrict_phase(phase, why_r) < 0 || seccomp(table, why_r) < 0)
		return -1;
	state.phase = (int)phase;
	return 0;
}

const char *
jail_level(void)
{
	static char text[32];

	if (!state.prepared)
		return "none";
	if (!state.seccomp && state.landlock == 0)
		return "prepared";
	snprintf(text, sizeof text, "%s%s", state.seccomp ? "seccomp" : "",
	    state.seccomp && state.landlock ? "+" : "");
	if (state.landlock != 0)
		snprintf(text + strlen(text), sizeof text - strlen(text),
		    "landlock%d", state.landlock);
	return text;
}

const char *
jail_lacks(void)
{
	if (state.no_seccomp && state.no_landlock)
		return "this kernel has neither seccomp filters nor Landlock";
	if (state.no_seccomp)
		return "this kernel has no seccomp filters";
	if (state.no_landlock)
		return "this kernel has no Landlock";
	return NULL;
}
