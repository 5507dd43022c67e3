/*
 * json.h: members of JSON objects, for the commands that print them. False or NULL: out of memory.
 */
#ifndef SEPCC_GENERATOR_BASE_JSON_H
#define SEPCC_GENERATOR_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

bool json_string(cJSON *object, const char *key, const char *value); /* NULL is out of memory, too */
bool json_number(cJSON *object, const char *key, double value);
bool json_count(cJSON *object, const char *key, uint64_t value);

/* A new object at the end of an array. */
cJSON *json_item(cJSON *array);

#endif
