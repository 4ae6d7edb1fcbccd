#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "compile.h"
#include "config.h"
#include "die.h"
#include "fd.h"
#include "tap.h"

struct compiled {
	char *text;
	int fd;
	struct compiled *next;
};

/* One more line; "@CERTS@" becomes the certificates' folder. */
static void
put_line(FILE *f, const char *indent, const char *line, const char *certs)
{
	const char *mark = strstr(line, "@CERTS@");

	if (mark != NULL)
		fprintf(f, "%s%.*s%s%s\n", indent, (int)(mark - line), line,
		    certs, mark + 7);
	else
		fprintf(f, "%s%s\n", indent, line);
}

static void
put_lines(FILE *f, const char *indent, const struct lines *l,
    const char *certs)
{
	for (size_t i = 0; i < l->n; i++)
		put_line(f, indent, l->line[i].p, certs);
}

static bool
has_key(const struct lines *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->line[i].p, key, strlen(key)) == 0)
			return true;
	return false;
}

static void
put_ssl(FILE *f, const struct script *s, enum side side, const char *certs)
{
	if (strcmp(s->tls[side], "no") == 0)
		return;
	fprintf(f, "ssl-params \"%s\" {\n\tmode = %s\n",
	    side == CLIENT ? "client" : "server", s->tls[side]);
	if (side == CLIENT)
		fprintf(f, "\tcertificate = \"%s/server.pem\"\n"
		    "\tprivate-key = \"%s/server.key\"\n", certs, certs);
	else
		fprintf(f, "\tauth-cert-dir = \"%s/cadir\"\n%s", certs,
		    has_key(&s->ssl[side], "server-name") ? "" :
		    "\tserver-name = \"localhost\"\n");
	put_lines(f, "\t", &s->ssl[side], certs);
	fprintf(f, "}\n");
}

/* Every mail is judged; unless the script says more, all are let through. */
static void
put_scan(FILE *f, const struct script *s, const char *certs)
{
	if (!has_key(&s->top, "spool"))
		fprintf(f, "spool { dir = \"%s\"  min-free = 0 }\n", certs);
	fprintf(f, "app-user = \"nobody\"  app-group = \"nogroup\"\n"
	    "mail-acl \"all\" { }\ndoc-acl \"all\" { }\n");
}

/* The policy of a script; malloc'd. */
static char *
config_text(const struct script *s, const char *certs)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		die(EX_OSERR, "no memory");
	fprintf(f, "version = \"1\"\n");
	put_lines(f, "", &s->top, certs);
	fprintf(f, "log { level = trace  requests = all }\n");
	put_ssl(f, s, CLIENT, certs);
	put_ssl(f, s, SERVER, certs);
	fprintf(f, "session-acl \"everybody\" {\n"
	    "\tplug-to = {\"192.0.2.25:143\"%s}\n%s",
	    strcmp(s->dial, "second") == 0 ? ", \"192.0.2.26:143\"" : "",
	    strcmp(s->tls[CLIENT], "no") == 0 ? "" :
	    "\tclient-ssl-params = \"client\"\n");
	put_lines(f, "\t", &s->session, certs);
	fprintf(f, "}\ncommand-acl \"everything\" {\n%s%s",
	    s->scan ? "" : "\tno-mail-scanning = yes\n",
	    strcmp(s->tls[SERVER], "no") == 0 ? "" :
	    "\tserver-ssl-params = \"server\"\n");
	put_lines(f, "\t", &s->command, certs);
	fprintf(f, "}\n");
	if (s->scan)
		put_scan(f, s, certs);
	fclose(f);
	return text;
}

static int
compile(const char *text)
{
	struct compile_result r;
	int fd = -1;

	if (compile_text("transcript", "/", str_c(text), &r) < 0) {
		tap_diag("%s%s", r.report, text);
	} else {
		fd = memfd_create("cache", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (fd < 0 || fd_write_all(fd,
		    (struct str){ r.cache, r.size }) < 0 ||
		    fchmod(fd, 0644) < 0 || fcntl(fd, F_ADD_SEALS,
		    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) < 0)
			die(EX_OSERR, "memfd");
	}
	compile_free(&r);
	return fd;
}

int
config_fd(const struct script *s, const char *certs)
{
	static struct compiled *all;
	char *text = config_text(s, certs);
	struct compiled *c;

	for (c = all; c != NULL; c = c->next)
		if (strcmp(c->text, text) == 0) {
			free(text);
			return c->fd;
		}
	c = calloc(1, sizeof *c);
	if (c == NULL)
		die(EX_OSERR, "no memory");
	*c = (struct compiled){ text, compile(text), all };
	all = c;
	return c->fd;
}
