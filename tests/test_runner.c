/*
 * test_runner.c: the program for emulated and remote targets, built for this CPU with hand-written kernels;
 * and the example of docs/runtime.md, which must compile.
 */
#include "runner.h"
#include "support_runtime.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * 1x1 depthwise kernels over three channels: out = in * weight. The second is wrong, the third writes behind
 * its output, the others, which are only raced, end by a signal and never.
 */
static const char source[] =
    "#include \"sepcc_kernel.h\"\n"
    "static void pack(const float *const w[], const float *const b[], const float *const s[], void *p)\n"
    "{ (void)b; (void)s; memset(p, 0, 64); memcpy(p, w[0], 12); }\n"
    "static void right(const float *in, float *out, const void *p, void *w, size_t begin, size_t end)\n"
    "{ (void)w; for (; begin < end; ++begin) out[begin] = in[begin] * ((const float *)p)[begin] + 0.0f; }\n"
    "static void wrong(const float *in, float *out, const void *p, void *w, size_t begin, size_t end)\n"
    "{ right(in, out, p, w, begin, end); out[1] = 5; }\n"
    "static void crash(const float *in, float *out, const void *p, void *w, size_t begin, size_t end)\n"
    "{ right(in, out, p, w, begin, end); out[3] = 5; }\n"
    "static void trap(const float *in, float *out, const void *p, void *w, size_t begin, size_t end)\n"
    "{ right(in, out, p, w, begin, end); __builtin_trap(); }\n"
    "static void hang(const float *in, float *out, const void *p, void *w, size_t begin, size_t end)\n"
    "{ right(in, out, p, w, begin, end); for (volatile int i = 1; i;) {} }\n"
    "#define KERNEL(f) static const struct sepcc_kernel kernel_##f = {SEPCC_ABI_VERSION, \\\n"
    "  sizeof kernel_##f, \"sepcc_\" #f, \"fake\", \"\", \"0123456789abcdef0123456789abcdef\", 0, \\\n"
    "  {SEPCC_OP_DEPTHWISE, SEPCC_F32, SEPCC_NHWC, 1, 0, 1, \\\n"
    "    {{SEPCC_OP_DEPTHWISE, 1,1,3, 1,1,3, 1,1, 1,1, 1,1, 0,0,0,0, 1, 0, 0, {0, 0}}}}, \\\n"
    "  64, 0, 3, 3, 76, 12, pack, f};\n"
    "KERNEL(right) KERNEL(wrong) KERNEL(crash) KERNEL(trap) KERNEL(hang)\n"
    "static const struct sepcc_kernel *const kernels[] = {&kernel_right, &kernel_wrong, &kernel_crash,\n"
    "  &kernel_trap, &kernel_hang};\n"
    "static const struct sepcc_bundle bundle = {SEPCC_ABI_VERSION, sizeof bundle, \"net\", \"0\", 5, "
    "kernels};\n"
    "extern const struct sepcc_bundle *const sepcc_runner_bundle;\n"
    "const struct sepcc_bundle *const sepcc_runner_bundle = &bundle;\n"
    "static const struct sepcc_kernel *const stages[] = {&kernel_right, &kernel_wrong, &kernel_right};\n"
    "static const struct sepcc_bundle chain = {SEPCC_ABI_VERSION, sizeof chain, \"chain\", \"0\", 3, "
    "stages};\n"
    "extern const struct sepcc_bundle *const sepcc_runner_more[];\n"
    "const struct sepcc_bundle *const sepcc_runner_more[] = {&chain, NULL};\n";

static char folder[] = "/tmp/sepcc_runner_XXXXXX";
static char source_path[64], program[64];

static int build_runner(void **state)
{
    char command[512];
    FILE *file;
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(source_path, sizeof source_path, "%s/bundle.c", folder);
    snprintf(program, sizeof program, "%s/runner", folder);
    file = fopen(source_path, "w");
    if (file == NULL || fputs(source, file) < 0 || fclose(file) != 0)
        return -1;
    snprintf(
        command, sizeof command,
        "${CC:-cc} -std=c11 -D_GNU_SOURCE -DSEPCC_RUNNER_MORE -ffp-contract=off -static -Iruntime -o %s %s "
        "$(ls runtime/*.c | grep -v -e crew_pool -e load -e npy) -lm -pthread",
        program, source_path);
    return system(command);
}

static int remove_all(void **state)
{
    (void)state;
    unlink(source_path);
    unlink(program);
    return rmdir(folder);
}

/* Runs the runner and returns its exit status as a shell has it; output gets standard output. */
static int run(const char *arguments, char *output, size_t size)
{
    char command[256];
    FILE *pipe;
    size_t length;
    int status;
    snprintf(command, sizeof command, "%s %s 2>/dev/null", program, arguments);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    length = fread(output, 1, size - 1, pipe);
    output[length] = '\0';
    status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void kernels_are_listed(void **state)
{
    char output[1024];
    (void)state;
    assert_int_equal(run("--list", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_right\nsepcc_wrong\nsepcc_crash\nsepcc_trap\nsepcc_hang\n");
    assert_int_equal(run("--list --only sepcc_wrong", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_wrong\n");
    /* In the order they are asked for; those of another bundle by its name. */
    assert_int_equal(run("--list --only sepcc_trap --only chain/sepcc_wrong", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_trap\nsepcc_wrong\n");
}

static void results_are_lines(void **state)
{
    char output[1024], expected[64];
    (void)state;
    assert_int_equal(run("--only sepcc_right --seed 7", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_right 0 12 \n");
    assert_int_equal(run("--only sepcc_right --only sepcc_wrong --seed 0x7", output, sizeof output), 1);
    snprintf(expected, sizeof expected, "sepcc_right 0 12 \nsepcc_wrong %d 1 output [0][0][0][1] is",
             (int)SEPCC_E_MISMATCH);
    assert_memory_equal(output, expected, strlen(expected));
    assert_non_null(strstr(output, "seed 7"));
}

/* The line of a kernel that crashes ends after its name, behind those of the kernels before it. */
static void crashes_name_their_kernel(void **state)
{
    char output[1024];
    (void)state;
    assert_int_not_equal(run("--only sepcc_right --only sepcc_crash", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_right 0 12 \nsepcc_crash ");
}

/* With a time limit each kernel runs in a child, and the next ones are proved all the same. */
static void faults_are_isolated(void **state)
{
    char output[2048], expected[64];
    (void)state;
    assert_int_equal(run("--timeout 1 --runs 1 --only sepcc_trap --only sepcc_hang --only sepcc_crash",
                         output, sizeof output),
                     1);
    snprintf(expected, sizeof expected, "sepcc_trap %d ", (int)SEPCC_E_CRASH);
    assert_memory_equal(output, expected, strlen(expected));
    snprintf(expected, sizeof expected, "\nsepcc_crash %d 0 SIGSEGV", (int)SEPCC_E_CRASH);
    assert_non_null(strstr(output, expected));
    snprintf(expected, sizeof expected, "\nsepcc_hang %d ", (int)SEPCC_E_TIMEOUT);
    assert_non_null(strstr(output, expected));
    assert_int_equal(run("--timeout 1 --runs 1 --only sepcc_right", output, sizeof output), 0);
    assert_string_equal(output, "sepcc_right 0 2 \n");
}

static void races_are_lines(void **state)
{
    char output[2048];
    unsigned left[2], rounds[2];
    double s[2][7];
    (void)state;
    assert_int_equal(run("--race --min-rounds 9 --most-rounds 9 --all-stay --timeout 60"
                         " --only sepcc_wrong --only sepcc_right",
                         output, sizeof output),
                     0);
    assert_int_equal(sscanf(output,
                            "result %u %u %lf %lf %lf %lf %lf %lf %lf\n"
                            "result %u %u %lf %lf %lf %lf %lf %lf %lf\n",
                            &left[0], &rounds[0], &s[0][0], &s[0][1], &s[0][2], &s[0][3], &s[0][4], &s[0][5],
                            &s[0][6], &left[1], &rounds[1], &s[1][0], &s[1][1], &s[1][2], &s[1][3], &s[1][4],
                            &s[1][5], &s[1][6]),
                     18);
    assert_non_null(strstr(output, "\ndone\n"));
    assert_true(left[0] == 0 && left[1] == 0 && rounds[0] == 9 && rounds[1] == 9);
    assert_true(s[0][0] > 0 && s[1][0] > 0 && s[0][3] == 1 && s[1][3] > 0);
}

static void faults_of_races_are_told(void **state)
{
    char output[2048], expected[32];
    (void)state;
    assert_int_equal(run("--race --timeout 60 --only sepcc_right --only sepcc_trap", output, sizeof output),
                     1);
    snprintf(expected, sizeof expected, "crashed 1 %d\n", SIGILL);
    assert_string_equal(output, expected);
    assert_int_equal(run("--race --timeout 1 --only sepcc_right --only sepcc_hang", output, sizeof output),
                     1);
    assert_string_equal(output, "hung 1\n");
}

/* On two threads, inside the chain, of which a runner stands for the second. */
static void races_have_threads_and_chains(void **state)
{
    char output[2048], expected[32];
    (void)state;
    assert_int_equal(run("--race --min-rounds 9 --most-rounds 9 --all-stay --timeout 60 --threads 2 --cache 2"
                         " --chain chain --chain-at 1 --only sepcc_wrong --only chain/sepcc_right",
                         output, sizeof output),
                     0);
    assert_memory_equal(output, "result 0 9 ", 11);
    assert_non_null(strstr(output, "\nresult 0 9 "));
    assert_non_null(strstr(output, "\ndone\n"));
    assert_int_equal(
        run("--race --timeout 60 --threads 2 --only sepcc_right --only sepcc_trap", output, sizeof output),
        1);
    snprintf(expected, sizeof expected, "crashed 1 %d\n", SIGILL);
    assert_string_equal(output, expected);
    assert_int_equal(
        run("--race --timeout 1 --threads 2 --only sepcc_right --only sepcc_hang", output, sizeof output), 1);
    assert_string_equal(output, "hung 1\n");
}

/* Also beside an option that this version does not know. */
static void other_protocols_are_refused(void **state)
{
    char output[1024], own[64], line[128];
    (void)state;
    snprintf(own, sizeof own, "protocol %d\n", (int)SEPCC_RUNNER_PROTOCOL);
    snprintf(line, sizeof line, "--protocol %d --list --only sepcc_right", (int)SEPCC_RUNNER_PROTOCOL);
    assert_int_equal(run(line, output, sizeof output), 0);
    assert_string_equal(output, "sepcc_right\n");
    snprintf(line, sizeof line, "--protocol %d --list", (int)SEPCC_RUNNER_PROTOCOL + 1);
    assert_int_equal(run(line, output, sizeof output), 2);
    assert_string_equal(output, own);
    assert_int_equal(run("--protocol 1 --of-another-version", output, sizeof output), 2);
    assert_string_equal(output, own);
}

/* This very machine: the sets, caches and lines that the library and the kernel tell, and no emulator. */
static void machine_is_described(void **state)
{
    char output[16384], expected[128];
    (void)state;
    assert_int_equal(run("--describe", output, sizeof output), 0);
    snprintf(expected, sizeof expected, "protocol %d\nisas %u\ncaches %zu %zu %zu\nbandwidth ",
             (int)SEPCC_RUNNER_PROTOCOL, sepcc_cpu_isas(), sepcc_cache_bytes(SEPCC_L1),
             sepcc_cache_bytes(SEPCC_L2), sepcc_cache_bytes(SEPCC_L3));
    assert_memory_equal(output, expected, strlen(expected));
    assert_non_null(strstr(output, "\ncpuinfo processor"));
    assert_non_null(strstr(output, "\nmachine "));
    assert_string_equal(output + strlen(output) - 5, "done\n");
}

static void bad_usage_is_refused(void **state)
{
    static const char *const bad[] = {"--seed",
                                      "--seed x",
                                      "--seed -1",
                                      "--seed 99999999999999999999",
                                      "--only",
                                      "--only x",
                                      "extra",
                                      "--seed 1x",
                                      "--unknown",
                                      "--list x",
                                      "--race --cache 3",
                                      "--race --cache 2",
                                      "--race --cache 2 --chain net --chain-at 0",
                                      "--race --cache 2 --chain chain --chain-at 3",
                                      "--race --chain chain --chain-at 0",
                                      "--race --threads 0",
                                      "--only net/sepcc_right",
                                      "--race --seconds -1"};
    char output[1024];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        assert_int_equal(run(bad[i], output, sizeof output), 2);
        assert_string_equal(output, "");
    }
}

static void example_of_the_manual_compiles(void **state)
{
    (void)state;
    assert_int_equal(
        system("sed -n '/^```c$/,/^```$/{/^```/!p}' docs/runtime.md | "
               "${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Iruntime -x c -c - -o /dev/null"),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_listed),
        cmocka_unit_test(results_are_lines),
        cmocka_unit_test(crashes_name_their_kernel),
        cmocka_unit_test(faults_are_isolated),
        cmocka_unit_test(races_are_lines),
        cmocka_unit_test(faults_of_races_are_told),
        cmocka_unit_test(races_have_threads_and_chains),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(machine_is_described),
        cmocka_unit_test(bad_usage_is_refused),
        cmocka_unit_test(example_of_the_manual_compiles),
    };
    return cmocka_run_group_tests(tests, build_runner, remove_all);
}
