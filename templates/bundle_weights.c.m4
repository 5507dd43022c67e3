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
], [    <:$1:> = {T_BLOB_FACT($2, [AT]), T_BLOB_FACT($2, [BYTES]), "T_BLOB_FACT($2, [DIGEST])"},
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

/* What the kernel of one instruction set reads: where it stands in the file, and its digest by SHA-256. */
struct blob {
    size_t at, bytes;
    const char *digest;
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

/* ---- SHA-256, as FIPS 180-4 defines it ---- */

static const uint32_t sha_constants<:64:> = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

/* The 16 words of a block and the 48 that follow from them. */
static void sha_spread(const unsigned char *block, uint32_t word<:64:>)
{
    for (size_t i = 0; i < 16; ++i, block += 4)
        word<:i:> = (uint32_t)block<:0:> << 24 | (uint32_t)block<:1:> << 16 | (uint32_t)block<:2:> << 8 | block<:3:>;
    for (size_t i = 16; i < 64; ++i) {
        const uint32_t a = word<:i - 15:>, b = word<:i - 2:>;
        word<:i:> = word<:i - 16:> + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + word<:i - 7:> +
                  (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void sha_block(uint32_t state<:8:>, const unsigned char *block)
{
    uint32_t word<:64:>, s<:8:>;
    sha_spread(block, word);
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 64; ++i) {
        const uint32_t one = s<:7:> + (turn(s<:4:>, 6) ^ turn(s<:4:>, 11) ^ turn(s<:4:>, 25)) +
                             ((s<:4:> & s<:5:>) ^ (~s<:4:> & s<:6:>)) + sha_constants<:i:> + word<:i:>;
        const uint32_t two = (turn(s<:0:>, 2) ^ turn(s<:0:>, 13) ^ turn(s<:0:>, 22)) +
                             ((s<:0:> & s<:1:>) ^ (s<:0:> & s<:2:>) ^ (s<:1:> & s<:2:>));
        memmove(s + 1, s, 7 * sizeof *s);
        s<:4:> += one;
        s<:0:> = one + two;
    }
    for (size_t i = 0; i < 8; ++i)
        state<:i:> += s<:i:>;
}

/* Whether the bytes, whole blocks of 64, have the digest. */
static int has_digest(const char *bytes, size_t length, const char *digest)
{
    uint32_t state<:8:> = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char end<:64:> = {0x80};
    for (size_t at = 0; at < length; at += 64)
        sha_block(state, (const unsigned char *)bytes + at);
    for (unsigned i = 0; i < 8; ++i)
        end<:63 - i:> = (unsigned char)((uint64_t)length * 8 >> 8 * i);
    sha_block(state, end);
    for (unsigned i = 0; i < 64; ++i)
        if (digest<:i:> != "0123456789abcdef"<:state<:i / 8:> >> (28 - 4 * (i % 8)) & 15:>)
            return 0;
    return 1;
}

/* ---- the file ---- */

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
        if (!has_digest(to, blob->bytes, blob->digest))
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
