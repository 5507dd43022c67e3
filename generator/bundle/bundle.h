/*
 * bundle.h: from the command line to a bundle: its stages, their kernels, and the files they become.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_BUNDLE_H
#define SEPCC_GENERATOR_BUNDLE_BUNDLE_H

#include "base/files.h"
#include "bundle/packed.h"
#include "database/wisdom.h"
#include "facts/emit.h"
#include "model/model.h"
#include "options/options.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>

/* The manifest of a bundle, by which its folder is known as one. */
#define BUNDLE_MANIFEST "manifest.json"

/* Where the plan of a kernel comes from. */
struct plan_choice {
    enum plan_source source;
    char *why; /* in one sentence; malloc'ed */
};

struct bundle {
    char name[SPEC_NAME_MAX + 1]; /* a C identifier */
    const char *plan_text;        /* --plan as given, or NULL */
    bool single_file;             /* its header and dispatch are written for bundle_write_single */
    struct spec_list stages;      /* every one has a name */
    isa_set isas;
    size_t unique_count; /* stages that differ; equal ones share their kernels */
    size_t *unique;      /* per stage: which of them it is, 0 .. unique_count-1 */
    const struct isa *isa[SEPCC_ISA_COUNT];
    size_t isa_count;
    struct kernel *kernels; /* unique_count * isa_count; see bundle_kernel */
    size_t kernel_count;
    struct plan_choice
        *choices; /* of each kernel; those behind choice_count have the plan they were asked for */
    size_t choice_count;
    struct wisdom *wisdom;             /* NULL: none was given */
    const char *wisdom_file, *db_file; /* --wisdom and --db as given, or NULL */
    struct model *model; /* malloc'ed, with one stage for each of `stages`; NULL: they come from a list */
    bool owns_model;     /* bundle_free frees it */
    bool packs;          /* the files are to hold the model's weights */
    const char *weights_file; /* --weights: the file beside the bundle that gets them; NULL: they become C */
    struct packed_weights *weights; /* packed, made by bundle_write; or NULL */
};

/*
 * Reads the stages of SPEC or -f, chooses ISAs (--isa, else the command's default) and plans a kernel for
 * each unique stage and ISA. The kernels have no source yet. Free with bundle_free, also after an error.
 */
enum exit_status bundle_plan(const struct options *options, struct bundle *bundle);
/* bundle_plan with these ISAs, whatever --isa says. */
enum exit_status bundle_plan_isas(const struct options *options, isa_set isas, struct bundle *bundle);

/* The same with these stages, which it takes over; file names them in messages. */
enum exit_status bundle_plan_stages(const struct options *options, isa_set isas, struct spec_list *stages,
                                    const char *file, struct bundle *bundle);

/*
 * The same with the stages of a model, whose weights its files will hold. The model outlives the bundle. One
 * without stages is an error: DIAG_MODEL.
 */
enum exit_status bundle_plan_model(const struct options *options, isa_set isas, struct model *model,
                                   struct bundle *bundle);

/* Lets m4 write the kernels' sources. */
enum exit_status bundle_emit(struct bundle *bundle, unsigned jobs);
void bundle_free(struct bundle *bundle);

/* The kernel of a stage for the i-th of the bundle's ISAs. */
struct kernel *bundle_kernel(const struct bundle *bundle, size_t stage, size_t i);

/* Characters of a table's column for the names of the stages, and for its words `layer` and `total`. */
int bundle_name_width(const struct bundle *bundle);

/* Packs the weights of the bundle's model where its files are to hold them; refuses --weights without one. */
enum exit_status bundle_pack(struct bundle *bundle);
/* Adds all files of the bundle (bundle_emit has run) to the set: kernels, header, dispatch, build files. */
enum exit_status bundle_files(const struct bundle *bundle, struct output_set *files);
/* Adds manifest.json, which lists the files that are in the set by now. (manifest.c) */
enum exit_status bundle_manifest(const struct bundle *bundle, struct output_set *files);
/* bundle_emit, packing, bundle_files and output_write: all that `gen` does after planning. */
enum exit_status bundle_write(struct bundle *bundle, const char *folder, unsigned jobs, size_t *changed);

/*
 * The same as one pair of files, <name>.h and <name>.c, in a folder that may hold others: the dispatch with
 * the kernels in it, and the header with the ABI's. Files of these names that are not a single-file bundle
 * are left alone: DIAG_FILE_FORMAT. (single_file.c)
 */
enum exit_status bundle_write_single(struct bundle *bundle, const char *folder, unsigned jobs,
                                     size_t *changed);

/* What --db or --wisdom names, for all kernels; nothing when neither is given. (bundle_wisdom.c) */
enum exit_status bundle_open_wisdom(const struct options *options, struct bundle *bundle);
/* The request by which the next kernel is planned; adds its plan_choice. */
enum exit_status bundle_choose_plan(struct bundle *bundle, const struct spec *spec, const struct isa *isa,
                                    const struct plan_request *request, struct plan_request *chosen);
void bundle_close_wisdom(struct bundle *bundle);
/* Whether wisdom decided the plan of any kernel. */
bool bundle_has_wisdom(const struct bundle *bundle);

/* The set of ISAs that --isa, or else the command's default ("best": the best of this CPU) means. */
enum exit_status wanted_isas(const struct options *options, isa_set *isas);
/* Whether --isa names that ISA itself, rather than by `all` or `native`. */
bool isa_is_named(const struct options *options, const struct isa *isa);

#endif
