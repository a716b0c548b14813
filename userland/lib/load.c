// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Policies in BPF: object files in, registered struct_ops out, and back.
 *
 * A policy is known to BPF by its map, and to everybody else by the name in the
 * map's value.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "internal.h"

#define OPS_TYPE	"mm_policy_ops"
#define VALUE_TYPE	"bpf_struct_ops_" OPS_TYPE
#define MAX_POLICIES	16

struct policy {
	const struct bpf_map *map;
	const char *name;
	struct bpf_link *link;
	bool pinned;
	char pin[PATH_MAX];
};

struct loading {
	struct bpf_object *object;
	struct policy policies[MAX_POLICIES];
	size_t nr;
};

static kaku_print_fn_t print_function;

kaku_print_fn_t kaku_set_print(kaku_print_fn_t print)
{
	return __atomic_exchange_n(&print_function, print, __ATOMIC_ACQ_REL);
}

static int print_for_libbpf(enum libbpf_print_level level, const char *format,
			    va_list args)
{
	kaku_print_fn_t print = __atomic_load_n(&print_function, __ATOMIC_ACQUIRE);

	if (print && level == LIBBPF_WARN)
		print(format, args);
	return 0;
}

/*
 * libbpf has one such function for all of the process. Of calls that overlap, the first
 * puts ours in its place, and the last one the application's back.
 */
static pthread_mutex_t printing_lock = PTHREAD_MUTEX_INITIALIZER;
static libbpf_print_fn_t print_before;
static unsigned int printing;

static void begin_printing(void)
{
	pthread_mutex_lock(&printing_lock);
	if (!printing++)
		print_before = libbpf_set_print(print_for_libbpf);
	pthread_mutex_unlock(&printing_lock);
}

static void end_printing(void)
{
	pthread_mutex_lock(&printing_lock);
	if (!--printing)
		libbpf_set_print(print_before);
	pthread_mutex_unlock(&printing_lock);
}

/* libbpf has numbers of its own behind those of errno. */
static int errno_of_libbpf(int err)
{
	if (err > -__LIBBPF_ERRNO__START)
		return err;
	switch (-err) {
	case LIBBPF_ERRNO__LIBELF:
	case LIBBPF_ERRNO__FORMAT:
	case LIBBPF_ERRNO__ENDIAN:
		return -ENOEXEC;
	}
	return -EINVAL;
}

/* ------------------------------------------------------- a value's policy's name */

/* Where a struct has this member, or -1. */
static long member_offset(const struct btf *btf, __u32 type_id, const char *name,
			  __u32 *member_type)
{
	const struct btf_type *type = btf__type_by_id(btf, type_id);
	const struct btf_member *member;

	if (!type || !btf_is_composite(type))
		return -1;
	member = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++, member++) {
		if (strcmp(btf__name_by_offset(btf, member->name_off), name))
			continue;
		if (member_type)
			*member_type = btf__resolve_type(btf, member->type);
		return btf_member_bit_offset(type, i) / 8;
	}
	return -1;
}

static bool is_type(const struct btf *btf, __u32 type_id, const char *name)
{
	const struct btf_type *type = btf__type_by_id(btf, type_id);

	return type && !strcmp(btf__name_by_offset(btf, type->name_off), name);
}

/* The name in @size bytes of a struct mm_policy_ops, if it is one as we know it. */
static const char *name_in_ops(const struct btf *btf, __u32 ops_type,
			       const char *ops, size_t size)
{
	long offset = member_offset(btf, ops_type, "name", NULL);

	if (offset < 0 || offset + MM_POLICY_NAME_LEN > (long)size)
		return NULL;
	if (!memchr(ops + offset, 0, MM_POLICY_NAME_LEN) || !ops[offset])
		return NULL;
	return ops + offset;
}

/* ---------------------------------------------------------------------- loading */

/* Older ones have no bpf_map__initial_value() of them. */
static bool libbpf_shows_struct_ops(void)
{
	return libbpf_major_version() > 1 || libbpf_minor_version() >= 5;
}

/* Its policies; nothing has been told to the kernel yet. */
static int find_policies(struct loading *loading)
{
	const struct btf *btf = bpf_object__btf(loading->object);
	struct bpf_map *map;

	bpf_object__for_each_map(map, loading->object) {
		struct policy *policy = &loading->policies[loading->nr];
		__u32 type = bpf_map__btf_value_type_id(map);
		const void *ops;
		size_t size;

		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS ||
		    !is_type(btf, type, OPS_TYPE))
			continue;
		if (loading->nr == MAX_POLICIES)
			return -E2BIG;
		ops = bpf_map__initial_value(map, &size);
		policy->map = map;
		policy->name = name_in_ops(btf, type, ops, size);
		if (!policy->name)
			return -EINVAL;
		loading->nr++;
	}
	return loading->nr ? 0 : -ENODATA;
}

static bool has_link(const struct policy *policy)
{
	return bpf_map__map_flags(policy->map) & BPF_F_LINK;
}

static int choose_pins(struct loading *loading, const char *dir)
{
	for (size_t i = 0; i < loading->nr; i++) {
		struct policy *policy = &loading->policies[i];

		if (!has_link(policy))
			continue;
		if (snprintf(policy->pin, sizeof(policy->pin), "%s/%s", dir,
			     policy->name) >= (int)sizeof(policy->pin))
			return -ENAMETOOLONG;
		if (!access(policy->pin, F_OK))
			return -EEXIST;
	}
	return 0;
}

/* Names that are taken would only be refused one by one, in the middle. */
static int check_names(const struct loading *loading)
{
	struct mm_policy_entry entry;
	int err;

	for (size_t i = 0; i < loading->nr; i++) {
		err = kaku_policy__find(loading->policies[i].name, &entry, sizeof(entry));
		if (err == -ENODEV)
			return -EOPNOTSUPP;
		if (err != -ENOENT)
			return err ? err : -EEXIST;
	}
	return 0;
}

static int pin_policy(struct policy *policy, const char *dir)
{
	bool made = !mkdir(dir, 0700);
	int err;

	if (!made && errno != EEXIST)
		return -errno;
	err = bpf_link__pin(policy->link, policy->pin);
	policy->pinned = !err;
	if (err && made)
		rmdir(dir);
	return err;
}

static int register_policy(struct policy *policy, const char *pin_dir)
{
	policy->link = bpf_map__attach_struct_ops(policy->map);
	if (!policy->link)
		return -errno;
	return has_link(policy) ? pin_policy(policy, pin_dir) : 0;
}

static void unregister_all(struct loading *loading)
{
	for (size_t i = 0; i < loading->nr; i++) {
		struct policy *policy = &loading->policies[i];

		if (policy->pinned)
			bpf_link__unpin(policy->link);
		bpf_link__destroy(policy->link);
	}
}

static int register_all(struct loading *loading, const char *pin_dir)
{
	int err;

	for (size_t i = 0; i < loading->nr; i++) {
		err = register_policy(&loading->policies[i], pin_dir);
		if (err) {
			unregister_all(loading);
			return err;
		}
	}
	for (size_t i = 0; i < loading->nr; i++) {
		bpf_link__disconnect(loading->policies[i].link);
		bpf_link__destroy(loading->policies[i].link);
	}
	return 0;
}

static int load(struct loading *loading, const char *path, const char *pin_dir)
{
	int err;

	if (access(path, R_OK))
		return -errno;
	loading->object = bpf_object__open_file(path, NULL);
	if (!loading->object)
		return -errno;

	err = find_policies(loading);
	if (!err)
		err = choose_pins(loading, pin_dir);
	if (!err)
		err = check_names(loading);
	if (!err)
		err = bpf_object__load(loading->object);
	return err ? err : register_all(loading, pin_dir);
}

static void report_names(const struct loading *loading,
			 const struct kaku_load_opts *wanted)
{
	size_t room = wanted->names ? wanted->max_names : 0;

	for (size_t i = 0; i < loading->nr && i < room; i++)
		copy_name(wanted->names[i], loading->policies[i].name);
}

int kaku_policy__load(const char *path, const struct kaku_load_opts *opts)
{
	struct kaku_load_opts wanted = {};
	struct loading *loading;
	int err;

	if (!copy_opts(&wanted, sizeof(wanted), opts))
		return -EINVAL;
	if (!wanted.pin_dir)
		wanted.pin_dir = KAKU_PIN_DIR;
	if (!libbpf_shows_struct_ops())
		return -ENOSYS;

	loading = calloc(1, sizeof(*loading));
	if (!loading)
		return -ENOMEM;

	begin_printing();
	err = load(loading, path, wanted.pin_dir);
	if (!err) {
		report_names(loading, &wanted);
		err = loading->nr;
	}
	bpf_object__close(loading->object);
	end_printing();
	free(loading);
	return errno_of_libbpf(err);
}

/* -------------------------------------------------------------------- unloading */

/* Whether this map is the policy, as the running kernel describes its value. */
static bool is_policy(const struct btf *btf, int fd, const struct bpf_map_info *info,
		      const char *name)
{
	__u32 type = info->btf_vmlinux_value_type_id, ops_type, zero = 0;
	const char *found;
	bool same = false;
	long offset;
	char *value;

	if (info->type != BPF_MAP_TYPE_STRUCT_OPS || !is_type(btf, type, VALUE_TYPE))
		return false;
	offset = member_offset(btf, type, "data", &ops_type);
	if (offset < 0 || offset > info->value_size)
		return false;

	value = calloc(1, info->value_size);
	if (value && !bpf_map_lookup_elem(fd, &zero, value)) {
		found = name_in_ops(btf, ops_type, value + offset,
				    info->value_size - offset);
		same = found && !strcmp(found, name);
	}
	free(value);
	return same;
}

/* The policy's next map after the one with number @id, or a negative errno. */
static int find_map(const struct btf *btf, const char *name, __u32 id,
		    struct bpf_map_info *info)
{
	__u32 size;
	int fd, err;

	while (true) {
		err = bpf_map_get_next_id(id, &id);
		if (err)
			return err;
		fd = bpf_map_get_fd_by_id(id);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		size = sizeof(*info);
		memset(info, 0, size);
		err = bpf_obj_get_info_by_fd(fd, info, &size);
		if (!err && is_policy(btf, fd, info, name))
			return fd;
		close(fd);
	}
}

/* 0: this is the link of a struct_ops map. */
static int read_link(int fd, struct bpf_link_info *info)
{
	__u32 size = sizeof(*info);
	int err;

	memset(info, 0, size);
	err = bpf_obj_get_info_by_fd(fd, info, &size);
	if (err)
		return err;
	return info->type == BPF_LINK_TYPE_STRUCT_OPS ? 0 : -ENOENT;
}

/* The link that registers this map, or a negative errno. */
static int find_link(__u32 map_id, struct bpf_link_info *info)
{
	__u32 id = 0;
	int fd, err;

	while (true) {
		err = bpf_link_get_next_id(id, &id);
		if (err)
			return err;
		fd = bpf_link_get_fd_by_id(id);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		if (!read_link(fd, info) && info->struct_ops.map_id == map_id)
			return fd;
		close(fd);
	}
}

/* A pin of this link; another's with the same name stays. */
static void remove_pin(const char *dir, const char *name, __u32 link_id)
{
	struct bpf_link_info info;
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return;
	if (!read_link(fd, &info) && info.id == link_id)
		unlink(path);
	close(fd);
}

/*
 * A map keeps its policy's name after it was unregistered, or a newer one took its place
 * in its link, as long as whoever loaded it keeps it. -ENOENT: this is one of those.
 */
static int unload_map(int fd)
{
	__u32 zero = 0;
	int err = bpf_map_delete_elem(fd, &zero);

	return err == -EINPROGRESS ? -ENOENT : err;
}

static int unload_link(__u32 map_id, const char *name, const char *pin_dir)
{
	struct bpf_link_info info = {};
	int fd = find_link(map_id, &info), err;

	if (fd < 0)
		return fd;
	err = bpf_link_detach(fd);
	if (!err)
		remove_pin(pin_dir, name, info.id);
	close(fd);
	return err;
}

int kaku_policy__unload(const char *name, const struct kaku_unload_opts *opts)
{
	struct kaku_unload_opts wanted = {};
	struct bpf_map_info info = {};
	struct btf *btf;
	int fd, err;

	if (!copy_opts(&wanted, sizeof(wanted), opts))
		return -EINVAL;
	if (!wanted.pin_dir)
		wanted.pin_dir = KAKU_PIN_DIR;

	begin_printing();
	btf = btf__load_vmlinux_btf();
	err = btf ? 0 : -errno;
	end_printing();
	if (err)
		return errno_of_libbpf(err);

	do {
		fd = find_map(btf, name, info.id, &info);
		if (fd < 0) {
			err = fd;
			break;
		}
		if (info.map_flags & BPF_F_LINK)
			err = unload_link(info.id, name, wanted.pin_dir);
		else
			err = unload_map(fd);
		close(fd);
	} while (err == -ENOENT);
	btf__free(btf);
	return err;
}
