/*
 * support_compile.h: a folder with a source and a cache, and compiling there.
 */
#ifndef SEPCC_TESTS_SUPPORT_COMPILE_H
#define SEPCC_TESTS_SUPPORT_COMPILE_H

#include "compile/compile.h"

#include <stdbool.h>

/* Setup and teardown as in support_folder.h, with a cache of the folder's own. */
int cache_setup(void **state);
int cache_teardown(void **state);
/* The same with COMPILE_SOURCE as a.c, which includes one.h, which includes two.h, both in include/. */
int compile_setup(void **state);
extern const char COMPILE_SOURCE[];

/* One that has to be there, for this machine; NULL: clang. */
struct compiler open_compiler(const char *cc);

/* What went to stderr between the two ends up in compile_printed. */
enum { COMPILE_PRINTED_MAX = 4096 };
extern char compile_printed[COMPILE_PRINTED_MAX];
void capture_begin(int *kept, const char *folder);
void capture_end(int kept, const char *folder);

/*
 * Compiles folder/source to folder/object with -I folder/include and one more argument (may be NULL), within
 * such a capture.
 */
enum exit_status compile_one(const struct compiler *compiler, const char *folder, const char *source,
                             const char *object, const char *more, bool *cached);

#endif
