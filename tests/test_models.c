/*
 * test_models.c: examples/models/ are the networks they say they are: their layers connect, and their
 * multiply-adds and those of the parts left out add up to the published count.
 */
#include "sepcc.h"
#include "spec/spec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FILE_MAX = 2, PART_MAX = 12, BREAK_MAX = 4 };

/* A file of examples/models/, and how many residual additions its stages hold. */
struct list_file {
    const char *name;
    size_t residuals;
};

/* Something a layer list leaves out. */
struct part {
    const char *what;
    double madds;
};

/* Multiply-adds of a standard convolution with these output sizes, and of one squeeze-and-excite block. */
#define CONVOLUTION(size, kernel, in, out) ((double)(size) * (size) * (kernel) * (kernel) * (in) * (out))
#define SQUEEZE_EXCITE(channels, hidden)   (2.0 * (channels) * (hidden))

struct model {
    struct list_file files[FILE_MAX]; /* the same layers each, one by one or joined to longer stages */
    size_t layers;
    double published; /* multiply-adds */
    double within;    /* the relative difference that its rounding or another way of counting explains */
    struct part parts[PART_MAX];
    const char *breaks[BREAK_MAX]; /* stages whose output something else reads first, such as a pooling */
};

static const struct model models[] = {
    {.files = {{.name = "mobilenet_v1.layers"}},
     .layers = 26,
     .published = 569e6,
     .within = 0.001,
     .parts = {{"first convolution", CONVOLUTION(112, 3, 3, 32)}, {"classifier", 1024 * 1000}}},
    {.files = {{.name = "mobilenet_v2.layers"}, {.name = "mobilenet_v2_fused.layers", .residuals = 10}},
     .layers = 51,
     .published = 300e6,
     .within = 0.003,
     .parts = {{"first convolution", CONVOLUTION(112, 3, 3, 32)}, {"classifier", 1280 * 1000}}},
    {.files = {{.name = "mobilenet_v3_large.layers"},
               {.name = "mobilenet_v3_large_fused.layers", .residuals = 4}},
     .layers = 45,
     .published = 217e6, /* the authors' TensorFlow release; the paper's 219e6 is 1.1 % more than ours */
     .within = 0.003,
     .parts = {{"first convolution", CONVOLUTION(112, 3, 3, 16)},
               {"squeeze-and-excite of block 4", SQUEEZE_EXCITE(72, 24)},
               {"of blocks 5 and 6", 2 * SQUEEZE_EXCITE(120, 32)},
               {"of block 11", SQUEEZE_EXCITE(480, 120)},
               {"of blocks 12 and 13", 2 * SQUEEZE_EXCITE(672, 168)},
               {"of blocks 14 and 15", 2 * SQUEEZE_EXCITE(960, 240)},
               {"after the pooling", 960 * 1280},
               {"classifier", 1280 * 1000}}},
    {.files = {{.name = "efficientnet_b0.layers"}},
     .layers = 48,
     .published = 0.39e9,
     .within = 0.0128, /* half a unit of the last digit */
     .parts = {{"first convolution", CONVOLUTION(112, 3, 3, 32)},
               {"squeeze-and-excite at 16 channels", SQUEEZE_EXCITE(32, 8) + SQUEEZE_EXCITE(96, 4)},
               {"at 24", SQUEEZE_EXCITE(144, 6) + SQUEEZE_EXCITE(144, 6)},
               {"at 40", SQUEEZE_EXCITE(240, 10) + SQUEEZE_EXCITE(240, 10)},
               {"at 80", 3 * SQUEEZE_EXCITE(480, 20)},
               {"at 112", 3 * SQUEEZE_EXCITE(672, 28)},
               {"at 192", 4 * SQUEEZE_EXCITE(1152, 48)},
               {"classifier", 1280 * 1000}}},
    {.files = {{.name = "xception.layers"}},
     .layers = 68,
     .published = 8.38e9,
     .within = 0.003,
     .parts = {{"first convolution", CONVOLUTION(149, 3, 3, 32)},
               {"second convolution", CONVOLUTION(147, 3, 32, 64)},
               {"shortcut to 128 channels", CONVOLUTION(74, 1, 64, 128)},
               {"shortcut to 256", CONVOLUTION(37, 1, 128, 256)},
               {"shortcut to 728", CONVOLUTION(19, 1, 256, 728)},
               {"shortcut to 1024", CONVOLUTION(10, 1, 728, 1024)},
               {"classifier", 2048 * 1000}},
     .breaks = {"sep2_pw", "sep4_pw", "sep6_pw", "sep32_pw"}},
    {.files = {{.name = "seed.layers"}},
     .layers = 2,
     .published = 8.0 * 56 * 56 * 32 * (3 * 3 + 64),
     .within = 0},
};

typedef void list_check(const struct model *model, const struct list_file *file,
                        const struct spec_list *list);

/* Reads every file of every network and gives it to check. */
static void check_lists(list_check *check)
{
    for (size_t m = 0; m < sizeof models / sizeof models[0]; ++m)
        for (size_t f = 0; f < FILE_MAX && models[m].files[f].name != NULL; ++f) {
            const struct list_file *file = &models[m].files[f];
            struct spec_list list;
            char path[128];
            snprintf(path, sizeof path, "examples/models/%s", file->name);
            assert_int_equal(spec_list_read(path, &list), STATUS_DONE);
            check(&models[m], file, &list);
            spec_list_free(&list);
        }
}

/* The last layer of a stage makes its output. */
static const struct sepcc_layer *last_layer(const struct spec *spec)
{
    return &spec->stage.layer[spec->stage.layer_count - 1];
}

static size_t count_layers(const struct spec_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i)
        count += list->items[i].stage.layer_count;
    return count;
}

static size_t count_residuals(const struct spec_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i)
        count += list->items[i].stage.residual;
    return count;
}

/* Counted as papers do: every tap of every output, those in the padding too. */
static double padded_madds(const struct sepcc_stage *stage)
{
    double sum = 0;
    for (size_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        const double depth = layer->op == SEPCC_OP_DEPTHWISE ? 1 : layer->in_c;
        sum += depth * layer->kernel_h * layer->kernel_w * layer->out_h * layer->out_w * layer->out_c;
    }
    return sum * stage->batch;
}

static void check_published(const struct model *model, const struct list_file *file,
                            const struct spec_list *list)
{
    double sum = 0;
    assert_int_equal(count_layers(list), model->layers);
    assert_int_equal(count_residuals(list), file->residuals);
    for (size_t i = 0; i < list->count; ++i)
        sum += padded_madds(&list->items[i].stage);
    for (size_t i = 0; i < PART_MAX && model->parts[i].what != NULL; ++i)
        sum += model->parts[i].madds;
    if (fabs(sum - model->published) > model->within * model->published)
        fail_msg("%s: %.4g multiply-adds, published are %.4g", file->name, sum, model->published);
}

static void multiply_adds_are_the_published_ones(void **state)
{
    (void)state;
    check_lists(check_published);
}

/* What kernels execute is less, by the taps in the padding only. */
static void check_executed(const struct model *model, const struct list_file *file,
                           const struct spec_list *list)
{
    (void)model;
    (void)file;
    for (size_t i = 0; i < list->count; ++i) {
        const struct sepcc_stage *stage = &list->items[i].stage;
        const double executed = (double)sepcc_stage_fma_count(stage), padded = padded_madds(stage);
        if (stage->op == SEPCC_OP_POINTWISE)
            assert_true(executed == padded);
        else
            assert_true(executed < padded && executed > 0.6 * padded);
    }
}

static void executed_multiply_adds_leave_out_the_padding(void **state)
{
    (void)state;
    check_lists(check_executed);
}

static bool is_break(const struct model *model, const char *name)
{
    for (size_t i = 0; i < BREAK_MAX && model->breaks[i] != NULL; ++i)
        if (strcmp(model->breaks[i], name) == 0)
            return true;
    return false;
}

static void check_connected(const struct model *model, const struct list_file *file,
                            const struct spec_list *list)
{
    for (size_t i = 0; i + 1 < list->count; ++i) {
        const struct sepcc_layer *from = last_layer(&list->items[i]);
        const struct sepcc_layer *to = &list->items[i + 1].stage.layer[0];
        const bool connected = from->out_h == to->in_h && from->out_w == to->in_w && from->out_c == to->in_c;
        if (connected == is_break(model, list->items[i].name))
            fail_msg("%s: %s and the stage after it %s", file->name, list->items[i].name,
                     connected ? "connect" : "do not connect");
    }
}

static void stages_connect(void **state)
{
    (void)state;
    check_lists(check_connected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiply_adds_are_the_published_ones),
        cmocka_unit_test(executed_multiply_adds_leave_out_the_padding),
        cmocka_unit_test(stages_connect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
