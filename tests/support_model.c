/*
 * support_model.c: reading a real model with its input and its golden outputs.
 */
#include "support_model.h"

#include "base/files.h"
#include "verify/ort_find.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static const char MODELS[] = "../shared/models";

char shared_model_folders[6][32] = {"1_ppocrv4_det",          "1b_ppocr_cls",
                                    "1c_ppocrv4_rec",         "2_blazeface_front_128",
                                    "5_mobilenet_v2_140_224", "5b_mobilenet_v2_140_224_qdq"};

static void skip_because(const char *what, const char *why)
{
    printf("skipped: %s: %s\n", what, why);
    skip();
}

static void models_path(char path[SHARED_PATH_MAX], const char *folder, const char *name)
{
    snprintf(path, SHARED_PATH_MAX, "%s/%s/%s", MODELS, folder, name);
}

static void read_part(const char *folder, const char *name, struct text *text)
{
    char path[SHARED_PATH_MAX];
    models_path(path, folder, name);
    assert_int_equal(file_read(path, text), STATUS_DONE);
}

static void take_string(const cJSON *object, const char *key, char text[SHARED_TEXT_MAX])
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    assert_non_null(value);
    snprintf(text, SHARED_TEXT_MAX, "%s", value);
}

static void take_meta(const char *folder, const cJSON *meta, struct shared_model *model)
{
    const cJSON *input = cJSON_GetObjectItem(meta, "input"), *item;
    take_string(input, "name", model->input_name);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(input, "dims"))
    {
        assert_true(model->input_rank < SHARED_RANK_MAX);
        model->input_shape[model->input_rank++] = item->valueint;
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(meta, "outputs"))
    {
        char file[SHARED_TEXT_MAX];
        assert_true(model->output_count < SHARED_OUTPUTS_MAX);
        struct shared_output *output = &model->outputs[model->output_count++];
        take_string(item, "name", output->name);
        take_string(item, "file", file);
        read_part(folder, file, &output->golden);
    }
}

void shared_model_read(const char *folder, struct shared_model *model)
{
    char pattern[SHARED_PATH_MAX];
    glob_t found;
    *model = (struct shared_model){0};
    models_path(pattern, folder, "*.onnx");
    if (glob(pattern, 0, NULL, &found) != 0)
        skip_because(folder, "not in ../shared/models");
    snprintf(model->file, sizeof model->file, "%s", found.gl_pathv[0]);
    globfree(&found);
    assert_int_equal(file_read(model->file, &model->bytes), STATUS_DONE);
    read_part(folder, "in.bin", &model->input);
    struct text text = {0};
    read_part(folder, "golden.meta.json", &text);
    cJSON *meta = cJSON_Parse(text.data);
    assert_non_null(meta);
    take_meta(folder, meta, model);
    cJSON_Delete(meta);
    text_free(&text);
}

void shared_model_free(struct shared_model *model)
{
    text_free(&model->bytes);
    text_free(&model->input);
    for (size_t i = 0; i < model->output_count; ++i)
        text_free(&model->outputs[i].golden);
}

void open_ort(struct ort *ort)
{
    char message[ORT_TEXT_MAX];
    char *path = ort_find(NULL);
    assert_non_null(path);
    const bool opened = ort_open(path, ort, message);
    free(path);
    if (!opened)
        skip_because("ONNX Runtime", message);
}
