// SPDX-License-Identifier: GPL-2.0-only
/* Policies from their object files into the kernel and out of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "hostile.h"

/* What libbpf says goes to the log of the policy that is being loaded. */
static struct policy *loading;

static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used;

	if (!loading || level > LIBBPF_INFO)
		return 0;
	used = strlen(loading->log);
	vsnprintf(loading->log + used, sizeof(loading->log) - used, format, args);
	return 0;
}

/*
 * In the place of libbpf's function (Makefile): it would read the kernel's types anew
 * for each object, which takes seconds on a debug kernel.
 */
struct btf *__wrap_btf__load_vmlinux_btf(void);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	static char *types;
	static size_t size;

	if (!types) {
		int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
		struct stat stat;
		ssize_t got;

		if (fd < 0 || fstat(fd, &stat))
			return NULL;
		types = malloc(stat.st_size);
		while (types && (got = read(fd, types + size, stat.st_size - size)) > 0)
			size += got;
		close(fd);
	}
	return btf__new(types, size);
}

const char *beside_us(const char *name)
{
	static char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		abort();
	path[length] = '\0';
	*strrchr(path, '/') = '\0';
	length = strlen(path);
	snprintf(path + length, sizeof(path) - length, "/%s", name);
	return path;
}

int policy_load(struct policy *policy, const char *object)
{
	char name[64];
	int err;

	memset(policy, 0, sizeof(*policy));
	loading = policy;
	libbpf_set_print(print);
	snprintf(name, sizeof(name), "%s.bpf.o", object);
	policy->object = bpf_object__open_file(beside_us(name), NULL);
	if (!policy->object) {
		err = -errno;
		loading = NULL;
		return err;
	}
	policy->map = bpf_object__find_map_by_name(policy->object, "policy");
	err = bpf_object__load(policy->object);
	loading = NULL;
	if (err) {
		bpf_object__close(policy->object);
		policy->object = NULL;
	}
	return err;
}

int policy_register(struct policy *policy)
{
	if (!policy->map)
		return -ENODATA;
	policy->link = bpf_map__attach_struct_ops(policy->map);
	return policy->link ? 0 : -errno;
}

int policy_update(struct policy *policy, const struct policy *other)
{
	return bpf_link__update_map(policy->link, other->map);
}

void policy_unregister(struct policy *policy)
{
	bpf_link__destroy(policy->link);
	policy->link = NULL;
}

void policy_close(struct policy *policy)
{
	policy_unregister(policy);
	bpf_object__close(policy->object);
	policy->object = NULL;
}

uint64_t policy_variable(const struct policy *policy, const char *map, size_t offset)
{
	struct bpf_map *variables = bpf_object__find_map_by_name(policy->object, map);
	uint32_t zero = 0;
	uint64_t number;
	char *value;

	if (!variables)
		return ~0ULL;
	value = calloc(1, bpf_map__value_size(variables));
	if (bpf_map_lookup_elem(bpf_map__fd(variables), &zero, value))
		abort();
	memcpy(&number, value + offset, sizeof(number));
	free(value);
	return number;
}

bool policy_is_there(const char *name)
{
	struct mm_policy_entry entry = { .size = sizeof(entry) };
	int fd = open("/dev/mm_policy", O_RDWR | O_CLOEXEC);
	bool there = false;

	for (; !ioctl(fd, MM_POLICY_ENTRY, &entry); entry.index++)
		there |= name ? !strcmp(entry.name, name) :
				!(entry.flags & MM_POLICY_ENTRY_BUILTIN);
	close(fd);
	return there;
}
