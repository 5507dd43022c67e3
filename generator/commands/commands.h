/*
 * commands.h: the commands of sepcc. Each is one file, cmd_<name>.c, that reads top to bottom.
 *
 * Every one prints its own errors and returns the program's exit status.
 */
#ifndef SEPCC_GENERATOR_COMMANDS_COMMANDS_H
#define SEPCC_GENERATOR_COMMANDS_COMMANDS_H

#include "options/options.h"

enum exit_status cmd_gen(const struct options *options);
enum exit_status cmd_build(const struct options *options);
enum exit_status cmd_verify(const struct options *options);
enum exit_status cmd_run(const struct options *options);
enum exit_status cmd_bench(const struct options *options);
enum exit_status cmd_compare(const struct options *options);
enum exit_status cmd_explain(const struct options *options);
enum exit_status cmd_tune(const struct options *options);
enum exit_status cmd_stages(const struct options *options);
enum exit_status cmd_asm(const struct options *options);
enum exit_status cmd_report(const struct options *options);
enum exit_status cmd_db(const struct options *options);
enum exit_status cmd_isas(const struct options *options);

#endif
