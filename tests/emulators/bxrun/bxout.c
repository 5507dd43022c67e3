/*
 * bxout.c: reads what Bochs prints and gives the program's own output: the records of format.h, each to its
 * stream, as they come. Writes "exit=N ticks=N" to the file named by its argument when the exit record came.
 */
#include "format.h"

#include <stdbool.h>
#include <stdio.h>

/* Skips what Bochs says before the stream. The magic's first byte is nowhere else in it. */
static bool find_stream(void)
{
    static const char magic[] = STREAM_MAGIC;
    size_t matched = 0;
    while (matched < sizeof magic - 1) {
        const int byte = getchar();
        if (byte == EOF)
            return false;
        if (byte == magic[matched])
            ++matched;
        else
            matched = byte == magic[0] ? 1 : 0;
    }
    return true;
}

static bool read_exactly(void *bytes, size_t length)
{
    return fread(bytes, 1, length, stdin) == length;
}

/* Passes the rest of an output record on, and out of the buffer, so that both streams keep their order. */
static bool copy_record(FILE *to)
{
    char part[4096];
    uint32_t length;
    if (!read_exactly(&length, sizeof length))
        return false;
    while (length > 0) {
        const size_t wanted = length < sizeof part ? length : sizeof part;
        const size_t got = fread(part, 1, wanted, stdin);
        if (fwrite(part, 1, got, to) != got || got < wanted)
            return false;
        length -= (uint32_t)got;
    }
    return fflush(to) == 0;
}

static bool write_result(const char *path)
{
    uint32_t code;
    uint64_t ticks;
    if (!read_exactly(&code, sizeof code) || !read_exactly(&ticks, sizeof ticks))
        return false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    const bool printed = fprintf(file, "exit=%u ticks=%llu\n", code, (unsigned long long)ticks) > 0;
    return fclose(file) == 0 && printed;
}

/* True when all records up to the exit record were passed on. */
static bool pass_records(const char *result_path)
{
    for (;;) {
        const int kind = getchar();
        if (kind == STREAM_EXIT)
            return write_result(result_path);
        if (kind != STREAM_STDOUT && kind != STREAM_STDERR)
            return false;
        if (!copy_record(kind == STREAM_STDOUT ? stdout : stderr))
            return false;
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: bxout RESULT-FILE < what Bochs prints\n", stderr);
        return EXIT_BXRUN;
    }
    const bool whole = find_stream() && pass_records(argv[1]);
    while (getchar() != EOF) /* what Bochs says at its end; it must not meet a closed pipe */
        continue;
    return whole ? 0 : EXIT_BXRUN;
}
