/*
 * descriptor.c: whether a kernel's descriptor may be trusted, and finding one in a bundle.
 */
#include "internal.h"

static bool text_present(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool digest_valid(const char *digest)
{
    return digest != NULL && strspn(digest, "0123456789abcdef") == 32 && digest[32] == '\0';
}

/* The counts that follow from the stage. Fused stages may compute some products twice. */
static bool counts_valid(const struct sepcc_kernel *kernel)
{
    const struct sepcc_stage *stage = &kernel->stage;
    const uint64_t fma_count = sepcc_stage_fma_count(stage);
    return kernel->unit_count > 0 && kernel->packed_bytes % SEPCC_ALIGNMENT == 0 &&
           kernel->workspace_bytes % SEPCC_ALIGNMENT == 0 &&
           (stage->layer_count == 1 ? kernel->fma_count == fma_count : kernel->fma_count >= fma_count) &&
           kernel->read_bytes == sepcc_stage_input_count(stage) * sizeof(float) + kernel->packed_bytes &&
           kernel->write_bytes == sepcc_stage_output_count(stage) * sizeof(float);
}

enum sepcc_status sepcc_kernel_check(const struct sepcc_kernel *kernel)
{
    if (kernel->abi_version != SEPCC_ABI_VERSION)
        return SEPCC_E_ABI;
    /* A later sepcc may have added fields at the end, which nobody here reads. */
    if (kernel->struct_size < sizeof *kernel)
        return SEPCC_E_STRUCT_SIZE;
    if (kernel->isa >= SEPCC_ISA_COUNT || !sepcc_stage_known(&kernel->stage))
        return SEPCC_E_UNKNOWN;
    if (!text_present(kernel->name) || !text_present(kernel->spec) || kernel->plan == NULL ||
        !digest_valid(kernel->digest) || kernel->pack == NULL || kernel->run == NULL ||
        !sepcc_stage_valid(&kernel->stage) || !counts_valid(kernel))
        return SEPCC_E_DESCRIPTOR;
    return SEPCC_OK;
}

enum sepcc_status sepcc_bundle_find(const struct sepcc_bundle *bundle, const char *kernel_name,
                                    const char *digest, const struct sepcc_kernel **kernel)
{
    for (size_t i = 0; i < bundle->kernel_count; ++i) {
        const struct sepcc_kernel *found = bundle->kernels[i];
        if (strcmp(found->name, kernel_name) != 0)
            continue;
        *kernel = found;
        if (digest != NULL && strcmp(found->digest, digest) != 0)
            return SEPCC_E_DIGEST;
        return (sepcc_cpu_isas() & (1u << found->isa)) != 0 ? SEPCC_OK : SEPCC_E_CPU;
    }
    *kernel = NULL;
    return SEPCC_E_SYMBOL;
}
