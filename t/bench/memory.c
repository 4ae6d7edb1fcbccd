/* Private and kernel memory: see memory.h. */

#include "memory.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	PATH = 512,
	REST_KB = 64,		/* a change this small is rest */
	REST_MS = 60,		/* over this time */
	REST_TRIES = 20,
};

/* Sum of the "key: N kB" lines whose keys begin with one of keys. */
static bool
sum_file(const char *path, const char *const *keys, uint64_t *sum_r)
{
	FILE *f = fopen(path, "r");
	char line[256];

	*sum_r = 0;
	if (f == NULL)
		return false;
	while (fgets(line, sizeof line, f) != NULL)
		for (size_t i = 0; keys[i] != NULL; i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				*sum_r += strtoull(line + strlen(keys[i]),
				    NULL, 10);
	return fclose(f) == 0;
}

bool
memory_private(pid_t pid, uint64_t *kb_r)
{
	static const char *const keys[] = { "Private_Clean:", "Private_Dirty:",
	    NULL };
	char path[PATH];

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	return sum_file(path, keys, kb_r) && *kb_r > 0;
}

/* The file of our own memory cgroup: false when there is none. */
static bool
cgroup_file(const char *controller, const char *mount, const char *file,
    char path_r[PATH])
{
	FILE *f = fopen("/proc/self/cgroup", "r");
	char line[PATH / 2];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		char *at = strstr(line, controller);

		line[strcspn(line, "\n")] = '\0';
		if (at == NULL)
			continue;
		snprintf(path_r, PATH, "%s%s/%s", mount,
		    at + strlen(controller), file);
		found = true;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static bool
cgroup1(uint64_t *kb_r)
{
	static const char *const any[] = { "", NULL };
	char path[PATH];

	if (!cgroup_file(":memory:", "/sys/fs/cgroup/memory",
	    "memory.kmem.usage_in_bytes", path) ||
	    !sum_file(path, any, kb_r))
		return false;
	*kb_r /= 1024;
	return *kb_r > 0;
}

static bool
cgroup2(uint64_t *kb_r)
{
	static const char *const keys[] = { "kernel ", NULL };
	char path[PATH];

	if (!cgroup_file("0::", "/sys/fs/cgroup", "memory.stat", path) ||
	    !sum_file(path, keys, kb_r))
		return false;
	*kb_r /= 1024;
	return *kb_r > 0;
}

/* Stacks and filters are in VmallocUsed. */
static bool
machine(uint64_t *kb_r)
{
	static const char *const keys[] = { "Slab:", "PageTables:",
	    "Percpu:", "VmallocUsed:", NULL };

	return sum_file("/proc/meminfo", keys, kb_r);
}

static const struct {
	bool (*read)(uint64_t *kb_r);
	const char *name;
} sources[] = {
	{ cgroup1, "memory.kmem.usage_in_bytes of our cgroup" },
	{ cgroup2, "memory.stat of our cgroup" },
	{ machine, "/proc/meminfo" },
};

/* The first that works, always the same one. */
static size_t
source(uint64_t *kb_r)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (sources[i].read(kb_r))
			return i;
	errx(1, "nothing tells about kernel memory");
}

uint64_t
memory_kernel(void)
{
	const struct timespec rest = { 0, REST_MS * 1000000L };
	uint64_t kb, last;

	source(&kb);
	for (int i = 0; i < REST_TRIES; i++) {
		last = kb;
		nanosleep(&rest, NULL);
		source(&kb);
		if (kb < last + REST_KB && last < kb + REST_KB)
			break;
	}
	return kb;
}

const char *
memory_kernel_source(void)
{
	uint64_t kb;

	return sources[source(&kb)].name;
}
