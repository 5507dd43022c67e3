/*
 * verify.c: proving one kernel against the reference.
 *
 * For each kind of data: tensors are filled and the reference computes the expected output (once); then pack
 * runs twice and run several times, over other places of the tensors in their pages, other splits of the
 * units and other prefills of the output. With isolate all that runs the kernel's code is in a child process,
 * which tells through shared memory what it found, and leaves there where a fault hit.
 */
#include "compare.h"
#include "guard.h"
#include "isolate.h"

#include <inttypes.h>
#include <sys/mman.h>

/* The buffers of a proof; the layers' own start at WEIGHTS, BIAS and SLOPE. */
enum {
    INPUT,
    OUTPUT,
    PACKED,
    WORKSPACE,
    WEIGHTS,
    BIAS = WEIGHTS + SEPCC_MAX_LAYERS,
    SLOPE = BIAS + SEPCC_MAX_LAYERS,
    BUFFER_COUNT = SLOPE + SEPCC_MAX_LAYERS
};

static const char *const buffer_names[BUFFER_COUNT] = {"input",
                                                       "output",
                                                       "packed",
                                                       "workspace",
                                                       "weights of layer 0",
                                                       "weights of layer 1",
                                                       "weights of layer 2",
                                                       "bias of layer 0",
                                                       "bias of layer 1",
                                                       "bias of layer 2",
                                                       "slope of layer 0",
                                                       "slope of layer 1",
                                                       "slope of layer 2"};

static const char *const kind_names[SEPCC_DATA_COUNT] = {"cancelling", "special"};
static const char *const place_names[SEPCC_PLACE_COUNT] = {"at the end of", "at the start of",
                                                           "one float off the end of"};

enum split { SPLIT_WHOLE, SPLIT_REVERSE, SPLIT_HALVES };
static const char *const split_names[] = {"all units at once", "units one by one in reverse",
                                          "second half of the units first"};

/*
 * What the output holds before a run. The first is a signalling NaN, which arithmetic cannot give; the second
 * is finite, so that a kernel which reads its output before writing shows where a NaN is due.
 */
enum { PREFILL_NAN = 0x7fa5c3d1, PREFILL_FINITE = 0x4d5a5a5a };

struct trial {
    enum sepcc_place place;
    enum split split;
    uint32_t prefill;
    bool always; /* also for large kernels */
};

/* Every place, split and prefill is among those that always run. */
static const struct trial trials[] = {
    {SEPCC_PLACE_END, SPLIT_WHOLE, PREFILL_NAN, true},
    {SEPCC_PLACE_START, SPLIT_REVERSE, PREFILL_FINITE, true},
    {SEPCC_PLACE_SHIFTED, SPLIT_HALVES, PREFILL_NAN, true},
    {SEPCC_PLACE_START, SPLIT_WHOLE, PREFILL_NAN, false},
    {SEPCC_PLACE_END, SPLIT_REVERSE, PREFILL_FINITE, false},
    {SEPCC_PLACE_START, SPLIT_HALVES, PREFILL_FINITE, false},
};

enum { LARGE_FMA_COUNT = 8000000 };

/* What a child tells its parent. */
struct report {
    struct sepcc_verify_result result;
    bool finished;     /* all that was to be run has run; result is complete */
    const char *doing; /* a string constant */
    const struct trial *trial;
    int fault_buffer;                    /* -1: none */
    ptrdiff_t fault_before, fault_after; /* distance to the data's start and end */
};

struct proof {
    const struct sepcc_kernel *kernel;
    const struct sepcc_verify_options *options;
    enum sepcc_data kind;
    uint64_t seed; /* of this kind's tensors */
    struct sepcc_guarded buffer[BUFFER_COUNT];
    float *expected;
    struct report *report;
};

static float *floats(const struct proof *proof, size_t index)
{
    return (float *)(void *)proof->buffer[index].data; /* pages are aligned, places keep that to a float */
}

/* ---- telling --------------------------------------------------------------------------------------- */

/* Appends where in the proof it happened; message holds the beginning. */
static void append_circumstances(struct proof *proof, struct sepcc_verify_result *result)
{
    const struct report *report = proof->report;
    const size_t length = strlen(result->message), room = sizeof result->message - length;
    if (report->trial != NULL)
        sepcc_message(result->message + length, room,
                      " (%s, tensors %s their pages, %s data, seed %" PRIu64 ")",
                      split_names[report->trial->split], place_names[report->trial->place],
                      kind_names[proof->kind], proof->options->seed);
    else
        sepcc_message(result->message + length, room, " (%s, %s data, seed %" PRIu64 ")", report->doing,
                      kind_names[proof->kind], proof->options->seed);
}

static enum sepcc_status tell(struct proof *proof, enum sepcc_status status)
{
    proof->report->result.status = status;
    append_circumstances(proof, &proof->report->result);
    return status;
}

static enum sepcc_status tell_memory(struct proof *proof)
{
    sepcc_message(proof->report->result.message, sizeof proof->report->result.message, "out of memory");
    return tell(proof, SEPCC_E_MEMORY);
}

static enum sepcc_status tell_difference(struct proof *proof, const struct sepcc_difference *difference)
{
    struct sepcc_verify_result *result = &proof->report->result;
    size_t shape[4], at[4], rest = difference->index;
    sepcc_stage_output_shape(&proof->kernel->stage, shape);
    for (size_t axis = 4; axis-- > 0; rest /= shape[axis])
        at[axis] = rest % shape[axis];
    result->index = difference->index;
    result->expected = difference->expected;
    result->actual = difference->actual;
    if (difference->status == SEPCC_E_UNWRITTEN)
        sepcc_message(result->message, sizeof result->message, "output [%zu][%zu][%zu][%zu] was not written",
                      at[0], at[1], at[2], at[3]);
    else
        sepcc_message(result->message, sizeof result->message,
                      "output [%zu][%zu][%zu][%zu] is %a (%g), expected %a (%g)", at[0], at[1], at[2], at[3],
                      (double)result->actual, (double)result->actual, (double)result->expected,
                      (double)result->expected);
    return tell(proof, difference->status);
}

/* Writes the position of a byte, given its distances from a buffer's start and end. */
static void print_position(char *text, size_t size, ptrdiff_t from_start, ptrdiff_t from_end)
{
    if (from_start < 0)
        sepcc_message(text, size, "%td bytes before the start of", -from_start);
    else if (from_end >= 0)
        sepcc_message(text, size, "%td bytes past the end of", from_end);
    else
        sepcc_message(text, size, "byte %td of", from_start);
}

/* ---- checks after each run ------------------------------------------------------------------------- */

static enum sepcc_status check_canaries(struct proof *proof, int first, int last)
{
    for (int i = first; i <= last; ++i) {
        const struct sepcc_guarded *buffer = &proof->buffer[i];
        struct sepcc_verify_result *result = &proof->report->result;
        ptrdiff_t offset;
        char position[64];
        if (sepcc_guarded_intact(buffer, &offset))
            continue;
        print_position(position, sizeof position, offset, offset - (ptrdiff_t)buffer->bytes);
        sepcc_message(result->message, sizeof result->message, "writes %s the %s", position, buffer_names[i]);
        return tell(proof, SEPCC_E_OVERWRITE);
    }
    return SEPCC_OK;
}

/* ---- pack ------------------------------------------------------------------------------------------ */

static void pack_once(struct proof *proof)
{
    const float *weights[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        weights[i] = floats(proof, WEIGHTS + i);
        bias[i] = floats(proof, BIAS + i);
        slope[i] = floats(proof, SLOPE + i);
    }
    proof->kernel->pack(weights, bias, slope, proof->buffer[PACKED].data);
}

/* Places all that pack touches, prefills packed, packs, and checks that nothing else was written. */
static enum sepcc_status pack_at(struct proof *proof, enum sepcc_place place, int prefill)
{
    struct sepcc_guarded *packed = &proof->buffer[PACKED];
    enum sepcc_status status = sepcc_guarded_place(packed, place);
    for (int i = WEIGHTS; i < BUFFER_COUNT && status == SEPCC_OK; ++i) {
        status = sepcc_guarded_place(&proof->buffer[i], place);
        if (status == SEPCC_OK)
            status = sepcc_guarded_protect(&proof->buffer[i], SEPCC_ACCESS_READ);
    }
    if (status != SEPCC_OK)
        return tell_memory(proof);
    if (packed->bytes > 0)
        memset(packed->data, prefill, packed->bytes);
    pack_once(proof);
    return check_canaries(proof, PACKED, PACKED);
}

static enum sepcc_status compare_packings(struct proof *proof, const unsigned char *first)
{
    const struct sepcc_guarded *packed = &proof->buffer[PACKED];
    struct sepcc_verify_result *result = &proof->report->result;
    for (size_t i = 0; i < packed->bytes; ++i)
        if (first[i] != packed->data[i]) {
            sepcc_message(result->message, sizeof result->message,
                          "pack left byte %zu of %zu unwritten, or writes other bytes each time", i,
                          packed->bytes);
            result->index = i / sizeof(float);
            return tell(proof, SEPCC_E_UNWRITTEN);
        }
    return SEPCC_OK;
}

/* Packs at both ends of the pages, over different prefills: the packed bytes must be the same. */
static enum sepcc_status try_pack(struct proof *proof)
{
    const struct sepcc_guarded *packed = &proof->buffer[PACKED];
    unsigned char *first = sepcc_alloc(packed->bytes);
    enum sepcc_status status;
    proof->report->trial = NULL;
    proof->report->doing = "in pack";
    if (first == NULL)
        return tell_memory(proof);
    status = pack_at(proof, SEPCC_PLACE_END, 0x5a);
    if (status == SEPCC_OK) {
        if (packed->bytes > 0)
            memcpy(first, packed->data, packed->bytes);
        status = pack_at(proof, SEPCC_PLACE_START, 0xa5);
    }
    if (status == SEPCC_OK)
        status = compare_packings(proof, first);
    sepcc_free(first);
    /* run has no business with the plain weights. */
    for (int i = WEIGHTS; i < BUFFER_COUNT && status == SEPCC_OK; ++i)
        if (sepcc_guarded_protect(&proof->buffer[i], SEPCC_ACCESS_NONE) != SEPCC_OK)
            status = tell_memory(proof);
    return status;
}

/* ---- run ------------------------------------------------------------------------------------------- */

static void run_split(struct proof *proof, enum split split)
{
    const struct sepcc_kernel *kernel = proof->kernel;
    const float *in = floats(proof, INPUT);
    float *out = floats(proof, OUTPUT);
    const void *packed = proof->buffer[PACKED].data;
    void *workspace = proof->buffer[WORKSPACE].data;
    const size_t count = kernel->unit_count, half = count / 2;
    switch (split) {
    case SPLIT_WHOLE:
        kernel->run(in, out, packed, workspace, 0, count);
        break;
    case SPLIT_REVERSE:
        for (size_t unit = count; unit-- > 0;)
            kernel->run(in, out, packed, workspace, unit, unit + 1);
        break;
    case SPLIT_HALVES:
        kernel->run(in, out, packed, workspace, half, count);
        kernel->run(in, out, packed, workspace, 0, half); /* of one unit: nothing */
        break;
    }
}

/* Places the buffers of a run; what has to be aligned stays so. */
static enum sepcc_status place_for(struct proof *proof, const struct trial *trial)
{
    const enum sepcc_place aligned = trial->place == SEPCC_PLACE_START ? SEPCC_PLACE_START : SEPCC_PLACE_END;
    if (sepcc_guarded_place(&proof->buffer[INPUT], trial->place) != SEPCC_OK ||
        sepcc_guarded_place(&proof->buffer[OUTPUT], trial->place) != SEPCC_OK ||
        sepcc_guarded_place(&proof->buffer[PACKED], aligned) != SEPCC_OK ||
        sepcc_guarded_place(&proof->buffer[WORKSPACE], aligned) != SEPCC_OK ||
        sepcc_guarded_protect(&proof->buffer[INPUT], SEPCC_ACCESS_READ) != SEPCC_OK ||
        sepcc_guarded_protect(&proof->buffer[PACKED], SEPCC_ACCESS_READ) != SEPCC_OK)
        return SEPCC_E_MEMORY;
    return SEPCC_OK;
}

static enum sepcc_status try_run(struct proof *proof, const struct trial *trial)
{
    const size_t count = sepcc_stage_output_count(&proof->kernel->stage);
    const struct sepcc_guarded *workspace = &proof->buffer[WORKSPACE];
    float *out;
    struct sepcc_difference difference;
    enum sepcc_status status;
    proof->report->trial = trial;
    if (place_for(proof, trial) != SEPCC_OK)
        return tell_memory(proof);
    out = floats(proof, OUTPUT);
    sepcc_prefill(out, count, trial->prefill);
    sepcc_prefill(floats(proof, WORKSPACE), workspace->bytes / sizeof(float), trial->prefill);
    run_split(proof, trial->split);
    ++proof->report->result.trials;
    status = check_canaries(proof, OUTPUT, WORKSPACE);
    if (status != SEPCC_OK)
        return status;
    difference = sepcc_compare(proof->expected, out, count, trial->prefill);
    return difference.status == SEPCC_OK ? SEPCC_OK : tell_difference(proof, &difference);
}

/* Everything that runs the kernel's code. */
static void run_trials(void *context)
{
    struct proof *proof = context;
    const bool large = proof->kernel->fma_count > LARGE_FMA_COUNT;
    const unsigned most = proof->options->most_runs;
    enum sepcc_status status = try_pack(proof);
    unsigned runs = 0;
    for (size_t i = 0; i < sizeof trials / sizeof trials[0] && status == SEPCC_OK; ++i) {
        if ((large && !trials[i].always) || (most != 0 && runs == most))
            continue;
        ++runs;
        status = try_run(proof, &trials[i]);
    }
    proof->report->finished = true;
}

/* ---- isolation ------------------------------------------------------------------------------------- */

/* In the child's signal handler: notes which buffer the fault is at. */
static void note_fault(void *context, const void *address)
{
    struct proof *proof = context;
    for (int i = 0; i < BUFFER_COUNT; ++i) {
        const struct sepcc_guarded *buffer = &proof->buffer[i];
        if (!sepcc_guarded_holds(buffer, address))
            continue;
        proof->report->fault_buffer = i;
        proof->report->fault_before = (ptrdiff_t)((intptr_t)address - (intptr_t)buffer->data);
        proof->report->fault_after = proof->report->fault_before - (ptrdiff_t)buffer->bytes;
    }
}

static void print_crash(const struct proof *proof, const struct sepcc_isolated *end,
                        struct sepcc_verify_result *result)
{
    char position[64];
    if (end->signal == 0) {
        sepcc_message(result->message, sizeof result->message, "ended the process with exit status %d",
                      end->exit_code);
    } else if (proof->report->fault_buffer >= 0) {
        print_position(position, sizeof position, proof->report->fault_before, proof->report->fault_after);
        sepcc_message(result->message, sizeof result->message, "%s at %s the %s",
                      sepcc_signal_name(end->signal), position, buffer_names[proof->report->fault_buffer]);
    } else {
        sepcc_message(result->message, sizeof result->message, "%s", sepcc_signal_name(end->signal));
    }
}

/* The child's end, where it told nothing itself. */
static void tell_end(struct proof *proof, const struct sepcc_isolated *end,
                     struct sepcc_verify_result *result)
{
    result->status = end->status;
    if (end->status == SEPCC_E_TIMEOUT)
        sepcc_message(result->message, sizeof result->message, "did not end within %u s",
                      proof->options->timeout_s);
    else if (end->status == SEPCC_E_CRASH)
        print_crash(proof, end, result);
    else
        sepcc_message(result->message, sizeof result->message, "cannot start a process");
    result->signal = end->status == SEPCC_E_CRASH ? end->signal : 0;
    append_circumstances(proof, result);
}

static void run_isolated(struct proof *proof)
{
    struct sepcc_isolated end = sepcc_isolate(run_trials, note_fault, proof, proof->options->timeout_s);
    if (end.status == SEPCC_OK && !proof->report->finished)
        end.status = SEPCC_E_CRASH; /* the kernel called exit */
    if (end.status != SEPCC_OK)
        tell_end(proof, &end, &proof->report->result);
}

/* ---- one kind of data ------------------------------------------------------------------------------ */

static size_t buffer_bytes(const struct sepcc_kernel *kernel, int index)
{
    const struct sepcc_stage *stage = &kernel->stage;
    const size_t i = index < WEIGHTS ? 0 : ((size_t)index - WEIGHTS) % SEPCC_MAX_LAYERS;
    const struct sepcc_layer *layer = &stage->layer[i];
    if (index == INPUT)
        return sepcc_stage_input_count(stage) * sizeof(float);
    if (index == OUTPUT)
        return sepcc_stage_output_count(stage) * sizeof(float);
    if (index == PACKED)
        return kernel->packed_bytes;
    if (index == WORKSPACE)
        return kernel->workspace_bytes;
    if (i >= stage->layer_count)
        return 0;
    if (index < BIAS)
        return sepcc_layer_weight_count(layer) * sizeof(float);
    if (index < SLOPE)
        return layer->has_bias ? (size_t)layer->out_c * sizeof(float) : 0;
    return layer->act == SEPCC_ACT_PRELU ? (size_t)layer->out_c * sizeof(float) : 0;
}

/* Makes and fills all buffers and computes what is expected. */
static enum sepcc_status prepare(struct proof *proof)
{
    const struct sepcc_stage *stage = &proof->kernel->stage;
    const float *weights[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    for (int i = 0; i < BUFFER_COUNT; ++i)
        if (sepcc_guarded_create(&proof->buffer[i], buffer_bytes(proof->kernel, i), proof->options->guard) !=
            SEPCC_OK)
            return SEPCC_E_MEMORY;
    proof->expected = sepcc_alloc(sepcc_stage_output_count(stage) * sizeof *proof->expected);
    if (proof->expected == NULL)
        return SEPCC_E_MEMORY;
    sepcc_fill_input(stage, proof->kind, sepcc_mix_seed(proof->seed, SEPCC_MAX_LAYERS), floats(proof, INPUT));
    for (size_t i = 0; i < stage->layer_count; ++i) {
        sepcc_fill_layer(&stage->layer[i], proof->kind, sepcc_mix_seed(proof->seed, i),
                         floats(proof, WEIGHTS + i), floats(proof, BIAS + i), floats(proof, SLOPE + i));
        weights[i] = floats(proof, WEIGHTS + i);
        bias[i] = floats(proof, BIAS + i);
        slope[i] = floats(proof, SLOPE + i);
    }
    return sepcc_reference(stage, sepcc_isa_rounding(proof->kernel->isa), floats(proof, INPUT), weights, bias,
                           slope, proof->expected);
}

static void clean_up(struct proof *proof)
{
    for (int i = 0; i < BUFFER_COUNT; ++i)
        sepcc_guarded_destroy(&proof->buffer[i]);
    sepcc_free(proof->expected);
}

static enum sepcc_status prove_kind(struct proof *proof, struct sepcc_verify_result *result)
{
    enum sepcc_status status = prepare(proof);
    if (status == SEPCC_OK) {
        proof->report->result = *result;
        if (proof->options->isolate)
            run_isolated(proof);
        else
            run_trials(proof);
        *result = proof->report->result;
        status = result->status;
    } else {
        result->status = status;
        sepcc_message(result->message, sizeof result->message, "%s", sepcc_status_text(status));
    }
    clean_up(proof);
    return status;
}

/* ---- the proof ------------------------------------------------------------------------------------- */

/* Memory that a child and its parent both see. */
static struct report *map_report(void)
{
    void *const shared =
        mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared != MAP_FAILED ? shared : NULL;
}

static enum sepcc_status refuse(struct sepcc_verify_result *result, enum sepcc_status status)
{
    result->status = status;
    sepcc_message(result->message, sizeof result->message, "%s", sepcc_status_text(status));
    return status;
}

enum sepcc_status sepcc_verify(const struct sepcc_kernel *kernel, const struct sepcc_verify_options *options,
                               struct sepcc_verify_result *result)
{
    struct report local, *shared = NULL;
    enum sepcc_status status = sepcc_kernel_check(kernel);
    memset(result, 0, sizeof *result);
    if (status != SEPCC_OK)
        return refuse(result, status);
    if ((sepcc_cpu_isas() & (1u << kernel->isa)) == 0)
        return refuse(result, SEPCC_E_CPU);
    if (options->isolate) {
        shared = map_report();
        if (shared == NULL)
            return refuse(result, SEPCC_E_MEMORY);
    }
    for (int kind = 0; kind < SEPCC_DATA_COUNT && status == SEPCC_OK; ++kind) {
        struct proof proof = {.kernel = kernel,
                              .options = options,
                              .kind = (enum sepcc_data)kind,
                              .seed = sepcc_mix_seed(options->seed, (uint64_t)kind),
                              .report = shared != NULL ? shared : &local};
        memset(proof.report, 0, sizeof *proof.report);
        proof.report->fault_buffer = -1;
        status = prove_kind(&proof, result);
    }
    if (shared != NULL)
        munmap(shared, sizeof *shared);
    return status;
}
