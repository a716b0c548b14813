// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "procfs.h"

/* Later kernels may say more at the end of a line. */
bool parse_managed(const char *line, struct managed *managed)
{
	int end = -1;

	memset(managed, 0, sizeof(*managed));
	if (!strncmp(line, "default ", 8)) {
		managed->whole = true;
		sscanf(line, "default %u %15s %u%n", &managed->handler, managed->policy,
		       &managed->tag, &end);
	} else {
		sscanf(line, "%llx-%llx %u %15s %u%n", &managed->start, &managed->end,
		       &managed->handler, managed->policy, &managed->tag, &end);
	}
	return end > 0 && (!line[end] || isspace(line[end]));
}

static void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = reallocarray(array, nr ? 2 * nr : 1, size);
	if (!array)
		die("out of memory: end some programs");
	return array;
}

static FILE *open_of(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

static void read_name(struct process *process)
{
	FILE *file = open_of(process->pid, "comm");

	if (!file)
		return;
	if (fgets(process->name, sizeof(process->name), file))
		process->name[strcspn(process->name, "\n")] = 0;
	make_printable(process->name);
	fclose(file);
}

int read_process(int pid, struct process *process)
{
	char *line = NULL;
	size_t room = 0;
	int err = 0;
	FILE *file;

	memset(process, 0, sizeof(*process));
	process->pid = pid;
	file = open_of(pid, "mm_policy");
	if (!file)
		return -errno;

	errno = 0;
	while (!err && getline(&line, &room, file) > 0) {
		process->parts = grow(process->parts, process->nr, sizeof(*process->parts));
		if (!parse_managed(line, &process->parts[process->nr++]))
			err = -EPROTO;
	}
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	free(line);
	fclose(file);
	if (err)
		free_process(process);
	else
		read_name(process);
	return err;
}

void free_process(struct process *process)
{
	free(process->parts);
	process->parts = NULL;
	process->nr = 0;
}

/* Processes come and go, and some are not ours to see. */
struct process *read_processes(size_t *nr)
{
	struct process *processes = NULL, process;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		die("cannot read /proc: %m: is it mounted?");
	*nr = 0;
	while ((entry = readdir(proc))) {
		if (!isdigit(entry->d_name[0]) ||
		    read_process(atoi(entry->d_name), &process) || !process.nr)
			continue;
		processes = grow(processes, *nr, sizeof(*processes));
		processes[(*nr)++] = process;
	}
	closedir(proc);
	return processes;
}

void free_processes(struct process *processes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free_process(&processes[i]);
	free(processes);
}

bool answers_to(const struct process *process, __u32 handler)
{
	for (size_t i = 0; i < process->nr; i++) {
		if (process->parts[i].handler == handler)
			return true;
	}
	return false;
}
