/*
 * Makes jail_bpf.h at build time: one seccomp program per phase, so that a
 * session only loads octets.  Nothing of this is linked into what runs later.
 *
 * A phase allows what its rows name and kills what only an attacker would
 * try; everything else fails with EPERM, or what its row says.  A new phase
 * never allows what an older one denied: programs add up in the kernel.
 *
 * The time to load a program grows with its length and depth (the kernel
 * compiles it, then runs it once for every call there is), and every session
 * pays it.  So the calls' numbers, which libseccomp knows, become runs with
 * one outcome and a balanced tree of comparisons over them: half the length
 * of what seccomp_export_bpf() makes of the same rows.  Before a program is
 * printed it is run here for every call against the rows.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jail.h"

enum {
	/* The phases that a row is for; DIALED has a list of its own. */
	A = 1 << JAIL_ACCEPTED,
	R = 1 << JAIL_RELAY,
	AR = A | R,
	/* Jumps reach 255 instructions; keeping below needs no long ones. */
	PROGRAM_MAX = 255,
	/* Above every number in use; x32 begins at 2^30 and is denied. */
	CALLS = 1024,
	VALUES = 3,
	/*
	 * Stands for the process's own number, which jail.c writes over it;
	 * no other constant of a program is equal.
	 */
	SELF = 0x5e1f5e1f,
};

#define DENIED (SECCOMP_RET_ERRNO | EPERM)
#define FAILS(error) (SECCOMP_RET_ERRNO | (error))

static const struct {
	char name[24];
	int phases;
} allow[] = {
	/* moving data and waiting */
	{ "read", AR }, { "write", AR }, { "readv", AR },
	{ "writev", AR }, { "poll", AR }, { "ppoll", AR },
	{ "recvfrom", AR }, { "sendto", AR }, { "recvmsg", AR },
	{ "sendmsg", AR }, { "splice", AR }, { "pipe2", AR },
	{ "fcntl", AR }, { "close", AR }, { "shutdown", AR },
	{ "getsockopt", AR }, { "setsockopt", AR },
	{ "getsockname", AR }, { "getpeername", AR },
	{ "lseek", AR }, { "fstat", AR },
	/* memory */
	{ "munmap", AR }, { "brk", AR }, { "mremap", AR },
	{ "madvise", AR },
	/* time, chance, signals, the end */
	{ "futex", AR }, { "getrandom", AR }, { "gettimeofday", AR },
	{ "clock_gettime", AR }, { "time", AR }, { "nanosleep", AR },
	{ "clock_nanosleep", AR }, { "getpid", AR }, { "gettid", AR },
	{ "rt_sigprocmask", AR }, { "rt_sigaction", AR },
	{ "rt_sigreturn", AR }, { "restart_syscall", AR },
	{ "exit", AR }, { "exit_group", AR },
	/* builds with AddressSanitizer, before they exit */
	{ "sigaltstack", AR },
	/*
	 * Nothing needs these, and they give nothing that the others do not;
	 * they lie between others, and joined runs are shorter programs.
	 */
	{ "pread64", AR }, { "pwrite64", AR }, { "pipe", AR },
	{ "select", AR }, { "pselect6", AR }, { "sched_yield", AR },
	{ "msync", AR }, { "mincore", AR }, { "dup", AR },
	{ "dup2", AR }, { "pause", AR }, { "getitimer", AR },
	{ "alarm", AR }, { "setitimer", AR }, { "sendfile", AR },
	{ "clock_getres", AR }, { "getrlimit", AR }, { "getrusage", AR },
	{ "sysinfo", AR }, { "times", AR },

	/* files are read: certificates, modules, CA folders, resolv.conf */
	{ "stat", A }, { "lstat", A }, { "newfstatat", A },
	{ "statx", A }, { "access", A }, { "faccessat", A },
	/* what libraries ask when they start */
	{ "getuid", A }, { "geteuid", A }, { "getgid", A },
	{ "getegid", A }, { "uname", A },
	/* the next phase */
	{ "capset", A }, { "landlock_create_ruleset", A },
	{ "landlock_restrict_self", A },

	/* the server and the resolver; never a server's side */
	{ "connect", A }, { "bind", A },
};

/*
 * By one argument, whose low half is all the kernel looks at in these: what
 * happens when (arg & mask) is one of the values, and otherwise.
 */
struct by_arg {
	char name[24];
	int phases;
	unsigned arg;
	uint32_t mask;
	size_t n;
	uint32_t values[VALUES];
	uint32_t is, is_not;
};

static const struct by_arg by_arg[] = {
	/* to read only; O_TMPFILE needs a writing mode */
	{ "openat", A, 2, O_ACCMODE | O_CREAT | O_TRUNC, 1, { O_RDONLY },
	    SECCOMP_RET_ALLOW, DENIED },
	{ "open", A, 1, O_ACCMODE | O_CREAT | O_TRUNC, 1, { O_RDONLY },
	    SECCOMP_RET_ALLOW, DENIED },
	/* libc's fstat(): of a descriptor */
	{ "newfstatat", R, 3, AT_EMPTY_PATH, 1, { AT_EMPTY_PATH },
	    SECCOMP_RET_ALLOW, DENIED },
	/* modules are mapped; writable and executable at once never */
	{ "mmap", A, 2, PROT_WRITE | PROT_EXEC, 1,
	    { PROT_WRITE | PROT_EXEC }, DENIED, SECCOMP_RET_ALLOW },
	{ "mprotect", A, 2, PROT_WRITE | PROT_EXEC, 1,
	    { PROT_WRITE | PROT_EXEC }, DENIED, SECCOMP_RET_ALLOW },
	{ "mmap", R, 2, PROT_EXEC, 1, { PROT_EXEC },
	    DENIED, SECCOMP_RET_ALLOW },
	{ "mprotect", R, 2, PROT_EXEC, 1, { PROT_EXEC },
	    DENIED, SECCOMP_RET_ALLOW },
	{ "socket", A, 0, UINT32_MAX, 3, { AF_INET, AF_INET6, AF_UNIX },
	    SECCOMP_RET_ALLOW, FAILS(EAFNOSUPPORT) },
	/* the next phase; no_new_privs is set, so this only narrows */
	{ "prctl", A, 0, UINT32_MAX, 1, { PR_SET_SECCOMP },
	    SECCOMP_RET_ALLOW, DENIED },
	/* abort() */
	{ "tgkill", AR, 0, UINT32_MAX, 1, { SELF },
	    SECCOMP_RET_ALLOW, DENIED },
};

/* Newer calls have other ways round: libc and libraries know ENOSYS. */
enum { NEW_CALLS = 434 };	/* pidfd_open, where all machines agree */

/* Nobody calls these by mistake. */
static const char kill_names[][24] = {
	"execve", "execveat",
	"ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
	"mount", "umount2", "swapon", "swapoff", "reboot",
	"open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
	"init_module", "finit_module", "delete_module", "kexec_file_load",
	"bpf", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "add_key", "request_key", "keyctl",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* What a call's number leads to: a constant outcome, or a look at it. */
struct outcome {
	uint32_t ret;
	const struct by_arg *look;	/* NULL: ret */
};

struct run {				/* from first to the next run's */
	uint32_t first;
	struct outcome to;
};

/* DIALED lies on top of ACCEPTED and only takes away. */
static const char dialed_denies[][24] = { "socket", "connect", "bind" };

static struct outcome calls[CALLS];
static struct run runs[CALLS];
static size_t nruns;

static struct sock_filter prog[PROGRAM_MAX];
static size_t nprog;
/* A jump to an outcome, filled in when its place is known. */
static struct {
	size_t at;
	bool if_true;
	struct outcome to;
} holes[2 * PROGRAM_MAX];
static size_t nholes;

static struct {
	size_t start, n;
	int self;
} parts[JAIL_PHASES];
static size_t nparts;

static void
fail(const char *what, const char *name)
{
	fprintf(stderr, "jail_gen: %s %s\n", what, name);
	exit(1);
}

/* -1: not a call of this machine.  A typing mistake must not be a hole. */
static int
number(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr >= CALLS)
		fail("unknown call", name);
	return nr < 0 ? -1 : nr;
}

static bool
same(struct outcome a, struct outcome b)
{
	return a.look == b.look && (a.look != NULL || a.ret == b.ret);
}

/* What no row names. */
static struct outcome
unnamed(uint32_t nr)
{
	return (struct outcome){
		.ret = nr < NEW_CALLS ? DENIED : FAILS(ENOSYS),
	};
}

static void
put(const char *name, struct outcome to)
{
	int nr = number(name);

	if (nr < 0)
		return;
	if (!same(calls[nr], unnamed(nr)))
		fail("two rows for", name);
	calls[nr] = to;
}

static void
fill_calls(int phase)
{
	for (uint32_t i = 0; i < CALLS; i++)
		calls[i] = unnamed(i);
	for (size_t i = 0; i < COUNT(allow); i++)
		if (allow[i].phases & phase)
			put(allow[i].name,
			    (struct outcome){ .ret = SECCOMP_RET_ALLOW });
	for (size_t i = 0; i < COUNT(by_arg); i++)
		if (by_arg[i].phases & phase)
			put(by_arg[i].name,
			    (struct outcome){ .look = &by_arg[i] });
	for (size_t i = 0; i < COUNT(kill_names); i++)
		put(kill_names[i],
		    (struct outcome){ .ret = SECCOMP_RET_KILL_PROCESS });
}

static void
fill_calls_dialed(void)
{
	for (uint32_t i = 0; i < CALLS; i++)
		calls[i] = (struct outcome){ .ret = SECCOMP_RET_ALLOW };
	for (size_t i = 0; i < COUNT(dialed_denies); i++)
		if (number(dialed_denies[i]) >= 0)
			calls[number(dialed_denies[i])] =
			    (struct outcome){ .ret = DENIED };
}

static void
fill_runs(void)
{
	nruns = 0;
	for (uint32_t i = 0; i < CALLS; i++)
		if (i == 0 || !same(calls[i], calls[i - 1]))
			runs[nruns++] = (struct run){ i, calls[i] };
}

/* ---- the program ----------------------------------------------------------- */

static size_t
emit(uint16_t code, uint32_t k)
{
	if (nprog == PROGRAM_MAX)
		fail("program too long for", "short jumps");
	prog[nprog] = (struct sock_filter){ .code = code, .k = k };
	return nprog++;
}

static void
hole(size_t at, bool if_true, struct outcome to)
{
	holes[nholes].at = at;
	holes[nholes].if_true = if_true;
	holes[nholes++].to = to;
}

static void
land(size_t at, bool if_true)
{
	size_t off = nprog - at - 1;

	assert(off < 256);
	*(if_true ? &prog[at].jt : &prog[at].jf) = (uint8_t)off;
}

/* One call among equal neighbours: a single comparison. */
static bool
is_island(size_t lo, size_t n)
{
	return n == 3 && same(runs[lo].to, runs[lo + 2].to) &&
	    runs[lo + 1].first + 1 == runs[lo + 2].first;
}

/* n runs from lo; the recursion is as deep as the tree, some 8 levels. */
static void
emit_tree(size_t lo, size_t n)
{
	size_t half = n / 2, at;

	if (is_island(lo, n)) {
		at = emit(BPF_JMP | BPF_JEQ | BPF_K, runs[lo + 1].first);
		hole(at, true, runs[lo + 1].to);
		hole(at, false, runs[lo].to);
		return;
	}
	/* leave three on a side if that can be an island */
	if (n > 3 && is_island(lo, 3) && n <= 6)
		half = 3;
	at = emit(BPF_JMP | BPF_JGE | BPF_K, runs[lo + half].first);
	if (half == 1)
		hole(at, false, runs[lo].to);
	else
		emit_tree(lo, half);	/* follows at once: jf = 0 */
	if (n - half == 1) {
		hole(at, true, runs[lo + half].to);
	} else {
		land(at, true);
		emit_tree(lo + half, n - half);
	}
}

static void
emit_look(const struct by_arg *l)
{
	size_t at = 0;

	/* the low half comes first: only little-endian machines */
	emit(BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * l->arg));
	if (l->mask != UINT32_MAX)
		emit(BPF_ALU | BPF_AND | BPF_K, l->mask);
	for (size_t i = 0; i < l->n; i++) {
		at = emit(BPF_JMP | BPF_JEQ | BPF_K, l->values[i]);
		hole(at, true, (struct outcome){ .ret = l->is });
	}
	hole(at, false, (struct outcome){ .ret = l->is_not });
}

/* Put an outcome where all jumps to it are waiting. */
static bool
fill_holes(struct outcome to)
{
	bool any = false;

	for (size_t i = 0; i < nholes; i++)
		if (same(holes[i].to, to)) {
			land(holes[i].at, holes[i].if_true);
			holes[i--] = holes[--nholes];
			any = true;
		}
	return any;
}

static void
emit_outcomes(void)
{
	for (size_t i = 0; i < COUNT(by_arg); i++)
		if (fill_holes((struct outcome){ .look = &by_arg[i] }))
			emit_look(&by_arg[i]);
	while (nholes > 0) {
		uint32_t ret = holes[0].to.ret;

		assert(holes[0].to.look == NULL);
		fill_holes((struct outcome){ .ret = ret });
		emit(BPF_RET | BPF_K, ret);
	}
}

static void
emit_program(void)
{
	size_t at;

	nprog = nholes = 0;
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	at = emit(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native());
	hole(at, false, (struct outcome){ .ret = SECCOMP_RET_KILL_PROCESS });
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	emit_tree(0, nruns);
	emit_outcomes();
}

/* ---- the proof --------------------------------------------------------------- */

static uint32_t
run(const struct seccomp_data *d)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < nprog; pc++) {
		const struct sock_filter *f = &prog[pc];
		bool is;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&acc, (const char *)d + f->k, sizeof acc);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
			is = BPF_OP(f->code) == BPF_JEQ ? acc == f->k :
			    acc >= f->k;
			pc += is ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			fail("not an instruction", "");
		}
	}
	fail("program without an end", "");
	return 0;
}

static uint32_t
expected(uint32_t nr, uint32_t v)
{
	const struct by_arg *l;

	if (nr >= CALLS)
		return calls[CALLS - 1].ret;
	if ((l = calls[nr].look) == NULL)
		return calls[nr].ret;
	for (size_t i = 0; i < l->n; i++)
		if ((v & l->mask) == l->values[i])
			return l->is;
	return l->is_not;
}

static void
prove(void)
{
	static const uint32_t high[] = { CALLS, 1u << 30, (1u << 30) + 59,
	    INT32_MAX, UINT32_MAX };
	struct seccomp_data d = { .arch = seccomp_arch_native() };

	for (uint32_t nr = 0; nr < CALLS + COUNT(high); nr++) {
		uint32_t n = nr < CALLS ? nr : high[nr - CALLS];

		for (uint32_t v = 0; v < 3 << 12; v++) {
			/* flags, or the process's number and near it */
			uint32_t arg = v < 2 << 12 ? v : SELF + v - (5 << 11);

			d.nr = (int)n;
			for (size_t i = 0; i < COUNT(d.args); i++)
				d.args[i] = arg | 0xdeadull << 32;
			if (run(&d) != expected(n, arg))
				fail("proof: the program differs", "");
			if (nr >= CALLS || calls[nr].look == NULL)
				break;
		}
	}
	d.arch = ~d.arch;
	if (run(&d) != SECCOMP_RET_KILL_PROCESS)
		fail("proof: another machine's calls", "");
}

/* Rows of the one array, and where it is and what it waits for. */
static void
print(const char *name, size_t start)
{
	int self = -1;

	printf("\t/* %s */\n", name);
	for (size_t i = 0; i < nprog; i++) {
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", prog[i].code,
		    prog[i].jt, prog[i].jf, prog[i].k);
		if (prog[i].k != SELF)
			continue;
		if (self >= 0)
			fail("the process's own number is there twice:",
			    name);
		self = (int)i;
	}
	parts[nparts].start = start;
	parts[nparts].n = nprog;
	parts[nparts++].self = self;
}

int
main(void)
{
	static const char names[JAIL_PHASES][12] = {
		[JAIL_ACCEPTED] = "accepted",
		[JAIL_DIALED] = "dialed",
		[JAIL_RELAY] = "relay",
	};
	size_t start = 0;

	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	    "emit_look() takes an argument's first half for its low one");
	printf("/* Made by jail_gen.c. */\n\n#include <linux/filter.h>\n\n"
	    "static const struct sock_filter jail_bpf[] = {\n");
	for (int i = 0; i < JAIL_PHASES; i++) {
		if (i == JAIL_DIALED)
			fill_calls_dialed();
		else
			fill_calls(1 << i);
		fill_runs();
		emit_program();
		prove();
		print(names[i], start);
		start += nprog;
	}
	printf("};\n\nenum { JAIL_BPF_MAX = %d };\n\n"
	    "/* self: where the process's number goes, -1: nowhere */\n"
	    "static const struct {\n\tshort start, n, self;\n"
	    "} jail_parts[] = {\n", PROGRAM_MAX);
	for (size_t i = 0; i < nparts; i++)
		printf("\t{ %zu, %zu, %d },\n", parts[i].start, parts[i].n,
		    parts[i].self);
	printf("};\n");
	return 0;
}
