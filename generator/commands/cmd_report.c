/*
 * cmd_report.c: `sepcc report`: a tuning database as one HTML page.
 */
#include "base/files.h"
#include "commands/commands.h"
#include "tune/report.h"

static enum exit_status check_options(const struct options *options)
{
    if (options->db == NULL)
        return usage_error(options->command, "no database is given, expected --db=FILE");
    if (options->output == NULL)
        return usage_error(options->command, "no page is given, expected -o FILE.html");
    return STATUS_DONE;
}

enum exit_status cmd_report(const struct options *options)
{
    struct report report = {0};
    struct text page = {0};
    enum exit_status status = check_options(options);
    if (status == STATUS_DONE)
        status = report_gather(options->db, &report);
    if (status == STATUS_DONE && report.group_count == 0)
        status = diag_error(DIAG_DB, (struct position){options->db, 0, 0},
                            "holds no trials, expected some of `sepcc tune`");
    if (status == STATUS_DONE && options->peers != NULL)
        status = report_read_peers(options->peers, &report);
    if (status == STATUS_DONE)
        status = report_page(&report, &page);
    if (status == STATUS_DONE)
        status = file_write(options->output, page.data, page.length, NULL);
    text_free(&page);
    report_free(&report);
    return status;
}
