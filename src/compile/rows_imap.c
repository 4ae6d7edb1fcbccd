#include <assert.h>

#include "append.h"
#include "capability.h"
#include "conf.h"
#include "command.h"
#include "item.h"
#include "rows.h"
#include "sasl.h"

static_assert((int)ROW_ALLOW == (int)IMAP_ALLOW && (int)ROW_ASK ==
    (int)IMAP_ASK && (int)ROW_NEVER == (int)IMAP_NEVER, "one enumeration");
static_assert((int)IMAP_ROWS <= (int)CONF_BITS && (int)IMAP_CAP_ROWS <=
    (int)CONF_BITS && (int)IMAP_SASL_ROWS <= (int)CONF_BITS,
    "rows fit a set");

#define TABLE(t, rows, table) \
static unsigned \
t##_count(void) \
{ \
	return rows; \
} \
static const char * \
t##_name(unsigned row) \
{ \
	return table[row].name; \
} \
static enum row_kind \
t##_kind(unsigned row) \
{ \
	return (enum row_kind)table[row].deflt; \
}
TABLE(command, IMAP_ROWS, imap_commands)
TABLE(capability, IMAP_CAP_ROWS, imap_caps_table)
TABLE(mechanism, IMAP_SASL_ROWS, imap_sasl)
TABLE(item, IMAP_ITEM_ROWS, imap_items)
TABLE(extension, IMAP_EXT_ROWS, imap_exts)

static int
command_row(struct str name)
{
	enum imap_row row;

	return imap_command_named(name, &row) ? (int)row : -1;
}

static int
capability_row(struct str name)
{
	enum imap_cap row;

	return imap_cap_named(name, &row) ? (int)row : -1;
}

static int
mechanism_row(struct str name)
{
	enum imap_sasl_row row = imap_sasl_find(name);

	return row != IMAP_SASL_UNKNOWN || str_ieq(name, STR("UNKNOWN")) ?
	    (int)row : -1;
}

static int
item_row(struct str name)
{
	enum imap_item_row row;

	return imap_item_named(name, &row) ? (int)row : -1;
}

static int
extension_row(struct str name)
{
	enum imap_ext row;

	return imap_ext_named(name, &row) ? (int)row : -1;
}

const struct rows rows_commands = { "command", command_count, command_name,
	command_kind, command_row };
const struct rows rows_capabilities = { "capability", capability_count,
	capability_name, capability_kind, capability_row };
const struct rows rows_mechanisms = { "mechanism", mechanism_count,
	mechanism_name, mechanism_kind, mechanism_row };
const struct rows rows_items = { "FETCH item", item_count, item_name,
	item_kind, item_row, imap_item_macro };
const struct rows rows_extensions = { "extension of APPEND", extension_count,
	extension_name, extension_kind, extension_row };
