/*
 * test_ort.c: real models in ONNX Runtime give their golden outputs, also with tensors taken from within.
 */
#include "support_model.h"
#include "verify/ort_taps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * The golden outputs come from a session with all optimizations. The quantized model's values move by whole
 * steps where a rounding falls the other way.
 */
static void assert_golden(const struct shared_output *output, const struct ort_tap *tap, double tolerance)
{
    double largest = 0, off = 0;
    assert_int_equal(tap->count * sizeof(float), output->golden.length);
    for (size_t i = 0; i < tap->count; ++i) {
        float golden;
        memcpy(&golden, output->golden.data + i * sizeof golden, sizeof golden);
        largest = fmax(largest, fabs((double)golden));
        off = fmax(off, fabs((double)golden - (double)tap->data[i]));
    }
    if (!(off <= tolerance * largest))
        fail_msg("%s is off by %g, its largest value is %g", output->name, off, largest);
}

struct golden_case {
    const char *folder, *inner; /* a tensor within the model */
    size_t inner_count;
    double tolerance;
};

static void golden_outputs(void **state)
{
    const struct golden_case *given = *state;
    struct ort ort;
    struct shared_model model;
    struct ort_tap taps[SHARED_OUTPUTS_MAX + 1] = {0};
    char message[ORT_TEXT_MAX] = "";
    open_ort(&ort);
    shared_model_read(given->folder, &model);
    for (size_t i = 0; i < model.output_count; ++i)
        taps[i] = (struct ort_tap){.name = model.outputs[i].name, .is_output = true};
    size_t tap_count = model.output_count;
    if (given->inner != NULL)
        taps[tap_count++] = (struct ort_tap){.name = given->inner};
    const struct ort_model bytes = {.bytes = model.bytes.data, .length = model.bytes.length};
    const struct ort_input input = {.name = model.input_name,
                                    .data = (float *)(void *)model.input.data,
                                    .shape = model.input_shape,
                                    .rank = model.input_rank};
    if (!ort_taps_run(&ort, &bytes, &input, 1, taps, tap_count, message))
        fail_msg("%s: %s", given->folder, message);
    for (size_t i = 0; i < model.output_count; ++i)
        assert_golden(&model.outputs[i], &taps[i], given->tolerance);
    if (given->inner != NULL)
        assert_int_equal(taps[model.output_count].count, given->inner_count);
    ort_taps_free(&ort, taps, tap_count);
    ort_close(&ort);
    shared_model_free(&model);
}

static void errors_are_sentences(void **state)
{
    struct ort ort;
    char message[ORT_TEXT_MAX] = "";
    struct ort_tap tap = {.name = "y"};
    const struct ort_model garbage = {.bytes = "garbage", .length = 7};
    (void)state;
    assert_false(ort_open("/no/such/libonnxruntime.so", &ort, message));
    assert_non_null(strstr(message, "/no/such/libonnxruntime.so"));
    open_ort(&ort);
    message[0] = '\0';
    assert_false(ort_taps_run(&ort, &garbage, NULL, 0, &tap, 1, message));
    assert_true(message[0] != '\0');
    assert_null(tap.value);
    ort_taps_free(&ort, &tap, 1);
    ort_close(&ort);
}

static struct golden_case cases[] = {
    {"1_ppocrv4_det", "conv2d_450.tmp_0", 409600, 1e-4},
    {"1b_ppocr_cls", NULL, 0, 1e-4},
    {"1c_ppocrv4_rec", NULL, 0, 1e-3},
    {"2_blazeface_front_128", "StatefulPartitionedCall/functional_1/conv2d/BiasAdd:0", 98304, 1e-4},
    {"5_mobilenet_v2_140_224", NULL, 0, 1e-4},
    {"5b_mobilenet_v2_140_224_qdq", NULL, 0, 0.1},
};

#define GOLDEN(i, name)                                                                                      \
    {                                                                                                        \
        "golden_" #name, golden_outputs, NULL, NULL, &cases[i]                                               \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_sentences),
        GOLDEN(0, ppocrv4_det),
        GOLDEN(1, ppocr_cls),
        GOLDEN(2, ppocrv4_rec),
        GOLDEN(3, blazeface),
        GOLDEN(4, mobilenet_v2),
        GOLDEN(5, mobilenet_v2_qdq),
    };
    return cmocka_run_group_tests_name("ort", tests, NULL, NULL);
}
