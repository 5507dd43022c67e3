/*
 * lint.h: what clang-tidy is told beyond the headers. It looks at one file at a time, so it cannot see that
 * diag_error and its kin never return STATUS_DONE, and would follow paths that cannot be.
 */
#include "base/diag.h"

#define diag_error(...) ((void)diag_error(__VA_ARGS__), STATUS_INPUT)
#define diag_memory()   ((void)diag_memory(), STATUS_ENVIRONMENT)
