#ifndef IMAGE_H
#define IMAGE_H

/* A configuration in memory, as much of one as ACLs of mails need. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"

struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_mail_acl mail[2];
	struct conf_doc_acl doc[4];
	struct conf_header_edit header[4];
	struct conf_html html[2];
	struct conf_html_item item[4];
	struct conf_strval strval[4];
	struct conf_source source;
	size_t used;
	_Alignas(8) char text[4096];
};

static inline struct conf_ref
image_str(struct image *m, const char *s)
{
	size_t n = strlen(s) + 1;
	struct conf_ref r = { (uint32_t)(offsetof(struct image, text) +
	    m->used), (uint32_t)(n - 1) };

	assert(m->used + n < sizeof m->text);
	memcpy(m->text + m->used, s, n);
	m->used += n;
	return r;
}

#define IMAGE_TABLE(m, member, count) ((struct conf_ref){ \
	(uint32_t)offsetof(struct image, member), count })

/* dir: where notices are. */
static inline struct conf
image_open(struct image *m, const char *dir)
{
	*m = (struct image){ .used = 1 };
	m->main.mail_acls = IMAGE_TABLE(m, mail, 2);
	m->main.doc_acls = IMAGE_TABLE(m, doc, 4);
	m->main.html_filters = IMAGE_TABLE(m, html, 2);
	m->head.sources = IMAGE_TABLE(m, source, 1);
	m->source.path = image_str(m, "/nowhere/a.cfg");
	m->main.notices.dir = image_str(m, dir);
	m->main.notices.contact = image_str(m, "help@example.org");
	return (struct conf){ .map = (const char *)m, .size = sizeof *m,
	    .main = &m->main, .head = &m->head };
}

/* A folder of notices; its name lives until the next call. */
static inline const char *
image_folder(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/notices-XXXXXX");
	assert(mkdtemp(path) != NULL);
	return path;
}

static inline void
image_file(const char *dir, const char *folder, const char *name,
    const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, folder);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/%s", dir, folder, name);
	f = fopen(path, "w");
	assert(f != NULL);
	fputs(text, f);
	fclose(f);
}

static inline void
image_remove(const char *dir)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	assert(system(command) == 0);
}

#endif
