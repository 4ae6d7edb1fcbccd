#include "err.h"

const char *
err_name(int err)
{
	switch ((enum err)err) {
	case ERR_EOF: return "eof";
	case ERR_IO: return "io";
	case ERR_TIMEOUT: return "timeout";
	case ERR_SYNTAX: return "syntax";
	case ERR_LIMIT: return "limit";
	case ERR_TLS: return "tls";
	case ERR_STATE: return "state";
	case ERR_REFUSED: return "refused";
	case ERR_NAME: return "name";
	case ERR_CONFIG: return "config";
	case ERR_TRUNCATED: return "truncated";
	case ERR_SUPPORT: return "unsupported";
	}
	return "none";
}
