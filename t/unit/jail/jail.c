#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jail.h"
#include "tap.h"

enum {
	NOBODY = 65534,
	/* Exit codes of a child: 0 it worked, else errno, or one of these. */
	CODE_JAIL = 200,	/* no jail to try from */
	CODE_WRONG = 201,	/* it worked, with a wrong result */
	KILLED = 1000,		/* + the signal */
};

/* Made before any jail, as a session's are. */
static int tcp, unconnected, data[2], memfd, pipes[2], logs, log_reader;
static struct sockaddr_in listener;
static struct sockaddr_un log_addr, abstract_addr;

static int
err(long rc)
{
	return rc < 0 ? errno : 0;
}

/* ---- what is tried: 0 or errno ------------------------------------------- */

static int
try_open(void)
{
	return err(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int
try_open_write(void)
{
	return err(open("/dev/null", O_WRONLY));
}

static int
try_open_trunc(void)
{
	return err(open("/dev/null", O_RDONLY | O_TRUNC));
}

static int
try_open_creat(void)
{
	return err(open("/tmp/t-jail-made", O_RDONLY | O_CREAT, 0600));
}

static int
try_tmpfile(void)
{
	return err(open("/tmp", O_TMPFILE | O_RDWR, 0600));
}

static int
try_openat2(void)
{
	uint64_t how[3] = { O_RDONLY };

	return err(syscall(437, AT_FDCWD, "/etc/passwd", how, sizeof how));
}

static int
try_unlink(void)
{
	return err(unlink("/tmp/t-jail-not-there"));
}

static int
try_stat(void)
{
	struct stat st;

	return err(stat("/etc/passwd", &st));
}

static int
try_socket(void)
{
	return err(socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_socket_unix(void)
{
	return err(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int
try_socket_netlink(void)
{
	return err(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_connect(void)
{
	return err(connect(tcp, (struct sockaddr *)&listener,
	    sizeof listener));
}

static int
try_listen(void)
{
	return err(listen(unconnected, 1));
}

static int
try_exec(void)
{
	char *argv[] = { (char[]){ "true" }, NULL }, *envp[] = { NULL };

	return err(execve("/bin/true", argv, envp));
}

static int
try_execveat(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	return err(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL,
	    0));
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return err(pid);
}

static int
try_clone3(void)
{
	uint64_t args[11] = { [4] = SIGCHLD };
	long pid = syscall(SYS_clone3, args, sizeof args);

	if (pid == 0)
		_exit(0);
	return err(pid);
}

static int
try_ptrace(void)
{
	return err(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_bpf(void)
{
	return err(syscall(SYS_bpf, 0, NULL, 0));
}

static int
try_ftruncate(void)
{
	return err(ftruncate(memfd, 1));
}

static int
try_truncate(void)
{
	return err(truncate("/dev/null", 1));
}

static int
try_mmap_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
try_mmap_write_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
try_mprotect_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);

	return p == MAP_FAILED ? CODE_WRONG :
	    err(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
try_dlopen(void)
{
	return dlopen("libresolv.so.2", RTLD_NOW) != NULL ? 0 : EPERM;
}

static int
try_setuid(void)
{
	return err(setuid(getuid()));
}

static int
try_kill(void)
{
	return err(kill(getppid(), 0));
}

static int
try_tgkill_parent(void)
{
	pid_t parent = getppid();

	return err(syscall(SYS_tgkill, parent, parent, 0));
}

static int
try_abort(void)
{
	abort();
}

static int
try_dumpable(void)
{
	return err(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
try_x32(void)
{
#ifdef __x86_64__
	return err(syscall(SYS_getpid | 1L << 30));
#else
	errno = ENOSYS;
	return errno;
#endif
}

static int
try_abstract(void)
{
	return err(sendto(logs, "x", 1, 0, (struct sockaddr *)&abstract_addr,
	    sizeof abstract_addr));
}

static int
try_memfd(void)
{
	return err(memfd_create("t-jail", MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

static int
try_pair(void)
{
	int sv[2];

	return err(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
}

static int
try_punch(void)
{
	return err(fallocate(memfd, FALLOC_FL_PUNCH_HOLE |
	    FALLOC_FL_KEEP_SIZE, 0, 1));
}

static int
try_allocate(void)
{
	return err(fallocate(memfd, 0, 0, 1));
}

static int
try_fstatfs(void)
{
	struct statfs fs;

	return err(fstatfs(memfd, &fs));
}

static int
try_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_CPU, &r) < 0)
		return errno;
	r.rlim_cur = 1000;
	return err(setrlimit(RLIMIT_CPU, &r));
}

/* As a keeper of workers does. */
static int
try_end_child(void)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0)
		for (;;)
			poll(NULL, 0, -1);
	if (pid < 0)
		return errno;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return errno;
	return waitpid(pid, NULL, 0) == pid ? 0 : errno;
}

/* ---- what must work ------------------------------------------------------ */

static int
work_data(void)
{
	struct pollfd p = { .fd = data[1], .events = POLLIN };
	char c[8];

	if (write(data[0], "abc", 3) != 3 || poll(&p, 1, 1000) != 1)
		return errno;
	if (read(data[1], c, sizeof c) != 3 || memcmp(c, "abc", 3) != 0)
		return CODE_WRONG;
	return 0;
}

static int
work_splice(void)
{
	int p[2];
	char c[8];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return errno;
	fcntl(p[1], F_SETPIPE_SZ, 1 << 16);
	if (write(data[0], "abcd", 4) != 4 ||
	    splice(data[1], NULL, p[1], NULL, 4, SPLICE_F_MOVE) != 4)
		return errno;
	if (splice(p[0], NULL, pipes[1], NULL, 4, SPLICE_F_MOVE) != 4)
		return errno;
	return read(pipes[0], c, sizeof c) == 4 ? 0 : CODE_WRONG;
}

static int
work_memory(void)
{
	char *p = malloc(1 << 20), *q;

	if (p == NULL)
		return ENOMEM;
	memset(p, 1, 1 << 20);
	q = realloc(p, 4 << 20);
	if (q == NULL)
		return ENOMEM;
	free(q);
	p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	return err(munmap(p, 1 << 16));
}

static int
work_log(void)
{
	struct iovec v = { (char[]){ "record" }, 6 };
	struct msghdr m = { .msg_name = &log_addr,
	    .msg_namelen = sizeof log_addr, .msg_iov = &v, .msg_iovlen = 1 };
	char c[8];

	if (sendmsg(logs, &m, MSG_NOSIGNAL) != 6)
		return errno;
	return recv(log_reader, c, sizeof c, 0) == 6 ? 0 : CODE_WRONG;
}

static int
work_file(void)
{
	struct iovec v = { (char[]){ "line\n" }, 5 };
	struct stat st;

	if (writev(memfd, &v, 1) != 5 || fstat(memfd, &st) < 0)
		return errno;
	return st.st_size == 5 ? 0 : CODE_WRONG;
}

static int
work_time(void)
{
	struct timespec ts;
	time_t t = time(NULL);
	struct tm tm;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		return errno;
	ts = (struct timespec){ .tv_nsec = 1000 };
	if (nanosleep(&ts, NULL) < 0)
		return errno;
	return localtime_r(&t, &tm) != NULL ? 0 : CODE_WRONG;
}

static int
work_close(void)
{
	struct linger l = { .l_onoff = 1 };

	if (setsockopt(data[0], SOL_SOCKET, SO_LINGER, &l, sizeof l) < 0 ||
	    shutdown(data[0], SHUT_WR) < 0)
		return errno;
	return err(close(data[0]));
}

static int
work_random(void)
{
	char c[16];

	/* as OpenSSL's */
	return syscall(SYS_getrandom, c, sizeof c, 0) == sizeof c &&
	    getpid() > 0 ? 0 : CODE_WRONG;
}

static int
work_terminal(void)
{
	/* stdio asks, and takes any error for a no */
	return isatty(memfd) ? CODE_WRONG : 0;
}

/* What want says: it works, an errno, or the signal it ends by. */
enum {
	OK = 0,
	NO = EPERM,
	LL = EACCES,		/* Landlock's no */
	NEW = ENOSYS,
	FAM = EAFNOSUPPORT,
	NONE = ENOENT,
	DEAD = KILLED + SIGSYS,
	ABRT = KILLED + SIGABRT,
	SEGV = KILLED + SIGSEGV,
};

/* In each phase, and in a session's with a spool. */
static const struct {
	const char *name;
	int (*fn)(void);
	int want[JAIL_PHASES];
	int spool[JAIL_RELAY + 1];
} cases[] = {
	{ "open a file", try_open,
	    { OK, OK, NO, OK, LL, OK, LL }, { OK, OK, NO } },
	{ "open for writing", try_open_write,
	    { NO, NO, NO, NO, LL, LL, LL }, { NO, NO, NO } },
	/* Landlock knows no length of a device */
	{ "open with O_TRUNC", try_open_trunc,
	    { NO, NO, NO, NO, LL, OK, LL }, { NO, NO, NO } },
	{ "create a file", try_open_creat,
	    { NO, NO, NO, NO, LL, LL, LL }, { NO, NO, NO } },
	{ "make a temporary file", try_tmpfile,
	    { NO, NO, NO, NO, LL, LL, LL }, { LL, LL, NO } },
	{ "openat2", try_openat2,
	    { NEW, NEW, NEW, NEW, NEW, NEW, NEW }, { NEW, NEW, NEW } },
	/* what is not there: test_folder() has one that is */
	{ "unlink", try_unlink,
	    { NO, NO, NO, NO, NONE, NONE, NONE }, { NO, NO, NO } },
	{ "stat a path", try_stat,
	    { OK, OK, NO, OK, OK, OK, OK }, { OK, OK, NO } },
	{ "socket", try_socket,
	    { OK, NO, NO, FAM, NO, OK, OK }, { OK, NO, NO } },
	{ "socket of AF_UNIX", try_socket_unix,
	    { OK, NO, NO, OK, NO, OK, OK }, { OK, NO, NO } },
	{ "socket of AF_NETLINK", try_socket_netlink,
	    { FAM, NO, NO, FAM, NO, FAM, FAM }, { FAM, NO, NO } },
	{ "connect", try_connect,
	    { OK, NO, NO, NO, NO, OK, OK }, { OK, NO, NO } },
	{ "listen", try_listen,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "execve", try_exec,
	    { DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD }, { DEAD, DEAD, DEAD } },
	{ "execveat", try_execveat,
	    { DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD }, { DEAD, DEAD, DEAD } },
	{ "fork", try_fork,
	    { NO, NO, NO, NO, NO, OK, NO }, { NO, NO, NO } },
	{ "clone3", try_clone3,
	    { NEW, NEW, NEW, NEW, NEW, NEW, NEW }, { NEW, NEW, NEW } },
	{ "ptrace", try_ptrace,
	    { DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD }, { DEAD, DEAD, DEAD } },
	{ "bpf", try_bpf,
	    { DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, DEAD }, { DEAD, DEAD, DEAD } },
	{ "ftruncate", try_ftruncate,
	    { NO, NO, NO, NO, NO, OK, OK }, { NO, NO, NO } },
	{ "truncate", try_truncate,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "map executable memory", try_mmap_exec,
	    { OK, OK, NO, NO, NO, NO, NO }, { OK, OK, NO } },
	{ "map writable and executable memory", try_mmap_write_exec,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "make memory executable", try_mprotect_exec,
	    { OK, OK, NO, NO, NO, NO, NO }, { OK, OK, NO } },
	{ "dlopen", try_dlopen,
	    { OK, OK, NO, NO, NO, NO, NO }, { OK, OK, NO } },
	{ "setuid", try_setuid,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "kill the parent", try_kill,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "tgkill the parent", try_tgkill_parent,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "abort", try_abort,
	    { ABRT, ABRT, ABRT, ABRT, ABRT, ABRT, SEGV }, { ABRT, ABRT, ABRT } },
	{ "become dumpable", try_dumpable,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "a call of the x32 ABI", try_x32,
	    { NEW, NEW, NEW, NEW, NEW, NEW, NEW }, { NEW, NEW, NEW } },
	{ "make a memfd", try_memfd,
	    { NO, NO, NO, NO, NO, OK, OK }, { OK, OK, OK } },
	{ "make a pair of sockets", try_pair,
	    { NO, NO, NO, NO, NO, NO, NO }, { OK, OK, NO } },
	{ "punch a hole", try_punch,
	    { NO, NO, NO, NO, NO, NO, NO }, { OK, OK, OK } },
	{ "allocate", try_allocate,
	    { NO, NO, NO, NO, NO, NO, NO }, { NO, NO, NO } },
	{ "ask for free space", try_fstatfs,
	    { NO, NO, NO, NO, NO, OK, OK }, { OK, OK, OK } },
	{ "change a limit", try_limit,
	    { NO, NO, NO, NO, NO, OK, OK }, { NO, NO, NO } },
	{ "end a child", try_end_child,
	    { NO, NO, NO, NO, NO, OK, NO }, { NO, NO, NO } },
	{ "write, poll and read", work_data,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "splice through a new pipe", work_splice,
	    { OK, OK, OK, NO, NO, NO, NO }, { OK, OK, OK } },
	{ "allocate and free", work_memory,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "send a record to a log socket", work_log,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "write to an open file", work_file,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "clocks and local time", work_time,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "linger, shutdown, close", work_close,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "randomness and our own number", work_random,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
	{ "ask for a terminal", work_terminal,
	    { OK, OK, OK, OK, OK, OK, OK }, { OK, OK, OK } },
};

/* ---- running one --------------------------------------------------------- */

static void
must(long rc, const char *what)
{
	if (rc >= 0)
		return;
	perror(what);
	exit(1);
}

static void
make_descriptors(void)
{
	socklen_t n = sizeof listener;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	listener = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(bind(fd, (struct sockaddr *)&listener, n), "bind");
	must(listen(fd, 512), "listen");
	must(getsockname(fd, (struct sockaddr *)&listener, &n), "getsockname");

	log_addr.sun_family = AF_UNIX;
	snprintf(log_addr.sun_path, sizeof log_addr.sun_path,
	    "/tmp/t-jail-%d.log", (int)getpid());
	unlink(log_addr.sun_path);
	log_reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(bind(log_reader, (struct sockaddr *)&log_addr, sizeof log_addr),
	    "log socket");
	must(chmod(log_addr.sun_path, 0666), "chmod");
	abstract_addr.sun_family = AF_UNIX;
	snprintf(abstract_addr.sun_path + 1, sizeof abstract_addr.sun_path - 1,
	    "t-jail-%d", (int)getpid());
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(bind(fd, (struct sockaddr *)&abstract_addr,
	    sizeof abstract_addr), "abstract socket");
	tzset();
}

static void
make_own_descriptors(void)
{
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unconnected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	logs = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memfd = memfd_create("t-jail", MFD_CLOEXEC);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, data), "socketpair");
	must(pipe(pipes), "pipe");
}

static bool spool;		/* a session that may scan, with no folder */

/* Narrow to a phase; DIALED may be left out on the way. */
static void
enter(enum jail_phase phase, bool nobody, bool dialed)
{
	int from = phase < JAIL_MONITOR ? JAIL_ACCEPTED :
	    phase == JAIL_WORKER ? JAIL_KEEPER : (int)phase;
	struct rlimit none = { 0 };
	const char *why = "";

	setrlimit(RLIMIT_CORE, &none);
	if (spool)
		jail_spool(-1);
	if ((nobody && jail_identity(NOBODY, NOBODY, "", &why) < 0) ||
	    (from == JAIL_KEEPER ? jail_prepare_keeper(&why) :
	    jail_prepare(&why)) < 0)
		goto fail;
	for (int i = from; i <= (int)phase; i++)
		if ((i != JAIL_DIALED || dialed) &&
		    jail_enter((enum jail_phase)i, &why) < 0)
			goto fail;
	return;
fail:
	dprintf(2, "# %s: %s\n", why, strerror(errno));
	_exit(CODE_JAIL);
}

/* What became of a child: its code, or KILLED + signal. */
static int
outcome(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0), "waitpid");
	return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static int
run(int (*fn)(void), enum jail_phase phase, bool nobody, bool dialed)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid, "fork");
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		make_own_descriptors();
		enter(phase, nobody, dialed);
		_exit(fn());
	}
	return outcome(pid);
}

static const char phase_names[JAIL_PHASES][12] = { "ACCEPTED", "DIALED",
	"RELAY", "MONITOR", "FOLDER", "KEEPER", "WORKER" };

static void
test_cases(bool nobody)
{
	for (int phase = 0; phase < JAIL_PHASES; phase++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
			tap_int(cases[i].want[phase],
			    run(cases[i].fn, (enum jail_phase)phase, nobody,
			    true), "%s%s: %s", phase_names[phase],
			    nobody ? " as nobody" : "", cases[i].name);
}

static void
test_not_dialed(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_int(cases[i].want[JAIL_RELAY],
		    run(cases[i].fn, JAIL_RELAY, false, false),
		    "RELAY after ACCEPTED: %s", cases[i].name);
}

static void
test_spool_cases(void)
{
	for (int phase = 0; phase <= JAIL_RELAY; phase++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			spool = true;
			tap_int(cases[i].spool[phase], run(cases[i].fn,
			    (enum jail_phase)phase, false, true),
			    "%s with a spool: %s", phase_names[phase],
			    cases[i].name);
			spool = false;
		}
}

/* ---- the rest ------------------------------------------------------------ */

static int
show_level(void)
{
	return write(pipes[1], jail_level(), strlen(jail_level())) > 0 ? 0 :
	    errno;
}

static char folder[40], outside[40];

static void
in_folder(char *out, const char *name)
{
	snprintf(out, 60, "%s/%s", folder, name);
}

/* In FOLDER with a folder: 0, or the number of what went wrong. */
static int
keep_files(void)
{
	char a[60], b[60];
	int fd;

	in_folder(a, "a");
	in_folder(b, "b");
	fd = open(a, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 ||
	    fchmod(fd, 0644) < 0 || flock(fd, LOCK_EX) < 0)
		return 1;
	if (rename(a, b) < 0 || open(b, O_RDONLY) < 0)
		return 2;
	if (rename(b, outside) == 0 || link(b, outside) == 0)
		return 3;
	if (unlink(outside) == 0 || errno != EACCES)
		return 4;
	if (rename(outside, a) == 0 || open(outside, O_RDONLY) >= 0)
		return 5;
	if (mkdir(a, 0700) == 0 || symlink(outside, a) == 0)
		return 6;
	return unlink(b) < 0 ? 7 : 0;
}

static void
test_folder(void)
{
	const char *why = "";
	pid_t pid;
	int fd;

	snprintf(folder, sizeof folder, "/tmp/t-jail-%d.d", (int)getpid());
	snprintf(outside, sizeof outside, "/tmp/t-jail-%d.f", (int)getpid());
	must(mkdir(folder, 0700), "mkdir");
	must(close(open(outside, O_WRONLY | O_CREAT, 0600)), "file");
	fflush(stdout);
	pid = fork();
	must(pid, "fork");
	if (pid == 0) {
		fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		jail_folder(fd);
		if (fd < 0 || jail_prepare(&why) < 0 ||
		    jail_enter(JAIL_FOLDER, &why) < 0)
			_exit(CODE_JAIL);
		_exit(keep_files());
	}
	tap_int(0, outcome(pid), "FOLDER: files of the folder are kept, "
	    "others are out of reach");
	unlink(outside);
	tap_int(0, rmdir(folder), "and nothing is left in it");
}

/* A session with a spool: 0, or the number of what went wrong. */
static int
keep_mails(void)
{
	const char *why = "";
	char path[40], c;
	int fd, reader;

	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY);
	if (fd < 0 || reader < 0 || write(fd, "x", 1) != 1)
		return 1;
	if (open(outside, O_TMPFILE | O_RDWR, 0600) >= 0 ||
	    open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0)
		return 2;
	if (jail_enter(JAIL_DIALED, &why) < 0 ||
	    jail_enter(JAIL_RELAY, &why) < 0)
		return CODE_JAIL;
	if (open(folder, O_TMPFILE | O_RDWR, 0600) >= 0)
		return 3;
	if (pwrite(fd, "y", 1, 5) != 1 || pread(reader, &c, 1, 5) != 1 ||
	    c != 'y' || fallocate(fd, FALLOC_FL_PUNCH_HOLE |
	    FALLOC_FL_KEEP_SIZE, 0, 6) < 0)
		return 4;
	return ftruncate(fd, 0) == 0 ? 5 : 0;
}

/* A worker with a folder of each kind. */
static int
keep_and_read(void)
{
	const char *why = "";
	char path[60], proc[40];
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	jail_folder(fd);
	jail_reads(etc);
	jail_reads(-1);
	if (jail_prepare_keeper(&why) < 0 ||
	    jail_enter(JAIL_KEEPER, &why) < 0 ||
	    jail_enter(JAIL_WORKER, &why) < 0)
		return CODE_JAIL;
	if (open("/etc/passwd", O_RDONLY) < 0)
		return 1;
	if (open("/etc/passwd", O_WRONLY) >= 0 ||
	    open("/usr/bin/env", O_RDONLY) >= 0)
		return 2;
	in_folder(path, "passwd");
	if (rename("/etc/passwd", path) == 0 ||
	    linkat(AT_FDCWD, "/etc/passwd", AT_FDCWD, path, 0) == 0)
		return 3;
	/* a file gets its name when it is complete */
	fd = open(folder, O_TMPFILE | O_RDWR, 0600);
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	if (fd < 0 || linkat(AT_FDCWD, proc, AT_FDCWD, path,
	    AT_SYMLINK_FOLLOW) < 0 || unlink(path) < 0 ||
	    linkat(AT_FDCWD, proc, AT_FDCWD, outside, AT_SYMLINK_FOLLOW) == 0)
		return 8;
	return keep_files();
}

static void
test_spool_folder(void)
{
	const char *why = "";
	pid_t pid;

	must(mkdir(folder, 0700), "mkdir");
	must(close(open(outside, O_WRONLY | O_CREAT, 0600)), "file");
	fflush(stdout);
	pid = fork();
	must(pid, "fork");
	if (pid == 0) {
		jail_spool(open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC));
		if (jail_prepare(&why) < 0 ||
		    jail_enter(JAIL_ACCEPTED, &why) < 0)
			_exit(CODE_JAIL);
		_exit(keep_mails());
	}
	tap_int(0, outcome(pid), "a session makes files in its spool's folder "
	    "alone, and until RELAY");
	pid = fork();
	must(pid, "fork");
	if (pid == 0)
		_exit(keep_and_read());
	tap_int(0, outcome(pid), "WORKER keeps files of one folder, reads "
	    "those of others, and no more");
	unlink(outside);
	tap_int(0, rmdir(folder), "and nothing is left in it");
}

static void
test_level(void)
{
	char text[64] = "", want[64] = "seccomp";
	long abi = syscall(444, NULL, 0, 1);
	int fds[2];
	pid_t pid;

	if (abi > 0)
		snprintf(want, sizeof want, "seccomp+landlock%ld",
		    abi > 7 ? 7 : abi);
	tap_cstr("none", jail_level(), "nothing is reached at first");
	must(pipe(fds), "pipe");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pipes[1] = fds[1];
		enter(JAIL_RELAY, false, false);
		_exit(show_level());
	}
	tap_int(0, outcome(pid), "a jailed process tells its level");
	close(fds[1]);
	must(read(fds[0], text, sizeof text - 1), "read");
	tap_cstr(want, text, "and it is what this kernel can");
	close(fds[0]);
	if (abi >= 6)
		tap_int(EPERM, run(try_abstract, JAIL_RELAY, false, false),
		    "Landlock denies what seccomp cannot see");
}

static int
check_prepared(void)
{
	static const struct { int resource; rlim_t max; } want[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NOFILE, JAIL_NOFILE },
#ifndef __SANITIZE_ADDRESS__
		{ RLIMIT_AS, (rlim_t)JAIL_AS_MB << 20 },
#endif
	};
	struct rlimit r;

	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (getrlimit(want[i].resource, &r) < 0 ||
		    r.rlim_cur > want[i].max || r.rlim_max > want[i].max)
			return CODE_WRONG;
	return prctl(PR_GET_DUMPABLE) == 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : CODE_WRONG;
}

static int
in_child(int (*fn)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid, "fork");
	if (pid == 0)
		_exit(fn());
	return outcome(pid);
}

static int
prepare_only(void)
{
	const char *why;

	if (jail_prepare(&why) < 0 || strcmp(jail_level(), "prepared") != 0)
		return CODE_JAIL;
	return check_prepared();
}

/* As a service with SystemCallFilter=~@privileged has it. */
static int
inside_filter(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof f / sizeof *f, f };
	const char *why;

	if (getuid() == 0 && jail_identity(NOBODY, NOBODY, "", &why) < 0)
		return CODE_WRONG;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) < 0)
		return CODE_WRONG;
	enter(JAIL_RELAY, false, true);
	return strncmp(jail_level(), "seccomp", 7) == 0 ? 0 : CODE_WRONG;
}

/* ACCEPTED leaves no capability, to root neither: not even over files. */
static int
capabilities(void)
{
	char path[40] = "/tmp/t-jail-XXXXXX";
	int fd = mkstemp(path), before, after;

	if (fd < 0 || fchown(fd, NOBODY, NOBODY) < 0 || fchmod(fd, 0) < 0)
		return CODE_WRONG;
	before = err(open(path, O_RDONLY));
	/* its name must go before the jail, so it is opened by number */
	unlink(path);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	enter(JAIL_ACCEPTED, false, true);
	after = err(open(path, O_RDONLY));
	return before == 0 && after == EACCES ? 0 : CODE_WRONG;
}

/* An address or a mark may want it, until the server is connected. */
static int
net_raw(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	const char *why;

	jail_keep(JAIL_NET_RAW);
	if (jail_identity(NOBODY, NOBODY, "", &why) < 0 ||
	    access("/etc/shadow", R_OK) == 0)
		return CODE_WRONG;
	enter(JAIL_ACCEPTED, false, true);
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &one, sizeof one) < 0 ||
	    err(open("/etc/shadow", O_RDONLY)) != EACCES)
		return CODE_WRONG;
	if (jail_enter(JAIL_DIALED, &why) < 0)
		return CODE_JAIL;
	return setsockopt(fd, SOL_SOCKET, SO_MARK, &one, sizeof one) < 0 ?
	    0 : CODE_WRONG;
}

static char empty_dir[64];

static int
identity(void)
{
	const char *why;

	if (jail_identity(NOBODY, NOBODY, "", &why) < 0)
		return CODE_JAIL;
	return getuid() == NOBODY && geteuid() == NOBODY &&
	    getegid() == NOBODY && getgroups(0, NULL) == 0 &&
	    setuid(0) < 0 ? 0 : CODE_WRONG;
}

static int
identity_chroot(void)
{
	const char *why;
	char cwd[256];

	if (jail_identity(NOBODY, NOBODY, empty_dir, &why) < 0)
		return CODE_JAIL;
	return getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/") == 0 &&
	    access("/etc", F_OK) < 0 && access("/..", F_OK) == 0 &&
	    getuid() == NOBODY ? 0 : CODE_WRONG;
}

static int
identity_root(void)
{
	const char *why = "";

	return jail_identity(0, NOBODY, "", &why) < 0 &&
	    strcmp(why, "app-user is root") == 0 ? 0 : CODE_WRONG;
}

static int
identity_no_chroot(void)
{
	const char *why = "";

	return jail_identity(NOBODY, NOBODY, "/no/such/folder", &why) < 0 &&
	    strcmp(why, "chroot-dir cannot be entered") == 0 ? 0 : CODE_WRONG;
}

static int
identity_unable(void)
{
	const char *why = "";

	if (jail_identity(NOBODY, NOBODY, "", &why) < 0)
		return CODE_JAIL;
	return jail_identity(NOBODY - 1, NOBODY, "", &why) < 0 ? 0 :
	    CODE_WRONG;
}

static void
test_identity(void)
{
	snprintf(empty_dir, sizeof empty_dir, "/tmp/t-jail-XXXXXX");
	if (mkdtemp(empty_dir) == NULL)
		exit(1);
	chmod(empty_dir, 0755);
	tap_int(0, in_child(identity), "root becomes app-user for good");
	tap_int(0, in_child(identity_chroot), "and enters chroot-dir");
	tap_int(0, in_child(identity_root), "root is no app-user");
	tap_int(0, in_child(identity_no_chroot),
	    "a chroot-dir that is not there is an error");
	tap_int(0, in_child(identity_unable),
	    "one who is not root cannot change");
	rmdir(empty_dir);
}

int
main(void)
{
	make_descriptors();
	test_level();
	test_folder();
	test_spool_folder();
	tap_int(0, in_child(prepare_only),
	    "prepared: limits and flags are set");
	tap_int(0, in_child(inside_filter),
	    "a filter around us that denies capset and seccomp is no hurdle");
	test_cases(false);
	test_not_dialed();
	test_spool_cases();
	if (getuid() == 0) {
		tap_int(0, in_child(capabilities), "root keeps no capability");
		tap_int(0, in_child(net_raw), "CAP_NET_RAW, kept until DIALED");
		test_cases(true);
		test_identity();
	} else {
		tap_skip("needs root", "as nobody, and changing identity");
	}
	unlink(log_addr.sun_path);
	return tap_done();
}
