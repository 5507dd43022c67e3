/*
 * main.c: bench_peers: sepcc and other libraries on the same layers. Builds the kernels, starts the peers,
 * races them for each number of threads, reports.
 */
#include "arguments.h"
#include "base/files.h"
#include "base/process.h"
#include "contestants.h"
#include "kernels.h"
#include "machine.h"
#include "masked.h"
#include "report.h"
#include "verify/ort_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_MIN = 5, SUMS = 5, SEED = 1 };

struct session {
    struct arguments arguments;
    struct kernels kernels;
    char *onnxruntime;
    const struct spec_list *stages;
    size_t unique_count;
    bool *wanted;            /* of each unique stage */
    struct owned_net *nets;  /* of each unique stage that is wanted */
    struct owned_net *parts; /* of the chain: runs of stages that connect */
    size_t part_count;
    struct race *races; /* unique_count of them, then the chain's */
    struct report report;
    char chain[SPEC_NAME_MAX + 1];
    bool wrong; /* some output was */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- nets ------------------------------------------------------------------------------------------ */

/* The first stage that shares its kernels with stage s, and its place among those. */
static size_t unique_of(const struct session *session, size_t s)
{
    return session->kernels.build.bundle.unique[s];
}

/* Marks the stages that --layers names. */
static enum exit_status choose_layers(struct session *session)
{
    const char *names = session->arguments.layers;
    for (size_t s = 0; names == NULL && s < session->stages->count; ++s)
        session->wanted[unique_of(session, s)] = !session->arguments.chain_only;
    while (names != NULL && *names != '\0') {
        const size_t length = strcspn(names, ",");
        bool found = false;
        for (size_t s = 0; s < session->stages->count; ++s) {
            const char *name = session->stages->items[s].name;
            if (strlen(name) == length && strncmp(names, name, length) == 0)
                found = session->wanted[unique_of(session, s)] = true;
        }
        if (!found)
            return diag_error(DIAG_USAGE, (struct position){"--layers", 0, 0},
                              "'%.*s' is no layer of %s, expected a name in it", (int)length, names,
                              session->arguments.file);
        names += length + (names[length] == ',');
    }
    return STATUS_DONE;
}

static enum exit_status make_layers(struct session *session)
{
    enum exit_status status = STATUS_DONE;
    for (size_t s = 0; s < session->stages->count && status == STATUS_DONE; ++s) {
        const size_t u = unique_of(session, s);
        if (session->wanted[u] && session->nets[u].in == NULL)
            status = net_make(&session->stages->items[s], 1, SEED + u, &session->nets[u]);
    }
    return status;
}

static enum exit_status make_parts(struct session *session)
{
    const struct spec *specs = session->stages->items;
    enum exit_status status = STATUS_DONE;
    for (size_t first = 0, end; first < session->stages->count && status == STATUS_DONE; first = end) {
        end = first + 1;
        while (end < session->stages->count && specs_connect(&specs[end - 1], &specs[end]))
            ++end;
        status = net_make(specs + first, end - first, SEED + first, &session->parts[session->part_count]);
        session->part_count += status == STATUS_DONE;
    }
    return status;
}

static enum exit_status make_nets(struct session *session)
{
    const size_t stage_count = session->stages->count;
    session->unique_count = session->kernels.build.bundle.unique_count;
    session->wanted = calloc(session->unique_count, sizeof *session->wanted);
    session->nets = calloc(session->unique_count, sizeof *session->nets);
    session->parts = calloc(stage_count, sizeof *session->parts);
    session->races = calloc(session->unique_count + 1, sizeof *session->races);
    if (session->wanted == NULL || session->nets == NULL || session->parts == NULL || session->races == NULL)
        return diag_memory();
    enum exit_status status = choose_layers(session);
    if (status == STATUS_DONE)
        status = make_layers(session);
    if (status == STATUS_DONE && session->arguments.layers == NULL)
        status = make_parts(session);
    return status;
}

/* ---- racing ---------------------------------------------------------------------------------------- */

static enum exit_status open_races(struct session *session, const struct section *section)
{
    const struct contestants *all = &section->contestants;
    enum exit_status status = STATUS_DONE;
    for (size_t u = 0; u < session->unique_count && status == STATUS_DONE; ++u) {
        progress("open", u, session->unique_count, "all peers");
        if (session->wanted[u])
            status =
                race_open(&session->races[u], &session->nets[u], 1, all->items, all->count, section->threads);
    }
    if (status == STATUS_DONE && session->part_count > 0)
        status = race_open(&session->races[session->unique_count], session->parts, session->part_count,
                           all->items, all->count, section->threads);
    progress("", 0, 0, "");
    return status;
}

static enum exit_status run_rounds(struct session *session, struct section *section,
                                   const struct pacemaker *pacemaker)
{
    const double start = now();
    enum exit_status status = STATUS_DONE;
    while (status == STATUS_DONE &&
           (section->rounds < ROUNDS_MIN || now() - start < session->arguments.seconds)) {
        for (size_t r = 0; r <= session->unique_count && status == STATUS_DONE; ++r)
            if (session->races[r].entry_count > 0)
                status = race_round(&session->races[r], pacemaker);
        ++section->rounds;
        progress("measure", (size_t)(now() - start), (size_t)session->arguments.seconds, "seconds");
    }
    progress("", 0, 0, "");
    return status;
}

static enum exit_status fill_row(struct session *session, const struct section *section,
                                 const struct race *race, const struct pacemaker *pacemaker, struct row *row)
{
    enum exit_status status = STATUS_DONE;
    row->flop = 2 * (double)race->fma_count;
    for (size_t i = 0; i < section->contestants.count && status == STATUS_DONE; ++i) {
        struct outcome *outcome = &row->outcomes[i];
        status = race_outcome(race, i, pacemaker, session->report.statistic, outcome);
        if (outcome->kind == OUTCOME_WRONG || (i == 0 && outcome->kind != OUTCOME_MEASURED)) {
            session->wrong = session->wrong || outcome->kind == OUTCOME_WRONG;
            diag_warning(NOWHERE, "%s: %s: %s", row->name, section->contestants.items[i].peer->name,
                         outcome->message);
        }
    }
    return status;
}

static enum exit_status fill_rows(struct session *session, struct section *section,
                                  const struct pacemaker *pacemaker)
{
    const uint32_t sums[SUMS] = {SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE, SEPCC_OP_SEPARABLE,
                                 SEPCC_OP_INVERTED, 0};
    const size_t stage_count = session->stages->count;
    enum exit_status status = STATUS_DONE;
    section->rows = calloc(stage_count + SUMS + 1, sizeof *section->rows);
    if (section->rows == NULL)
        return diag_memory();
    for (size_t s = 0; s < stage_count && status == STATUS_DONE; ++s) {
        const size_t u = unique_of(session, s);
        struct row *row = &section->rows[section->row_count];
        if (!session->wanted[u])
            continue;
        row_describe(row, &session->stages->items[s]);
        status = fill_row(session, section, &session->races[u], pacemaker, row);
        ++section->row_count;
    }
    const size_t layer_count = section->row_count;
    for (size_t i = 0; status == STATUS_DONE && layer_count > 1 && i < SUMS; ++i) {
        struct row *sum = &section->rows[section->row_count];
        row_sum(sum, section->rows, layer_count, sums[i], section->contestants.count);
        section->row_count += sum->flop > 0;
    }
    if (status == STATUS_DONE && session->part_count > 0) {
        struct row *row = &section->rows[section->row_count++];
        row->kind = ROW_CHAIN;
        snprintf(row->name, sizeof row->name, "chain");
        status = fill_row(session, section, &session->races[session->unique_count], pacemaker, row);
    }
    return status;
}

/* All that is done with one number of threads. */
static enum exit_status race_all(struct session *session, const struct contestants *loaded, size_t threads,
                                 struct section *section)
{
    const struct peer_setup setup = {.threads = threads,
                                     .bundle = sepcc_library_bundle(session->kernels.library),
                                     .isa = session->kernels.isa->id,
                                     .onnxruntime = session->arguments.onnxruntime};
    struct pacemaker pacemaker = {.peak = session->kernels.peak, .threads = threads};
    *section = (struct section){.threads = threads, .contestants = *loaded, .load_before = machine_load()};
    contestants_start(&section->contestants, &setup);
    pacemaker_prepare(&pacemaker);
    enum exit_status status = open_races(session, section);
    if (status == STATUS_DONE)
        status = run_rounds(session, section, &pacemaker);
    section->load_after = machine_load();
    if (status == STATUS_DONE)
        status = fill_rows(session, section, &pacemaker);
    for (size_t r = 0; r <= session->unique_count; ++r)
        race_close(&session->races[r]);
    contestants_stop(&section->contestants);
    return status;
}

/* ---- reporting ------------------------------------------------------------------------------------- */

static enum exit_status write_file(const struct session *session, const char *suffix,
                                   void (*print)(const struct report *report, struct text *text))
{
    struct text path = {0}, text = {0};
    text_printf(&path, "%s/%s-%s%s.%s", session->arguments.output, session->chain, session->report.isa,
                session->arguments.wisdom != NULL ? "-tuned" : "", suffix);
    print(&session->report, &text);
    const enum exit_status status =
        path.failed || text.failed ? diag_memory() : file_write(path.data, text.data, text.length, NULL);
    text_free(&path);
    text_free(&text);
    return status;
}

static enum exit_status report(const struct session *session)
{
    struct text text = {0};
    report_markdown(&session->report, &text);
    if (text.failed)
        return diag_memory();
    fputs(text.data, stdout);
    text_free(&text);
    if (session->arguments.output == NULL)
        return STATUS_DONE;
    enum exit_status status = folder_make(session->arguments.output);
    if (status == STATUS_DONE)
        status = write_file(session, "md", report_markdown);
    if (status == STATUS_DONE)
        status = write_file(session, "csv", report_csv);
    return status;
}

/* The layer list's name, without folder and suffix. */
static void name_chain(struct session *session)
{
    const char *slash = strrchr(session->arguments.file, '/');
    const char *base = slash != NULL ? slash + 1 : session->arguments.file;
    snprintf(session->chain, sizeof session->chain, "%.*s", (int)strcspn(base, "."), base);
}

static enum exit_status prepare_report(struct session *session)
{
    struct report *made = &session->report;
    name_chain(session);
    made->chain = session->chain;
    made->isa = session->kernels.isa->name;
    made->plan = session->arguments.plan;
    made->wisdom = session->arguments.wisdom;
    made->tuned = kernels_tuned(&session->kernels);
    made->kernels = session->kernels.build.bundle.kernel_count;
    made->statistic = session->arguments.minimum ? STATISTIC_MINIMUM : STATISTIC_MEDIAN;
    made->compiler = session->kernels.compiler;
    machine_cpu(made->cpu, sizeof made->cpu);
    made->sections = calloc(session->arguments.threads_count, sizeof *made->sections);
    return made->sections == NULL ? diag_memory() : STATUS_DONE;
}

/* ---- main ------------------------------------------------------------------------------------------ */

static enum exit_status race_for_each_thread_count(struct session *session)
{
    struct contestants loaded;
    enum exit_status status =
        contestants_load(session->arguments.peers, session->report.hiding == HIDING_COPIES, &loaded);
    for (size_t t = 0; t < session->arguments.threads_count && status == STATUS_DONE; ++t) {
        status = race_all(session, &loaded, session->arguments.threads[t], &session->report.sections[t]);
        ++session->report.section_count;
    }
    return status;
}

/* ONNX Runtime is loaded by its path, not as what its peer depends on. */
static enum exit_status mask_onnxruntime(struct session *session)
{
    char *copy = NULL;
    if (!path_exists(session->onnxruntime))
        return STATUS_DONE;
    char *folder = contestants_masked_folder();
    const enum exit_status status =
        folder != NULL ? masked_copy(session->onnxruntime, folder, &copy) : STATUS_ENVIRONMENT;
    free(folder);
    if (status != STATUS_DONE)
        return status;
    free(session->onnxruntime);
    session->onnxruntime = copy;
    session->arguments.onnxruntime = copy;
    return STATUS_DONE;
}

static enum exit_status run(struct session *session)
{
    const struct arguments *arguments = &session->arguments;
    enum exit_status status = kernels_open(arguments, &session->kernels);
    session->stages = &session->kernels.build.bundle.stages;
    if (status == STATUS_DONE)
        status = make_nets(session);
    if (status == STATUS_DONE)
        status = prepare_report(session);
    if (status != STATUS_DONE)
        return status;
    session->report.hiding = machine_hide_above(session->kernels.isa->id);
    if (session->report.hiding == HIDING_COPIES)
        status = mask_onnxruntime(session);
    if (status == STATUS_DONE)
        status = race_for_each_thread_count(session);
    if (status == STATUS_DONE)
        status = report(session);
    return status == STATUS_DONE && session->wrong ? STATUS_WRONG : status;
}

static void close_session(struct session *session)
{
    for (size_t u = 0; session->nets != NULL && u < session->unique_count; ++u)
        if (session->nets[u].in != NULL)
            net_free(&session->nets[u]);
    for (size_t p = 0; p < session->part_count; ++p)
        net_free(&session->parts[p]);
    for (size_t t = 0; t < session->report.section_count; ++t)
        free(session->report.sections[t].rows);
    free(session->report.sections);
    free(session->nets);
    free(session->parts);
    free(session->races);
    free(session->wanted);
    free(session->onnxruntime);
    kernels_close(&session->kernels);
}

int main(int argc, char **argv)
{
    struct session session = {0};
    enum exit_status status = arguments_parse(argc, argv, &session.arguments);
    if (status != STATUS_DONE || session.arguments.done)
        return (int)status;
    process_catch_signals();
    session.onnxruntime = ort_find(session.arguments.onnxruntime);
    session.arguments.onnxruntime = session.onnxruntime;
    status = run(&session);
    close_session(&session);
    return (int)status;
}
