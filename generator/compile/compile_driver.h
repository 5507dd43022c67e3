/*
 * compile_driver.h: what clang's driver runs, which is its own compiler with many more words. Run with those
 * words, it takes any number of sources.
 */
#ifndef SEPCC_GENERATOR_COMPILE_COMPILE_DRIVER_H
#define SEPCC_GENERATOR_COMPILE_COMPILE_DRIVER_H

#include <stddef.h>

/* A command line; the words point into one buffer. */
struct driver_words {
    char *buffer;
    const char **words; /* NULL-terminated */
    size_t count;
};

/*
 * Reads what `clang ... -c SOURCE -o OBJECT -###` says: the words of the one command, without OBJECT and
 * SOURCE, so that sources can be appended (there is room for extra ones), and each object stands beside its
 * source. Returns nothing (words NULL) when it says something else, or when out of memory. Free with
 * driver_words_free.
 */
struct driver_words driver_words_read(const char *said, const char *source, const char *object, size_t extra);
void driver_words_free(struct driver_words *words);

#endif
