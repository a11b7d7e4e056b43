/* parse_jobs.h - the files of the command "parse", read by several processes
 *
 * SPDX-License-Identifier: MIT
 *
 * File i is read by process i mod jobs, which sends what it finds through a
 * pipe.  The output takes everything in the order of the files, so that it is
 * the same for any number of processes; one that is ahead of the others waits
 * when its pipe is full, so that memory does not grow.  Where a file kills the
 * process that reads it, that is told and another one takes its place.
 */
#ifndef BRIDGE_COMMANDS_PARSE_JOBS_H
#define BRIDGE_COMMANDS_PARSE_JOBS_H

#include "bridge/commands/parse_read.h"

#define PARSE_JOBS_MAX 64

/* One for each processor, as far as there are files to keep them busy. */
unsigned parse_jobs_default(size_t files);

/* jobs from 1 to PARSE_JOBS_MAX; one means this process alone. */
void parse_jobs(const struct file_list *list, unsigned jobs,
		const struct parse_setup *setup, struct parse_output *output);

#endif
