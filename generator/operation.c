/*
 * operation.c: the table of operations.
 */
#include "operation.h"

#include "facts.h"
#include "plan_internal.h"

static const struct operation operations[] = {
    {
        .id = OPERATION_DEPTHWISE,
        .op = SEPCC_OP_DEPTHWISE,
        .layout = SEPCC_NHWC,
        .name = "depthwise",
        .template = "depthwise.m4",
        .plan = plan_depthwise,
        .plan_free = plan_depthwise_free,
        .plan_request = plan_depthwise_request,
        .plan_explain = plan_depthwise_explain,
        .facts = facts_depthwise,
    },
    {
        .id = OPERATION_POINTWISE,
        .op = SEPCC_OP_POINTWISE,
        .layout = SEPCC_NHWC,
        .name = "pointwise",
        .template = "pointwise.m4",
        .plan = plan_pointwise,
        .plan_request = plan_pointwise_request,
        .plan_explain = plan_pointwise_explain,
        .facts = facts_pointwise,
    },
};

const struct operation *operation_of(const struct sepcc_stage *stage)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; ++i)
        if (operations[i].op == (enum sepcc_op)stage->op &&
            operations[i].layout == (enum sepcc_layout)stage->layout)
            return &operations[i];
    return NULL;
}
