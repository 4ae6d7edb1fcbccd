#include "check.h"

void
check_scan(struct check *ck)
{
	(void)ck;
}
