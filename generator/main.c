/*
 * main.c: the program sepcc: finds the command in a table, reads its options and runs it.
 */
#include "base/expect.h"
#include "base/process.h"
#include "commands/commands.h"
#include "sepcc_version.h"

#include <string.h>

static const struct command commands[] = {
    {"gen", FOR_GEN, cmd_gen, "Writes a bundle: a folder of C files for the stages",
     "(SPEC | FILE) -o DIR [OPTION...]", "all"},
    {"build", FOR_BUILD, cmd_build, "Writes a bundle and compiles it into libraries",
     "(SPEC | FILE) -o DIR [OPTION...]", "native"},
    {"verify", FOR_VERIFY, cmd_verify, "Runs each kernel against the reference, one line a kernel",
     "(SPEC | FILE | MODEL.onnx --against ort) [OPTION...]", "native"},
    {"run", FOR_RUN, cmd_run, "Runs one stage on real tensors",
     "SPEC --input X.npy --weights DIR -o Y.npy [OPTION...]", "best"},
    {"bench", FOR_BENCH, cmd_bench, "Measures the kernels against the peak of this CPU",
     "(SPEC | FILE | --cliffs) [OPTION...]", "best"},
    {"compare", FOR_COMPARE, cmd_compare,
     "Measures separable stages beside the standard convolutions they replace", "(SPEC | FILE) [OPTION...]",
     "best"},
    {"explain", FOR_EXPLAIN, cmd_explain, "Prints the plan of each stage in words",
     "(SPEC | FILE) [OPTION...]", "best"},
    {"asm", FOR_ASM, cmd_asm, "Counts what the compiler put into the hot loops of each kernel",
     "(SPEC | FILE) [OPTION...]", "native"},
    {"tune", FOR_TUNE, cmd_tune, "Searches the fastest plan of each stage on this machine",
     "(SPEC | FILE) --db=FILE [OPTION...]", "best"},
    {"stages", FOR_STAGES, cmd_stages, "Lists the stages that are found in a model", "FILE [OPTION...]",
     NULL},
    {"report", FOR_REPORT, cmd_report, "Draws a tuning database as one HTML page",
     "--db=FILE -o FILE.html [OPTION...]", NULL},
    {"db", FOR_DB, cmd_db, "Lists, exports, merges and prunes tuning databases",
     "list|best|export|prune FILE | import|merge -o FILE FROM... [OPTION...]", NULL},
    {"isas", FOR_ISAS, cmd_isas, "Lists what this CPU, the compiler and the emulators can run", "", NULL},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    fputs("Usage: sepcc COMMAND [ARGUMENT...]\n"
          "Turns shapes of depthwise and pointwise convolution layers into C made for exactly those shapes.\n"
          "\nCommands:\n",
          stdout);
    for (size_t i = 0; i < COMMAND_COUNT; ++i)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`sepcc COMMAND --help` lists the options of a command; `sepcc --version` prints the version.\n"
          "Example: sepcc explain depthwise in=56x56x128 kernel=3x3 pad=1 --isa avx2\n",
          stdout);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; ++i)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static enum exit_status unknown_command(const char *word)
{
    const char *names[COMMAND_COUNT];
    char expected[EXPECT_MAX];
    for (size_t i = 0; i < COMMAND_COUNT; ++i)
        names[i] = commands[i].name;
    expect_words(word, strlen(word), names, names, COMMAND_COUNT, expected);
    return diag_error(DIAG_USAGE, NOWHERE, "unknown command '%s', expected %s; try 'sepcc --help'", word,
                      expected);
}

static enum exit_status run_command(int argc, char **argv)
{
    if (argc < 2)
        return diag_error(DIAG_USAGE, NOWHERE, "no command is given; try 'sepcc --help'");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return STATUS_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("sepcc " SEPCC_VERSION);
        return STATUS_DONE;
    }
    const struct command *command = find_command(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    struct options options;
    enum exit_status status = options_parse(command, argc - 1, argv + 1, &options);
    if (status == STATUS_DONE && !options.done)
        status = command->run(&options);
    options_free(&options);
    return status;
}

int main(int argc, char **argv)
{
    process_catch_signals();
    enum exit_status status = run_command(argc, argv);
    /* What was printed counts only when it arrived. */
    const bool printed = fflush(stdout) == 0 && !ferror(stdout);
    if (!printed && status == STATUS_DONE)
        status = diag_error(DIAG_IO, NOWHERE, "cannot write to standard output");
    return (int)status;
}
