/*
 * The monitor, asked anything about a board on which anything is written: the
 * answer is visible ASCII in whole lines, lists fit their columns, and exactly
 * an error says that it is one.  The input's first line is the command, what
 * follows is written over head, slots and displays again and again.
 */

#include <sys/stat.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "display.h"
#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	BELIEVED = 5,		/* slots that have an owner who wrote them */
};

static char folder[64], file[80];
static struct board board;

static void
gone(void)
{
	unlink(file);
	rmdir(folder);
}

static void
begin(void)
{
	FILE *f;

	snprintf(folder, sizeof folder, "/dev/shm/fuzz-query.%d",
	    (int)getpid());
	snprintf(file, sizeof file, "%s/" BOARD_FILE, folder);
	mkdir(folder, 0700);
	umask(077);
	f = fopen(file, "w");
	if (f == NULL || ftruncate(fileno(f),
	    (off_t)board_size(BOARD_SLOTS_UNIT)) < 0 || fclose(f) != 0 ||
	    !board_open(&board, folder, geteuid()))
		abort();
	atexit(gone);
}

static void
write_over(char *p, size_t size, struct str s)
{
	for (size_t i = 0; s.n > 0 && i < size; i += s.n)
		memcpy(p + i, s.p, s.n < size - i ? s.n : size - i);
}

static void
fill(struct str s)
{
	write_over((char *)board.head->counters,
	    sizeof board.head->counters, s);
	write_over((char *)board.slots, board.n * sizeof *board.slots, s);
	write_over(board.display, board.n * BOARD_DISPLAY, s);
	for (uint32_t i = 0; i < BELIEVED; i++) {
		uint32_t pid = i + 1;

		/* each one begins elsewhere in the input */
		if (s.n > i)
			write_over(board.display + i * BOARD_DISPLAY,
			    BOARD_DISPLAY, (struct str){ s.p + i, s.n - i });
		board.slots[i].owner = pid;
		memcpy(board.display + i * BOARD_DISPLAY, &pid, sizeof pid);
	}
}

static void
check(const char *text, size_t n, bool list)
{
	size_t column = 0;

	assert(n == 0 || text[n - 1] == '\n');
	for (size_t i = 0; i < n; i++) {
		assert(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
		column = text[i] == '\n' ? 0 : column + 1;
		assert(!list || column <= 80);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = { (const char *)data, n }, line;
	const struct query q = { .folder = folder, .owner = geteuid(),
	    .name = "fuzz", .config = "0011223344556677" };
	char *text = NULL;
	size_t size = 0;
	bool error;
	FILE *f;
	int rc;

	if (board.head == NULL)
		begin();
	str_cut(&rest, '\n', &line);
	fill(rest);
	f = open_memstream(&text, &size);
	if (f == NULL)
		abort();
	rc = query_run(&q, line, f);
	fclose(f);
	error = strncmp(text, "error: ", 7) == 0;
	assert((rc < 0) == error);
	check(text, size, !error && str_istarts(str_trim(line),
	    STR("show sess")) && memmem(line.p, line.n, "all", 3) == NULL &&
	    strstr(text, "SLOT") != NULL);
	free(text);
	return 0;
}
