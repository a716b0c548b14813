/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Before libbpf's header: what a policy calls is the simulator's. Maps are found by
 * their address.
 */
#ifndef SHIM_BPF_HELPERS_H
#define SHIM_BPF_HELPERS_H

#include_next <bpf/bpf_helpers.h>

struct shim_map {
	const void *id;
	__u32 type, most, key_size, value_size;
};

#define shim_map(map) ({						\
	typeof(map) __map = (map);					\
	(struct shim_map) {						\
		.id = __map,						\
		.type = sizeof(*__map->type) / sizeof(int),		\
		.most = sizeof(*__map->max_entries) / sizeof(int),	\
		.key_size = sizeof(*__map->key),			\
		.value_size = sizeof(*__map->value),			\
	};								\
})

void *shim_lookup(struct shim_map map, const void *key);
int shim_update(struct shim_map map, const void *key, const void *value, __u64 flags);
int shim_delete(struct shim_map map, const void *key);
__u64 shim_ktime_get_ns(void);
struct task_struct *shim_get_current_task_btf(void);

#define bpf_map_lookup_elem(map, key)	shim_lookup(shim_map(map), key)
#define bpf_map_update_elem(map, key, value, flags)			\
	shim_update(shim_map(map), key, value, flags)
#define bpf_map_delete_elem(map, key)	shim_delete(shim_map(map), key)
#define bpf_ktime_get_ns()		shim_ktime_get_ns()
#define bpf_get_current_task_btf()	shim_get_current_task_btf()

#endif /* SHIM_BPF_HELPERS_H */
