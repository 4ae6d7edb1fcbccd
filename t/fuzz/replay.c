/* Give every file of a fuzz target's corpus to it: a check without libFuzzer. */

#include <glob.h>
#include <stdlib.h>

#include "fd.h"
#include "tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 1 << 24 };

int
main(void)
{
	glob_t g;

	tap_ok(glob(CORPUS "/*", 0, NULL, &g) == 0, "the corpus %s is there",
	    CORPUS);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;
		char *p;
		size_t n;

		if (fd_read_file(g.gl_pathv[i], INPUT_MAX, &p, &n) < 0) {
			tap_ok(false, "%s is read", name);
			continue;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)p, n);
		free(p);
		tap_ok(true, "%s keeps the property", name);
	}
	globfree(&g);
	return tap_done();
}
