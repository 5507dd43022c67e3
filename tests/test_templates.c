/*
 * test_templates.c: a mistake in a template fails loudly: misspelt macros, missing facts, brackets.
 */
#include "base/files.h"
#include "base/process.h"
#include "facts/emit.h"
#include "spec/isa.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_SIZE = 512 };

static char folder[] = "/tmp/sepcc-templates-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return folder_remove(folder) == STATUS_DONE ? 0 : -1;
}

/* Emits a template of this text for avx2 with these facts; message (256 bytes) gets the error lines. */
static enum exit_status emit_text(const char *template, const char *facts, struct text *output, char *message)
{
    char path[PATH_SIZE];
    struct text fact_text = {0};
    (void)snprintf(path, sizeof path, "%s/template.m4", folder);
    assert_int_equal(file_write(path, template, strlen(template), NULL), STATUS_DONE);
    text_printf(&fact_text, "m4_divert(-1)%s\nm4_divert(0)m4_dnl\n", facts);
    message[0] = '\0';
    diag_capture(message, 256);
    const enum exit_status status = emit_template(path, isa_get(SEPCC_ISA_AVX2), &fact_text, output);
    diag_capture(NULL, 0);
    text_free(&fact_text);
    return status;
}

/* ---- what emit_template refuses -------------------------------------------------------------------- */

static void test_good_template(void **state)
{
    (void)state;
    char message[256];
    struct text output = {0};
    assert_int_equal(emit_text("M_NEED([F_COUNT])m4_dnl\nint a<:F_COUNT:>; V_TYPE b;\n",
                               "m4_define([F_COUNT], [3])", &output, message),
                     STATUS_DONE);
    assert_string_equal(output.data, "int a[3]; __m256 b;\n");
    assert_string_equal(message, "");
    text_free(&output);
}

static void test_refused_templates(void **state)
{
    (void)state;
    const struct {
        const char *template;
        const char *word; /* must stand in the error line */
    } cases[] = {
        {"float x = V_LAOD([p]);\n", "V_LAOD"},
        {"M_FRO([I_X], 0, 3, [a])\n", "M_FRO"},
        {"M_FOR([I_X], 0, 3, [a I_Y;])\n", "I_Y"},
        {"A_APLLY([    ], [x])\n", "A_APLLY"},
        {"m4_defin([T_X], [1])\n", "m4_defin"},
        {"int T_X;\n", "T_X"},
        {"int a = F_MISSING;\n", "F_MISSING"},
        {"int a_[]F_MISSING;\n", "a_F_MISSING"},
        {"M_NEED([F_COUNT], [F_MISSING])m4_dnl\nint a;\n", "F_MISSING"},
        {"int a_[]M_FACT([ROW], 3, [SIZE]);\n", "F_ROW_3_SIZE"},
        {"m4_indir([F_MISSING]);\n", "F_MISSING"},
        {"int a = M_EVAL(F_MISSING + 1);\n", "F_MISSING"},
        {"A_APPLY([    ], [x])\n", "_A_APPLY_"},
        {"V_STORE_TAIL([p], [v], 9);\n", "no such literal"},
        {"M_FOR([I_X], 0, 3, [a;)\n", "end of file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char message[256];
        struct text output = {0};
        const enum exit_status status =
            emit_text(cases[i].template, "m4_define([F_COUNT], [3])", &output, message);
        if (status != STATUS_ENVIRONMENT || strstr(message, cases[i].word) == NULL ||
            strstr(message, "[template]") == NULL)
            fail_msg("status %d, message '%s' for %s", (int)status, message, cases[i].template);
        assert_null(output.data);
    }
}

static void test_leftover_words(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *word; /* NULL: none */
    } cases[] = {
        {"", NULL},
        {"__m256 a = _mm256_loadu_ps(in + 24); _MM_SHUFFLE(3, 2, 1, 0) _CMP_GT_OQ SEPCC_ISA_AVX2", NULL},
        {"MAX_ROW xV_LOAD v_load V_load M4 VF_X sepcc_f32_depthwise_3x3__6x6x3_m4_p1__sse_r1", NULL},
        {"a = V_LAOD(p)", "V_LAOD"},
        {"_A_APPLY_relu7", "_A_APPLY_relu7"},
        {"F_NAME", "F_NAME"},
        {"b + I_ROW", "I_ROW"},
        {"m4_foreach", "m4_foreach"},
        {"a_F_MISSING = 0", "a_F_MISSING"},
        {"x0_m4_eval", "x0_m4_eval"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        size_t length = 0;
        const char *found = emit_find_leftover(cases[i].text, &length);
        if (cases[i].word == NULL) {
            assert_null(found);
            continue;
        }
        assert_non_null(found);
        assert_int_equal(length, strlen(cases[i].word));
        assert_memory_equal(found, cases[i].word, length);
    }
}

/* ---- brackets --------------------------------------------------------------------------------------- */

/* m4 eats the brackets of a[0]; the C is then refused by the compiler, because nothing is called a0. */
static void test_bracket_trap(void **state)
{
    (void)state;
    char message[256], path[PATH_SIZE];
    struct text output = {0};
    (void)snprintf(path, sizeof path, "%s/trap.c", folder);
    assert_int_equal(
        emit_text("float first(const float *a);\nfloat first(const float *a)\n{\n    return a[0];\n}\n", "",
                  &output, message),
        STATUS_DONE);
    assert_non_null(strstr(output.data, "return a0;"));
    assert_int_equal(file_write(path, output.data, output.length, NULL), STATUS_DONE);
    text_free(&output);
    const char *const argv[] = {program_exists("clang") ? "clang" : "gcc", "-fsyntax-only", path, NULL};
    struct process process = {.argv = argv, .timeout_s = 60};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_int_equal(process.exit_code, 1);
    assert_non_null(strstr(process.error.data, "a0"));
    process_free(&process);
}

/*
 * The first place where C is indexed with brackets: a name in small letters right before a quote that is not
 * empty. Macros are in capitals, and m4 pastes with [].
 */
static const char *find_index(const char *text)
{
    for (const char *at = text; (at = strchr(at, '[')) != NULL; ++at) {
        const char *name = at;
        while (name > text && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
            --name;
        if (name < at && islower((unsigned char)*name) && at[1] != ']' && (name == text || name[-1] != '$'))
            return name;
    }
    return NULL;
}

static void test_no_index_in_templates(void **state)
{
    (void)state;
    assert_non_null(find_index("    return a[0];"));
    assert_non_null(find_index("x = lanes[I_LANE]"));
    assert_null(find_index("chain_[]I_CHAIN [a]I_R[_]I_C, [step] M_FOR([I_X], $2[_band])"));
    static const char *const patterns[] = {"templates/*.m4", "templates/isa/*.m4", "templates/lib/*.m4",
                                           "tests/words/*.m4"};
    size_t files = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; ++i) {
        glob_t found;
        assert_int_equal(glob(patterns[i], 0, NULL, &found), 0);
        for (size_t j = 0; j < found.gl_pathc; ++j, ++files) {
            struct text text = {0};
            assert_int_equal(file_read(found.gl_pathv[j], &text), STATUS_DONE);
            const char *index = find_index(text.data);
            if (index != NULL)
                fail_msg("%s: m4 eats these brackets, write <: :> or a pointer: %.40s", found.gl_pathv[j],
                         index);
            text_free(&text);
        }
        globfree(&found);
    }
    assert_true(files >= 8);
}

/* ---- the peak loop, the one template that needs no facts --------------------------------------------- */

static void test_peak_template(void **state)
{
    (void)state;
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        const struct text facts = {0};
        struct text output = {0};
        char symbol[64];
        assert_int_equal(emit_template("peak.m4", isa, &facts, &output), STATUS_DONE);
        (void)snprintf(symbol, sizeof symbol, "const struct sepcc_peak sepcc_peak_%s = {", isa->name);
        assert_non_null(strstr(output.data, symbol));
        text_free(&output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_template),         cmocka_unit_test(test_refused_templates),
        cmocka_unit_test(test_leftover_words),        cmocka_unit_test(test_bracket_trap),
        cmocka_unit_test(test_no_index_in_templates), cmocka_unit_test(test_peak_template),
    };
    return cmocka_run_group_tests_name("templates", tests, make_folder, remove_folder);
}
