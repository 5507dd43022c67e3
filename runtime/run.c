/*
 * run.c: running all units of a kernel, on the calling thread or on a pool.
 */
#include "internal.h"

size_t sepcc_pool_thread_count(const struct sepcc_pool *pool)
{
    return pool->thread_count;
}

enum sepcc_status sepcc_run(const struct sepcc_kernel *kernel, struct sepcc_pool *pool, const float *in,
                            float *out, const void *packed)
{
    void *workspace = NULL;
    if (pool != NULL)
        return pool->run(pool, kernel, in, out, packed);
    if (kernel->workspace_bytes > 0) {
        workspace = sepcc_alloc(kernel->workspace_bytes);
        if (workspace == NULL)
            return SEPCC_E_MEMORY;
    }
    kernel->run(in, out, packed, workspace, 0, kernel->unit_count);
    sepcc_free(workspace);
    return SEPCC_OK;
}
