/*
 * arguments.c: the command line of bench-peers.
 */
#include "arguments.h"

#include "contestants.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"file", required_argument, NULL, 'f'},    {"peers", required_argument, NULL, 'p'},
    {"layers", required_argument, NULL, 'l'},  {"chain", no_argument, NULL, 'c'},
    {"threads", required_argument, NULL, 't'}, {"seconds", required_argument, NULL, 's'},
    {"isa", required_argument, NULL, 'i'},     {"plan", required_argument, NULL, 'P'},
    {"wisdom", required_argument, NULL, 'w'},  {"minimum", no_argument, NULL, 'm'},
    {"output", required_argument, NULL, 'o'},  {"onnxruntime", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts("Usage: bench_peers -f FILE [OPTION...]\n"
         "Times sepcc's kernels and other libraries on the layers of a .layers list, in turns.\n\n"
         "  -f, --file FILE         the layers; the first word of -o's file names\n"
         "  -p, --peers LIST        some of the peers below (default: all that are installed)\n"
         "  -l, --layers LIST       these layers only, by name, and no chain\n"
         "  -c, --chain             the chain only, no layers\n"
         "  -t, --threads LIST      numbers of threads (default: 1,2)\n"
         "  -s, --seconds S         time to spend for each number of threads (default: 20)\n"
         "  -m, --minimum           compare shortest runs instead of medians, for a busy machine\n"
         "  -i, --isa NAME          instruction set; peers are kept to it too (default: the CPU's best)\n"
         "  -P, --plan KEY=VALUE,...  as for sepcc bench\n"
         "  -w, --wisdom FILE       tuned plans for sepcc, as for sepcc bench\n"
         "  -o, --output DIR        write DIR/CHAIN-ISA.md and .csv, with -w CHAIN-ISA-tuned\n"
         "  -r, --onnxruntime FILE  its shared library (default: where make bench-peers puts it)\n"
         "  -h, --help              print this");
    fputs("\nPeers:", stdout);
    for (size_t i = 0; contestant_name(i) != NULL; ++i)
        printf(" %s", contestant_name(i));
    puts("");
}

/* A decimal number from low to high, up to the end of text or a comma. */
static bool read_number(const char *text, double low, double high, char **end, double *number)
{
    errno = 0;
    *number = strtod(text, end);
    return errno == 0 && *end != text && (**end == '\0' || **end == ',') && *number >= low && *number <= high;
}

static enum exit_status read_threads(const char *text, struct arguments *arguments)
{
    arguments->threads_count = 0;
    for (char *end = (char *)text;; text = end + 1) {
        double number;
        if (arguments->threads_count == THREAD_COUNTS_MAX || !read_number(text, 1, 1024, &end, &number) ||
            number > (double)(size_t)number)
            return diag_error(DIAG_USAGE, (struct position){"--threads", 0, 0},
                              "'%s' is malformed, expected numbers of threads such as 1,2", text);
        arguments->threads[arguments->threads_count++] = (size_t)number;
        if (*end == '\0')
            return STATUS_DONE;
    }
}

static enum exit_status read_seconds(const char *text, struct arguments *arguments)
{
    char *end;
    if (read_number(text, 0, 86400, &end, &arguments->seconds) && *end == '\0')
        return STATUS_DONE;
    return diag_error(DIAG_USAGE, (struct position){"--seconds", 0, 0},
                      "'%s' is no time, expected seconds, at most a day", text);
}

static enum exit_status take(int option, const char *value, struct arguments *arguments)
{
    switch (option) {
    case 'f':
        arguments->file = value;
        return STATUS_DONE;
    case 'p':
        arguments->peers = value;
        return STATUS_DONE;
    case 'l':
        arguments->layers = value;
        return STATUS_DONE;
    case 'c':
        arguments->chain_only = true;
        return STATUS_DONE;
    case 'm':
        arguments->minimum = true;
        return STATUS_DONE;
    case 't':
        return read_threads(value, arguments);
    case 's':
        return read_seconds(value, arguments);
    case 'i':
        arguments->isa = value;
        return STATUS_DONE;
    case 'P':
        arguments->plan = value;
        return STATUS_DONE;
    case 'w':
        arguments->wisdom = value;
        return STATUS_DONE;
    case 'o':
        arguments->output = value;
        return STATUS_DONE;
    case 'r':
        arguments->onnxruntime = value;
        return STATUS_DONE;
    case 'h':
        arguments->done = true;
        print_help();
        return STATUS_DONE;
    default: /* getopt has said why */
        return STATUS_INPUT;
    }
}

enum exit_status arguments_parse(int argc, char **argv, struct arguments *arguments)
{
    enum exit_status status = STATUS_DONE;
    *arguments = (struct arguments){.threads = {1, 2}, .threads_count = 2, .seconds = 20};
    while (status == STATUS_DONE && !arguments->done) {
        const int option = getopt_long(argc, argv, "f:p:l:ct:s:mi:P:w:o:r:h", options, NULL);
        if (option == -1)
            break;
        status = take(option, optarg, arguments);
    }
    if (status != STATUS_DONE || arguments->done)
        return status;
    if (optind < argc)
        return diag_error(DIAG_USAGE, NOWHERE, "'%s' belongs to no option, see --help", argv[optind]);
    if (arguments->file == NULL)
        return diag_error(DIAG_USAGE, NOWHERE, "no layers are given, expected -f FILE, see --help");
    return STATUS_DONE;
}
