/*
 * A verdict store as a session uses it.
 *
 *	ask_store PATH ROOM put MAIL ENGINE AGE TITLE VERSION WORD...
 *		a finding, put so many seconds ago; MAIL is SHA-256, ENGINE a
 *		number, WORD is OBJECTS,VIRUS,SCORE,NAME (numbers, and a text)
 *	ask_store PATH ROOM raw MAIL ENGINE AGE TEXT
 *		a value that is none
 *	ask_store PATH ROOM fill N AGE
 *		values of so many mails
 *	ask_store PATH ROOM count
 *		prints how many values there are
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "finding.h"
#include "store.h"

const struct module_head *const module_static[] = { &engine_store.head, NULL };

static struct store *store;
static const char *why;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "ask_store: %s\n", what);
	exit(1);
}

static struct store_key
key_of(const char *mail, const char *engine)
{
	struct store_key k = { .engine = strtoull(engine, NULL, 10) };

	if (strlen(mail) != 2 * STORE_HASH)
		die("a mail is 64 digits");
	for (size_t i = 0; i < STORE_HASH; i++)
		if (sscanf(mail + 2 * i, "%2" SCNx8, &k.mail[i]) != 1)
			die("a mail is 64 digits");
	return k;
}

static void
put(struct store_key k, const char *age, struct str value)
{
	if (engine_store.put(store, &k, time(NULL) - atoll(age), value,
	    &why) < 0)
		die(why);
}

static void
put_finding(int argc, char **argv)
{
	static struct finding_made made;
	char value[FINDING_MAX], name[128];
	size_t n;

	if (argc < 5)
		die("put MAIL ENGINE AGE TITLE VERSION WORD...");
	finding_begin(&made);
	for (int i = 5; i < argc; i++) {
		unsigned objects, virus;
		int score;

		name[0] = '\0';
		if (sscanf(argv[i], "%u,%u,%d,%127s", &objects, &virus, &score,
		    name) < 3)
			die("a word is OBJECTS,VIRUS,SCORE,NAME");
		while (objects-- > 0)
			finding_add(&made, (uint8_t)virus, score, str_c(name));
	}
	n = finding_end(&made, str_c(argv[3]), str_c(argv[4]), value);
	if (n == 0)
		die("it cannot be kept");
	put(key_of(argv[0], argv[1]), argv[2], (struct str){ value, n });
}

static void
fill(int n, const char *age)
{
	struct store_key k = { .engine = 1 };

	for (int i = 0; i < n; i++) {
		memcpy(k.mail, &i, sizeof i);
		put(k, age, STR("\0\0"));
	}
}

int
main(int argc, char **argv)
{
	struct store_state s;

	if (argc < 4)
		die("PATH ROOM COMMAND...");
	store = engine_store.open(argv[1], strtoull(argv[2], NULL, 10), &why);
	if (store == NULL)
		die(why);
	if (strcmp(argv[3], "put") == 0)
		put_finding(argc - 4, argv + 4);
	else if (strcmp(argv[3], "raw") == 0 && argc == 8)
		put(key_of(argv[4], argv[5]), argv[6], str_c(argv[7]));
	else if (strcmp(argv[3], "fill") == 0 && argc == 6)
		fill(atoi(argv[4]), argv[5]);
	else if (strcmp(argv[3], "count") != 0)
		die("no such command");
	else if (engine_store.look(store, &s, &why) < 0)
		die(why);
	else
		printf("%" PRIu64 "\n", s.values);
	engine_store.close(store);
	return 0;
}
