/*
 * operation.h: what plans, counts and explains a stage: by its operation and layout, in one table.
 */
#ifndef SEPCC_GENERATOR_PLAN_OPERATION_H
#define SEPCC_GENERATOR_PLAN_OPERATION_H

#include "plan/plan.h"

struct work; /* plan_internal.h */

/* One bit for each, so that --plan keys can name the operations they belong to. */
enum operation_id {
    OPERATION_DEPTHWISE = 1,
    OPERATION_POINTWISE = 2,
    OPERATION_FUSED = 4,
    OPERATION_DEPTHWISE_NCHW = 8,
    OPERATION_POINTWISE_NCHW = 16,
    OPERATION_FUSED_NCHW = 32,
    OPERATION_CONV = 64, /* in both layouts */
};

struct operation {
    enum operation_id id;
    enum sepcc_op op;
    enum sepcc_layout layout;
    const char *name;            /* in messages */
    const char *template;        /* a file in templates/ */
    const char *const *includes; /* the templates that it includes, NULL-terminated; NULL: none */
    /* Fills the plan; as plan_make. */
    enum exit_status (*plan)(const struct spec *spec, const struct plan_request *request, struct position at,
                             struct plan *plan);
    /* Frees what the plan owns; NULL when it owns nothing. */
    void (*plan_free)(struct plan *plan);
    /* Fills a cleared request so that it makes this plan again; the budget aside. */
    void (*plan_request)(const struct plan *plan, struct plan_request *request);
    /* Appends what the plan says in words, up to "Work unit: ..." without the line's end. */
    void (*plan_explain)(const struct spec *spec, const struct plan *plan, struct text *text);
    /* Adds the vector instructions of one run to what is there: plan_count.c. */
    void (*count)(const struct spec *spec, const struct plan *plan, struct work *work);
};

/* That of one layer of a stage; NULL when there is none. */
const struct operation *operation_of_layer(enum sepcc_op op, enum sepcc_layout layout);

/* NULL when no operation does this stage. */
const struct operation *operation_of(const struct sepcc_stage *stage);

#endif
