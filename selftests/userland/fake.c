// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel with paging policies, for programs that are started with this in
 * LD_PRELOAD: it answers the calls of /dev/mm_policy by the letter of
 * <linux/mm_policy.h>, and turns paths of the device, of /proc/PID/mm_policy and of
 * tracefs into paths below the directory KAKU_FAKE.
 *
 * KAKU_FAKE_FAIL=CALL:ERRNO[:AFTER],... (numbers) lets these calls fail, or those of a
 * process after so many that did not. KAKU_FAKE_HANDLERS=N: there are some from the
 * beginning.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mm_policy.h>

#define MAX_HANDLERS	512
#define MAX_POLICIES	4
#define MAX_CALLS	16
#define MAX_FDS		256
#define HELD		(40ULL << 20)

/* In a file that all processes of a test share */
struct state {
	__u32 nr_handlers;
	__u32 nr_policies;
	struct mm_policy_info handlers[MAX_HANDLERS];
	struct mm_policy_entry policies[MAX_POLICIES];
};

static struct state *state;
static __u32 handler_of_fd[MAX_FDS];

#define REAL(name)	((typeof(name) *)dlsym(RTLD_NEXT, #name))

static void add_policy(const char *name, __u32 flags, __u32 ops)
{
	struct mm_policy_entry *entry = &state->policies[state->nr_policies++];

	strcpy(entry->name, name);
	entry->flags = flags;
	entry->ops = ops;
}

static struct mm_policy_info *add_handler(const char *policy)
{
	struct mm_policy_info *info = &state->handlers[state->nr_handlers++];

	info->id = state->nr_handlers;
	strcpy(info->policy, policy);
	info->held = HELD;
	for (int i = 0; i < MM_POLICY_NR_STATS; i++)
		info->stat[i] = 100 + i;
	info->distance[3] = 7;
	return info;
}

__attribute__((constructor)) static void open_state(void)
{
	const char *root = getenv("KAKU_FAKE"), *handlers = getenv("KAKU_FAKE_HANDLERS");
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/state", root);
	fd = REAL(open)(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*state)))
		abort();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (state == MAP_FAILED)
		abort();
	if (state->nr_policies)
		return;
	add_policy("clock", MM_POLICY_ENTRY_BUILTIN | MM_POLICY_ENTRY_OPEN |
		   MM_POLICY_ENTRY_MAY_USE, 0);
	add_policy("nru", MM_POLICY_ENTRY_MAY_USE, MM_POLICY_OP_INIT | MM_POLICY_OP_SELECT);
	add_policy("closed", 0, 0);
	for (int i = 0; handlers && i < atoi(handlers); i++)
		add_handler("nru");
}

/* -------------------------------------------------------------------------- paths */

static bool is_ours(const char *path)
{
	int pid, end = 0;

	if (!strncmp(path, "/dev/mm_policy", 14) ||
	    !strncmp(path, "/sys/kernel/mm/policy", 21) ||
	    !strncmp(path, "/sys/kernel/tracing", 19))
		return true;
	return sscanf(path, "/proc/%d/mm_policy%n", &pid, &end) == 1 && end;
}

static const char *moved(const char *path)
{
	static __thread char buffer[PATH_MAX];

	if (!is_ours(path))
		return path;
	snprintf(buffer, sizeof(buffer), "%s%s", getenv("KAKU_FAKE"), path);
	return buffer;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	fd = REAL(open)(moved(path), flags, mode);
	if (fd >= 0 && fd < MAX_FDS)
		handler_of_fd[fd] = 0;
	return fd;
}

FILE *fopen(const char *path, const char *mode)
{
	return REAL(fopen)(moved(path), mode);
}

int access(const char *path, int mode)
{
	return REAL(access)(moved(path), mode);
}

DIR *opendir(const char *path)
{
	return REAL(opendir)(moved(path));
}

/* A new directory among tracefs's instances has files at once. */
int mkdir(const char *path, mode_t mode)
{
	char command[PATH_MAX * 2];
	int err = REAL(mkdir)(moved(path), mode);

	if (err || !strstr(path, "/instances/"))
		return err;
	snprintf(command, sizeof(command), "LD_PRELOAD= cp -r %s/instance/. %s",
		 getenv("KAKU_FAKE"), moved(path));
	return system(command) ? -1 : 0;
}

int rmdir(const char *path)
{
	char command[PATH_MAX * 2];

	if (!strstr(path, "/instances/"))
		return REAL(rmdir)(path);
	snprintf(command, sizeof(command), "LD_PRELOAD= rm -r %s", moved(path));
	return system(command) ? -1 : 0;
}

/* ------------------------------------------------------------------------- the calls */

static struct mm_policy_entry *policy_named(const char *name)
{
	for (__u32 i = 0; i < state->nr_policies; i++) {
		if (!strcmp(state->policies[i].name, name))
			return &state->policies[i];
	}
	return NULL;
}

static struct mm_policy_info *handler_of(int fd)
{
	__u32 id = fd < MAX_FDS ? handler_of_fd[fd] : 0;

	return id ? &state->handlers[id - 1] : NULL;
}

static int create(int fd, struct mm_policy_create *create)
{
	struct mm_policy_entry *entry = policy_named(create->policy);
	struct mm_policy_info *info;

	if (create->flags || create->pad)
		return -EINVAL;
	if (!entry)
		return -ENOENT;
	if (!(entry->flags & MM_POLICY_ENTRY_MAY_USE))
		return -EPERM;
	if (state->nr_handlers == MAX_HANDLERS)
		return -EDQUOT;
	entry->handlers++;
	info = add_handler(create->policy);
	info->limit = create->limit;
	memcpy(info->args, create->args, sizeof(info->args));
	memcpy(info->arg, create->arg, sizeof(info->arg));
	handler_of_fd[fd] = info->id;
	create->id = info->id;
	return 0;
}

static int open_handler(int fd, const struct mm_policy_open *argument)
{
	if (!argument->id || argument->id > state->nr_handlers)
		return -ESRCH;
	handler_of_fd[fd] = argument->id;
	return 0;
}

static int pid_of(int pidfd)
{
	char path[64], line[64];
	int pid = -1;
	FILE *file;

	if (pidfd == -1)
		return getpid();
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Pid: %d", &pid);
	if (file)
		fclose(file);
	return pid;
}

static FILE *managed_file(int pid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%d", getenv("KAKU_FAKE"), pid);
	REAL(mkdir)(path, 0700);
	strcat(path, "/mm_policy");
	return fopen(path, "w");
}

static int attach(int fd, const struct mm_policy_attach *attach)
{
	const struct mm_policy_info *info = handler_of(fd);
	int pid = pid_of(attach->pidfd);
	FILE *file;

	if (!info || attach->flags & ~(MM_POLICY_ATTACH_EXEC | MM_POLICY_ATTACH_ALONE))
		return -EINVAL;
	if (pid < 0)
		return -ESRCH;
	file = managed_file(pid);
	if (!file)
		return -EIO;
	if (attach->length)
		fprintf(file, "%llx-%llx", attach->start, attach->start + attach->length);
	else
		fprintf(file, "default");
	fprintf(file, " %u %s %u\n", info->id, info->policy, attach->tag);
	fclose(file);
	return 0;
}

static int detach(const struct mm_policy_detach *detach)
{
	int pid = pid_of(detach->pidfd);
	FILE *file = pid > 0 ? managed_file(pid) : NULL;

	if (detach->flags || detach->pad || !file)
		return -EINVAL;
	fclose(file);
	return 0;
}

static int set(int fd, const struct mm_policy_set *set)
{
	struct mm_policy_info *info = handler_of(fd);

	if (!info || !set->what)
		return -EINVAL;
	if (set->what & MM_POLICY_SET_POLICY && !policy_named(set->policy))
		return -ENOENT;
	if (set->what & MM_POLICY_SET_POLICY)
		strcpy(info->policy, set->policy);
	if (set->what & MM_POLICY_SET_LIMIT)
		info->limit = set->limit;
	if (set->what & MM_POLICY_SET_ARGS)
		memcpy(info->args, set->args, sizeof(info->args));
	if (set->what & MM_POLICY_SET_ARG)
		memcpy(info->arg, set->arg, sizeof(info->arg));
	return 0;
}

static int reclaim(int fd, struct mm_policy_reclaim *reclaim)
{
	struct mm_policy_info *info = handler_of(fd);

	if (!info)
		return -EINVAL;
	if (reclaim->bytes > info->held)
		reclaim->bytes = info->held;
	info->held -= reclaim->bytes;
	return 0;
}

static int read_info(int fd, struct mm_policy_info *info)
{
	const struct mm_policy_info *own = handler_of(fd);
	__u32 size = info->size;

	if (!own)
		return -EINVAL;
	memcpy(info, own, size);
	info->size = size;
	for (int i = 0; i < MM_POLICY_NR_STATS; i++)
		state->handlers[own->id - 1].stat[i] += i;
	return 0;
}

static int next(struct mm_policy_next *next)
{
	if (next->id >= state->nr_handlers)
		return -ENOENT;
	next->id++;
	return 0;
}

static int read_entry(struct mm_policy_entry *entry)
{
	__u32 index = entry->index, size = entry->size;

	if (index >= state->nr_policies)
		return -ENOENT;
	memcpy(entry, &state->policies[index], size);
	entry->size = size;
	entry->index = index;
	return 0;
}

static int allow(const struct mm_policy_allow *allow)
{
	const __u32 to_whom = MM_POLICY_ENTRY_OPEN | MM_POLICY_ENTRY_GROUP;
	struct mm_policy_entry *entry = policy_named(allow->name);

	if (!entry)
		return -ENOENT;
	if (allow->flags & ~to_whom || allow->pad)
		return -EINVAL;
	entry->flags = (entry->flags & ~to_whom) | allow->flags;
	entry->gid = allow->gid;
	return 0;
}

static int failing(unsigned int call)
{
	static unsigned int good[MAX_CALLS];
	const char *fail = getenv("KAKU_FAKE_FAIL");
	unsigned int failing_call, after;
	int error;

	while (fail && *fail) {
		after = 0;
		if (sscanf(fail, "%u:%d:%u", &failing_call, &error, &after) < 2)
			abort();
		if (call == failing_call && good[call] >= after)
			return -error;
		fail = strchr(fail, ',');
		fail += !!fail;
	}
	good[call]++;
	return 0;
}

static int answer(int fd, unsigned long call, void *argument)
{
	int err = failing(_IOC_NR(call));

	if (err)
		return err;
	if (*(__u32 *)argument > _IOC_SIZE(call))
		return -E2BIG;
	switch (call) {
	case MM_POLICY_CREATE:
		return create(fd, argument);
	case MM_POLICY_OPEN:
		return open_handler(fd, argument);
	case MM_POLICY_ATTACH:
		return attach(fd, argument);
	case MM_POLICY_DETACH:
		return detach(argument);
	case MM_POLICY_SET:
		return set(fd, argument);
	case MM_POLICY_RECLAIM:
		return reclaim(fd, argument);
	case MM_POLICY_INFO:
		return read_info(fd, argument);
	case MM_POLICY_NEXT:
		return next(argument);
	case MM_POLICY_ENTRY:
		return read_entry(argument);
	case MM_POLICY_ALLOW:
		return allow(argument);
	case MM_POLICY_HINT:
		return 0;
	}
	return -ENOTTY;
}

int ioctl(int fd, unsigned long call, ...)
{
	void *argument;
	va_list args;
	int err;

	va_start(args, call);
	argument = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(call) != MM_POLICY_IOC_MAGIC)
		return REAL(ioctl)(fd, call, argument);
	err = answer(fd, call, argument);
	if (err < 0) {
		errno = -err;
		return -1;
	}
	return 0;
}
