#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "err.h"
#include "fd.h"
#include "look.h"
#include "vis.h"

/* -1 with errno. */
static int
connect_to(const char *path)
{
	const struct timeval wait = { ASK_WAIT, 0 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if ((size_t)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path) >=
	    sizeof sa.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
		fd_close(&fd);
	return fd;
}

/* What the helper says is for a terminal, and may come from an impostor. */
static void
put_clean(FILE *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\n' || (c >= 0x20 && c < 0x7f))
			fputc(c, out);
		else
			fputc('?', out);
	}
}

static int
converse(int fd, struct str line, FILE *out)
{
	char text[16384];
	size_t all = 0;
	bool error = false;
	ssize_t n;

	if (fd_write_all(fd, line) < 0 || fd_write_all(fd, STR("\n")) < 0)
		return ERR_IO;
	while ((n = read(fd, text, sizeof text)) > 0 && all < ASK_MAX) {
		if (all == 0)
			error = str_starts((struct str){ text, (size_t)n },
			    STR("error: "));
		put_clean(out, text, (size_t)n);
		all += (size_t)n;
	}
	return n < 0 || all == 0 ? ERR_IO : error ? ERR_REFUSED : 0;
}

/* The first socket that somebody answers at; else what was in the way. */
static int
find_socket(const struct ask *a, FILE *out)
{
	for (int i = 0; i < ASK_SOCKETS; i++) {
		int fd = a->sockets[i] ? connect_to(a->sockets[i]) : -1;

		if (fd >= 0)
			return fd;
		if (a->sockets[i] != NULL)
			fprintf(out, "; %s: %s", a->sockets[i],
			    strerror(errno));
	}
	return -1;
}

/* Why the scoreboard is not read; look: NULL, it does not know. */
static void
say_closed(const struct ask *a, const struct board_look *look, FILE *out)
{
	if (look == NULL)
		fputs("error: imap4-helper does not answer", out);
	else
		fprintf(out, "error: %s/" BOARD_FILE ": %s%s%s",
		    a->query.folder, look->why, look->error ? ": " : "",
		    look->error ? strerror(look->error) : "");
}

static int
ask_helper(const struct ask *a, const struct board_look *look,
    struct str line, FILE *out)
{
	char *tried = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&tried, &n);
	int fd, rc;

	if (f == NULL)
		abort();
	fd = find_socket(a, f);
	fclose(f);
	rc = fd < 0 ? ERR_IO : converse(fd, line, out);
	if (fd < 0) {
		say_closed(a, look, out);
		fprintf(out, "%s\n", tried);
	} else if (rc == ERR_IO) {
		fprintf(out, "error: no answer: %s\n", strerror(errno));
	}
	free(tried);
	fd_close(&fd);
	return rc;
}

/* What a helper says that is there and knows; true: it has. */
static bool
ask_first(const struct ask *a, struct str line, FILE *out)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	bool knows;

	if (f == NULL)
		abort();
	knows = ask_helper(a, NULL, line, f) == 0;
	fclose(f);
	if (knows)
		fwrite(text, 1, n, out);
	free(text);
	return knows;
}

int
ask_run(const struct ask *a, struct str line, FILE *out)
{
	struct board_look look;
	struct query q = a->query;

	if (a->whom == ASK_HELPER)
		return ask_helper(a, NULL, line, out);
	if (a->whom == ASK_RATHER_HELPER && ask_first(a, line, out))
		return 0;
	if (look_open(&look, q.folder, q.owner) < 0)
		return ask_helper(a, &look, line, out);
	look_close(&look);
	q.admin = true;	/* the kernel says who may kill */
	return query_run(&q, line, out);
}

/* ---- again and again ----------------------------------------------------- */

/* The first so many lines. */
static struct str
first_lines(struct str s, unsigned lines)
{
	struct str rest = s, line;

	for (unsigned i = 0; lines > 0 && i < lines; i++)
		str_cut(&rest, '\n', &line);
	if (lines > 0)
		s.n -= rest.n;
	return s;
}

static int
once(const struct ask *a, struct str line, const struct ask_watch *how,
    FILE *out, FILE *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str shown;
	int rc;

	if (f == NULL)
		abort();
	rc = ask_run(a, line, f);
	fclose(f);
	shown = first_lines((struct str){ text, n }, how->lines);
	/* home and clear together with the text: nothing flickers */
	if (how->clear && rc == 0)
		fputs("\033[H\033[2J", out);
	fwrite(shown.p, 1, shown.n, rc < 0 ? err : out);
	fflush(out);
	free(text);
	return rc;
}

int
ask_watch(const struct ask *a, struct str line, const struct ask_watch *how,
    FILE *out, FILE *err)
{
	int rc;

	while ((rc = once(a, line, how, out, err)) == 0 && how->every > 0 &&
	    !ferror(out))
		sleep(how->every);
	return rc;
}
