#ifndef MEMORY_H
#define MEMORY_H

/*
 * What idle sessions cost: their private pages, and the kernel's memory.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * Private pages of a process in KB, from its smaps_rollup; false when that
 * may not be read: a sealed process shows it to root alone.
 */
bool memory_private(pid_t pid, uint64_t *kb_r);

/*
 * Kernel memory in KB: of the memory cgroup this process and its children are
 * in, or of the whole machine where cgroups don't tell; differences count.
 * Page tables, stacks, tasks, sockets and seccomp filters are in it.  Returns
 * once it has come to rest: the kernel frees what has ended a little later.
 */
uint64_t memory_kernel(void);
/* Where memory_kernel has it from. */
const char *memory_kernel_source(void);

#endif
