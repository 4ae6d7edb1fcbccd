#ifndef HEAP_H
#define HEAP_H

/*
 * The heap of a process that forks many children.
 *
 * What a child allocates comes from holes between what the parent has, all
 * over the parent's pages, and each page it writes to becomes a copy: dozens
 * of faults and of pages for one session.  A settled heap has no holes:
 * children allocate behind it, on new pages, one after another.
 */

/*
 * Take all holes, and give what is free at the end back to the kernel.
 * Memory that is freed later makes new ones; the next call takes those, too,
 * and first gives back what it took before.  The process has one thread.
 */
void heap_settle(void);

#endif
