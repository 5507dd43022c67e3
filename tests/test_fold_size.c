/*
 * test_fold_size.c: the sizes of folded constants, worked out by hand on small graphs.
 */
#include "support_graph.h"
#include "verify/fold_size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/*
 * Conv (0 -> 1) with bias 6, BatchNormalization (1 -> 2) with scale 3, bias 4, mean 5, variance 0 and epsilon
 * 1/4, Mul by -2 (2 -> 3), Sub of 7 (3 -> 4), Relu (4 -> 5).
 */
enum {
    IN,
    SUM,
    NORMAL,
    PRODUCT,
    SHIFTED,
    OUT,
    WEIGHT,
    BIAS,
    SCALE,
    SHIFT,
    MEAN,
    VARIANCE,
    FACTOR,
    LESS,
    TENSORS
};
enum { CONV, NORMALIZE, MUL, SUB, RELU, NODES };

static const float values[TENSORS] = {
    [BIAS] = 6, [SCALE] = 3, [SHIFT] = 4, [MEAN] = 5, [FACTOR] = -2, [LESS] = 7};
static const size_t reads[NODES][5] = {
    {IN, WEIGHT, BIAS}, {SUM, SCALE, SHIFT, MEAN, VARIANCE}, {FACTOR, NORMAL}, {PRODUCT, LESS}, {SHIFTED}};
static const size_t read_counts[NODES] = {3, 5, 2, 2, 1};
static const size_t writes[NODES] = {SUM, NORMAL, PRODUCT, SHIFTED, OUT};
static const char *const ops[NODES] = {"Conv", "BatchNormalization", "Mul", "Sub", "Relu"};
static const struct graph_attribute epsilon = {.name = "epsilon", .type = ATTRIBUTE_FLOAT, .real = 0.25f};
static const size_t node_index[NODES] = {CONV, NORMALIZE, MUL, SUB, RELU};

struct example {
    struct graph_tensor tensors[TENSORS];
    struct graph_node nodes[NODES];
    struct graph graph;
    struct model_stage stage;
    size_t replaced[NODES];
    float bias[1];
};

static void example_make(struct example *e)
{
    *e = (struct example){.bias = {2}};
    for (size_t t = WEIGHT; t < TENSORS; ++t) {
        e->tensors[t].reals = &values[t];
        e->tensors[t].count = 1;
    }
    for (size_t n = 0; n < NODES; ++n) {
        e->nodes[n] = (struct graph_node){.op = ops[n],
                                          .inputs = reads[n],
                                          .input_count = read_counts[n],
                                          .outputs = &writes[n],
                                          .output_count = 1};
        e->tensors[n].consumers = &node_index[n]; /* tensor n is what node n reads */
        e->tensors[n].consumer_count = 1;
        e->replaced[n] = n;
    }
    e->nodes[NORMALIZE].attributes = &epsilon;
    e->nodes[NORMALIZE].attribute_count = 1;
    e->graph = (struct graph){
        .nodes = e->nodes, .node_count = NODES, .tensors = e->tensors, .tensor_count = TENSORS};
    e->stage = (struct model_stage){
        .input = IN, .output = OUT, .nodes = e->replaced, .node_count = NODES, .layer[0].bias = e->bias};
    e->stage.spec.stage.layer_count = 1;
    e->stage.spec.stage.layer[0] = (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .out_c = 1, .has_bias = 1};
}

static void expect(const struct example *e, double constant, unsigned extra)
{
    struct fold_size size;
    assert_int_equal(fold_size_find(&e->graph, &e->stage, &size), STATUS_DONE);
    assert_ptr_equal(size.layer[0].bias, e->bias);
    assert_true(fabs(size.layer[0].constant[0] - constant) < 1e-9);
    assert_int_equal(size.layer[0].extra, extra);
    fold_size_free(&size);
}

/* 6; scale 3 / sqrt(1/4) = 6: 6*6 + 6*5 + 4 = 70; times 2: 140; and 7: 147. Three operators of 6 roundings.
 */
static void sizes_add_up(void **state)
{
    struct example e;
    (void)state;
    example_make(&e);
    expect(&e, 147, 18);
}

/* What another node reads, too, ends the way: behind the normalization. */
static void a_second_reader_ends_it(void **state)
{
    static const size_t two[] = {MUL, RELU};
    struct example e;
    (void)state;
    example_make(&e);
    e.tensors[NORMAL].consumers = two;
    e.tensors[NORMAL].consumer_count = 2;
    expect(&e, 70, 6);
}

/* The stage's output ends it, and a node that is not the stage's; the bias itself is the least. */
static void the_end_of_the_stage_ends_it(void **state)
{
    struct example e;
    (void)state;
    example_make(&e);
    e.stage.output = NORMAL;
    expect(&e, 70, 6);
    e.stage.node_count = 1;
    expect(&e, 6, 0);
    e.bias[0] = -50;
    expect(&e, 50, 0);
}

static double of(const struct made_graph *made, const char *name, size_t i)
{
    return made->values[made_tensor(made, name)][i];
}

/* Sum over the taps of |w| times |s * m| / sqrt(v + epsilon) + |b| of the channel that each reads. */
static void a_normalization_in_front_counts(void **state)
{
    static struct made_graph made;
    struct fold_size size;
    struct model model;
    (void)state;
    make_graph("in x 1x2x4x4\nconst s 2\nconst b 2\nconst m 2\nconst v 2 positive\nconst w 4x1x2x2\n"
               "const p 3x4x1x1\nn BatchNormalization x s b m v epsilon=0.25\nd Conv n w group=2\n"
               "q Conv d p\nout q",
               &made);
    struct graph graph = made.graph;
    assert_int_equal(model_find(&graph, MODEL_FUSED, &model), STATUS_DONE);
    assert_int_equal(model.stage_count, 1);
    assert_int_equal(fold_size_find(&model.graph, &model.stages[0], &size), STATUS_DONE);
    for (size_t o = 0; o < 4; ++o) {
        double taps = 0;
        const size_t c = o / 2;
        for (size_t t = 0; t < 4; ++t)
            taps += fabs(of(&made, "w", 4 * o + t));
        const double shift = fabs(of(&made, "s", c) * of(&made, "m", c)) / sqrt(of(&made, "v", c) + 0.25) +
                             fabs(of(&made, "b", c));
        assert_true(fabs(size.layer[0].constant[o] - taps * shift) < 1e-6);
    }
    assert_int_equal(size.layer[0].extra, 6);
    assert_true(size.layer[1].constant[0] == 0);
    assert_int_equal(size.layer[1].extra, 0);
    fold_size_free(&size);
    model_free(&model);
    made_graph_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_add_up),
        cmocka_unit_test(a_second_reader_ends_it),
        cmocka_unit_test(the_end_of_the_stage_ends_it),
        cmocka_unit_test(a_normalization_in_front_counts),
    };
    return cmocka_run_group_tests_name("fold_size", tests, NULL, NULL);
}
