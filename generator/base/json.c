/*
 * json.c: members of JSON objects.
 */
#include "base/json.h"

#include <stddef.h>

bool json_string(cJSON *object, const char *key, const char *value)
{
    return value != NULL && cJSON_AddStringToObject(object, key, value) != NULL;
}

bool json_number(cJSON *object, const char *key, double value)
{
    return cJSON_AddNumberToObject(object, key, value) != NULL;
}

bool json_count(cJSON *object, const char *key, uint64_t value)
{
    return json_number(object, key, (double)value);
}

cJSON *json_item(cJSON *array)
{
    cJSON *item = cJSON_CreateObject();
    if (item != NULL && !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}
