/*
 * model_name.c: names of stages, C identifiers made from those of nodes or tensors.
 */
#include "model/piece.h"

#include "spec/stage_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Left free for a number that makes the name another than all before. */
enum { NUMBER_ROOM = 8, PLAIN_MAX = SPEC_NAME_MAX - NUMBER_ROOM };

/* Where a name that is cut at begin goes on: behind the part of a word that is left there, if it is short. */
static size_t skip_part(const char *text, size_t begin, size_t length)
{
    if (begin == 0 || !isalnum((unsigned char)text[begin - 1]))
        return begin;
    size_t next = begin;
    while (next < length && isalnum((unsigned char)text[next]))
        ++next;
    return next - begin < PLAIN_MAX / 2 ? next : begin;
}

/* The last PLAIN_MAX letters and digits, with one underscore for whatever is between them. */
static void make_identifier(const char *text, char name[PLAIN_MAX + 1])
{
    size_t length = strlen(text), used = 0;
    while (length > 0 && !isalnum((unsigned char)text[length - 1]))
        --length;
    /* Counts from the end how much fits; a leading digit needs a letter before it. */
    size_t begin = length;
    for (bool gap = false; begin > 0 && used + 2 < PLAIN_MAX; --begin) {
        const bool word = isalnum((unsigned char)text[begin - 1]) != 0;
        used += word || !gap;
        gap = !word;
    }
    begin = skip_part(text, begin, length);
    while (begin < length && !isalnum((unsigned char)text[begin]))
        ++begin;
    used = 0;
    if (begin == length || isdigit((unsigned char)text[begin]))
        name[used++] = 'n';
    for (; begin < length; ++begin) {
        const bool word = isalnum((unsigned char)text[begin]) != 0;
        if (word || (used > 0 && name[used - 1] != '_'))
            name[used++] = word ? text[begin] : '_';
    }
    name[used] = '\0';
}

static bool is_free(const struct model *model, size_t stage, const char *name)
{
    bool is_ours = !stage_name_is_taken(name);
    for (size_t i = 0; is_ours && i < stage; ++i)
        is_ours = !stage_names_clash(model->stages[i].spec.name, name);
    return is_ours;
}

/* A normalization may stand in front of the first convolution. */
static const struct graph_node *first_convolution(const struct model *model, const struct model_stage *stage)
{
    size_t i = 0;
    while (i + 1 < stage->node_count && node_is(&model->graph.nodes[stage->nodes[i]], "BatchNormalization"))
        ++i;
    return &model->graph.nodes[stage->nodes[i]];
}

void name_stages(struct model *model)
{
    for (size_t i = 0; i < model->stage_count; ++i) {
        struct model_stage *stage = &model->stages[i];
        char plain[PLAIN_MAX + 1];
        make_identifier(graph_node_name(&model->graph, first_convolution(model, stage)), plain);
        snprintf(stage->spec.name, sizeof stage->spec.name, "%s", plain);
        /* Its place first: names that are all the same would else be tried out one by one. */
        for (size_t number = i + 1; !is_free(model, i, stage->spec.name); ++number)
            snprintf(stage->spec.name, sizeof stage->spec.name, "%s_%zu", plain, number);
    }
}
