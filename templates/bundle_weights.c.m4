m4_dnl bundle_weights.c.m4: the stages of a model with its weights, which are linked in (F_WEIGHTS 1) or loaded (2).
M_NEED([F_VERSION], [F_FILE], [F_STAGE_COUNT], [F_WEIGHTS], [F_WEIGHTS_ID], [F_WEIGHTS_FILE_BYTES], [F_WEIGHTS_VERSION],
    [F_WEIGHTS_HEADER], [F_WEIGHTS_ROW])m4_dnl
m4_define([T_ID], [M_FACT([STAGE], I_S, [ID])])m4_dnl
m4_define([T_NAME], [M_FACT([STAGE], I_S, [NAME])])m4_dnl
m4_dnl T_BLOB(number): the symbol of a blob of stage I_S.
m4_define([T_BLOB], [sepcc_weights_[]F_FILE[]_[]T_NAME[]_$1])m4_dnl
m4_define([T_BLOB_FACT], [M_FACT([STAGE], I_S, [BLOB], $1, [$2])])m4_dnl
m4_dnl T_LINE(number of the ISA): its place in the stage's table.
m4_define([T_LINE], [_T_LINE($1, M_FACT([STAGE], I_S, [ISA], $1, [BLOB]))])m4_dnl
m4_define([_T_LINE], [M_IF(F_WEIGHTS == 1, [    <:$1:> = T_BLOB($2)<:0:>,
], [    <:$1:> = {T_BLOB_FACT($2, [AT]), T_BLOB_FACT($2, [BYTES]), T_BLOB_FACT($2, [SUM])u},
])])m4_dnl
m4_define([T_LINES], [M_FOR([I_K], 0, M_FACT([STAGE], I_S, [$1], [COUNT]), [T_LINE(M_FACT([STAGE], I_S, [$1], I_K, [ISA]))])])m4_dnl
m4_define([T_TABLE], [{
#if defined(__x86_64__)
T_LINES([X86_64])m4_dnl
#elif defined(__aarch64__)
T_LINES([AARCH64])m4_dnl
#endif
T_LINES([ANY])m4_dnl
}])m4_dnl
/*
 * F_FILE[]_weights.c: the stages with the weights of their model, which M_IF(F_WEIGHTS == 1, [are linked in], [come from a file]); by sepcc F_VERSION.
 */
#include "F_FILE.h"

M_IF(F_WEIGHTS == 2, [m4_dnl
#include <stdio.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the file's bytes are little-endian"
#endif

/* What the kernel of one instruction set reads: where it stands in the file, and the sum of its words. */
struct blob {
    size_t at, bytes;
    uint64_t sum;
};

M_FOR([I_S], 0, F_STAGE_COUNT, [m4_dnl
static const struct blob blobs_[]I_S<:SEPCC_ISA_COUNT:> = T_TABLE;

])m4_dnl
/* Filled by _weights_load; the stages' pointers lead into memory. */
static struct {
    char *memory;
    const void *stage<:F_STAGE_COUNT:>;
} weights;

/* The blob of a stage on the running CPU, NULL without a kernel for it. */
static const struct blob *find_blob(size_t stage)
{
    switch (stage) {
M_FOR([I_S], 0, F_STAGE_COUNT, [m4_dnl
    case I_S: {
        const struct sepcc_kernel *kernel = T_ID[]_kernel();
        return kernel == NULL ? NULL : &blobs_[]I_S<:kernel->isa:>;
    }
])m4_dnl
    default:
        return NULL;
    }
}

/* As packed_sum of sepcc's generator. */
static uint64_t sum_words(const char *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9fb21c651e98df25);
        sum ^= sum >> 32;
    }
    return sum;
}

/* NULL, or what is wrong with the file's first bytes or its length. */
static const char *check_file(FILE *file)
{
    uint64_t header<:F_WEIGHTS_HEADER / 8:>;
    if (fread(header, 1, sizeof header, file) != sizeof header)
        return "the weights' file is truncated";
    if (memcmp(header, "sepccwts", 8) != 0)
        return "not a file of weights by sepcc";
    if (header<:1:> != F_WEIGHTS_VERSION)
        return "the weights' file has another version";
    if (header<:2:> != UINT64_C(F_WEIGHTS_ID))
        return "the weights' file belongs to another bundle";
    if (fseek(file, 0, SEEK_END) != 0 || ftell(file) < F_WEIGHTS_FILE_BYTES)
        return "the weights' file is truncated";
    if (ftell(file) > F_WEIGHTS_FILE_BYTES)
        return "the weights' file is longer than it was written";
    return NULL;
}

/* Reads the blobs of this CPU, one behind the other. */
static const char *read_blobs(FILE *file)
{
    char *to = weights.memory;
    for (size_t stage = 0; stage < F_STAGE_COUNT; ++stage) {
        const struct blob *blob = find_blob(stage);
        if (blob == NULL)
            continue;
        if (fseek(file, (long)blob->at, SEEK_SET) != 0 || fread(to, 1, blob->bytes, file) != blob->bytes)
            return "the weights' file cannot be read";
        if (sum_words(to, blob->bytes) != blob->sum)
            return "the weights' file was altered";
        weights.stage<:stage:> = to;
        to += blob->bytes;
    }
    return NULL;
}

static const char *load_file(FILE *file)
{
    size_t bytes = 0;
    const char *wrong = check_file(file);
    for (size_t stage = 0; stage < F_STAGE_COUNT; ++stage)
        bytes += find_blob(stage) == NULL ? 0 : find_blob(stage)->bytes;
    if (wrong != NULL)
        return wrong;
    weights.memory = (char *)F_ID[]_alloc(bytes);
    return weights.memory == NULL ? "no memory for the weights" : read_blobs(file);
}

const char *F_FILE[]_weights_load(const char *path)
{
    F_FILE[]_weights_free();
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return "the weights' file cannot be opened";
    const char *wrong = load_file(file);
    fclose(file);
    if (wrong != NULL)
        F_FILE[]_weights_free();
    return wrong;
}

void F_FILE[]_weights_free(void)
{
    F_ID[]_free(weights.memory);
    memset(&weights, 0, sizeof weights);
}
M_FOR([I_S], 0, F_STAGE_COUNT, [
const void *F_FILE[]_packed_[]T_NAME[](void)
{
    return weights.stage<:I_S:>;
}
])], [m4_dnl
M_FOR([I_S], 0, F_STAGE_COUNT, [M_FOR([I_B], 0, M_FACT([STAGE], I_S, [BLOB_COUNT]), [m4_dnl
extern const char T_BLOB(I_B)<::><:F_WEIGHTS_ROW:>;
])])m4_dnl
M_FOR([I_S], 0, F_STAGE_COUNT, [
static const char *const blobs_[]I_S<:SEPCC_ISA_COUNT:> = T_TABLE;

const void *F_FILE[]_packed_[]T_NAME[](void)
{
    const struct sepcc_kernel *kernel = T_ID[]_kernel();
    return kernel == NULL ? NULL : blobs_[]I_S<:kernel->isa:>;
}
])])m4_dnl

static int run(const struct sepcc_kernel *kernel, const void *packed, const float *in, float *out,
               void *workspace)
{
    if (kernel == NULL || packed == NULL)
        return -1;
    kernel->run(in, out, packed, workspace, 0, kernel->unit_count);
    return 0;
}
M_FOR([I_S], 0, F_STAGE_COUNT, [
int F_FILE[]_stage_[]T_NAME[](const float *in, float *out, void *workspace)
{
    return run(T_ID[]_kernel(), F_FILE[]_packed_[]T_NAME[](), in, out, workspace);
}
])m4_dnl
