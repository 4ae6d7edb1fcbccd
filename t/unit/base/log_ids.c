/* Each message of log_ids.h has an entry in imap4-proxy-messages(6). */

#include <stdio.h>
#include <stdlib.h>

#include "fd.h"
#include "log.h"
#include "tap.h"

static const char manual[] = "man/imap4-proxy-messages.6";

static unsigned
entries(const char *p)
{
	unsigned n = 0;

	for (; (p = strstr(p, "\n.It Sy ")) != NULL; p++)
		n++;
	return n;
}

int
main(void)
{
	char *text = NULL;
	size_t n;

	if (!tap_ok(fd_read_file(manual, 1 << 20, &text, &n) == 0,
	    "%s can be read from the top of the tree", manual))
		return tap_done();
	for (unsigned i = 0; i < LOG_ID_COUNT; i++) {
		const struct log_id_info *id = &log_id_table[i];
		char entry[80];

		snprintf(entry, sizeof entry, "\n.It Sy %.4s-%03u-%c %.23s\n",
		    id->component, id->number, id->severity, id->event);
		tap_ok(strstr(text, entry) != NULL, "%s-%03u-%c has an entry",
		    id->component, id->number, id->severity);
	}
	tap_int(LOG_ID_COUNT, entries(text), "and there is no other entry");
	free(text);
	return tap_done();
}
