// SPDX-License-Identifier: GPL-2.0-only
/* Handlers, and the tasks that answer to them or stand by. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

static const char program[] = "/tmp/hostile-task";

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int handler_create(const char *policy, uint64_t limit)
{
	return handler_create_with(policy, limit, NULL);
}

int handler_create_with(const char *policy, uint64_t limit, const uint64_t *args)
{
	struct mm_policy_create create = { .size = sizeof(create), .limit = limit };
	int fd = open("/dev/mm_policy", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		die("/dev/mm_policy");
	strncpy(create.policy, policy, sizeof(create.policy) - 1);
	if (args)
		memcpy(create.args, args, sizeof(create.args));
	if (!ioctl(fd, MM_POLICY_CREATE, &create))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int handler_set_policy(int fd, const char *policy)
{
	struct mm_policy_set set = { .size = sizeof(set), .what = MM_POLICY_SET_POLICY };

	strncpy(set.policy, policy, sizeof(set.policy) - 1);
	return ioctl(fd, MM_POLICY_SET, &set) ? -errno : 0;
}

int handler_info(int fd, struct mm_policy_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(fd, MM_POLICY_INFO, info) ? -errno : 0;
}

bool handler_rings(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLPRI };

	return poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLPRI);
}

unsigned int handlers_there(void)
{
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = open("/dev/mm_policy", O_RDWR | O_CLOEXEC);
	unsigned int nr = 0;

	while (!ioctl(fd, MM_POLICY_NEXT, &next))
		nr++;
	close(fd);
	return nr;
}

bool is_slow_kernel(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

long meminfo_kb(const char *field)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kb = -1;

	if (!file)
		die("/proc/meminfo");
	while (kb < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			kb = strtol(strchr(line, ':') + 1, NULL, 10);
	fclose(file);
	return kb;
}

uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

bool until(bool (*is)(void *), void *what, unsigned int seconds)
{
	uint64_t end = now_us() + seconds * 1000000ULL;

	while (!is(what)) {
		if (now_us() > end)
			return false;
		usleep(5000);
	}
	return true;
}

/* The tasks run from memory: what they lose of their code comes back from swap. */
void tasks_begin(void)
{
	int from = open(beside_us("task"), O_RDONLY | O_CLOEXEC);
	int to = open(program, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat stat;

	if (from < 0 || to < 0 || fstat(from, &stat) ||
	    sendfile(to, from, NULL, stat.st_size) != stat.st_size)
		die(program);
	close(from);
	close(to);
}

static void start(struct task *task, const char *role, int handler,
		  const struct report *wanted, int cpu)
{
	char shared_fd[16], handler_fd[16], cpu_arg[16];
	int fd = memfd_create("report", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*wanted)))
		die("memfd_create");
	task->report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (task->report == MAP_FAILED)
		die("mmap");
	*task->report = *wanted;
	fflush(stdout);
	task->pid = fork();
	if (task->pid < 0)
		die("fork");
	if (!task->pid) {
		fcntl(fd, F_SETFD, 0);
		if (handler >= 0)
			fcntl(handler, F_SETFD, 0);
		snprintf(shared_fd, sizeof(shared_fd), "%d", fd);
		snprintf(handler_fd, sizeof(handler_fd), "%d", handler);
		snprintf(cpu_arg, sizeof(cpu_arg), "%d", cpu);
		execl(program, program, role, shared_fd, handler_fd, cpu_arg, NULL);
		_exit(127);
	}
	close(fd);
}

void task_start(struct task *task, int handler, enum task_kind kind, uint32_t pages,
		uint32_t rounds)
{
	struct report wanted = { .kind = kind, .pages = pages, .rounds = rounds };

	start(task, "victim", handler, &wanted, -1);
}

void bystander_start(struct task *task, int handler, uint32_t pages, int cpu)
{
	struct report wanted = { .pages = pages };

	start(task, "bystander", handler, &wanted, cpu);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {};

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

bool task_wait(struct task *task, uint32_t done, unsigned int seconds)
{
	uint64_t end = now_us() + seconds * 1000000ULL;

	while (__atomic_load_n(&task->report->done, __ATOMIC_ACQUIRE) < done) {
		if (now_us() > end || has_ended(task->pid))
			return __atomic_load_n(&task->report->done,
					       __ATOMIC_ACQUIRE) >= done;
		usleep(5000);
	}
	return true;
}

int task_end(struct task *task, unsigned int seconds)
{
	uint64_t end = now_us() + seconds * 1000000ULL;
	int status;

	__atomic_store_n(&task->report->go, 1, __ATOMIC_RELEASE);
	while (!has_ended(task->pid)) {
		if (now_us() > end) {
			kill(task->pid, SIGKILL);
			break;
		}
		usleep(2000);
	}
	waitpid(task->pid, &status, 0);
	munmap(task->report, PAGE);
	task->report = NULL;
	task->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
