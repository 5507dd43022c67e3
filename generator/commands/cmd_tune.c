/*
 * cmd_tune.c: `sepcc tune`: searches the fastest plan of each stage on this machine.
 */
#include "commands/commands.h"
#include "tune/sweep.h"

enum exit_status cmd_tune(const struct options *options)
{
    return sweep_run(options);
}
