// SPDX-License-Identifier: GPL-2.0-only
/*
 * 'keeper OBJECT [NEWER]': registers the policy of an object file, replaces it in place
 * by that of the other, prints a line, and keeps all of both until it is killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

static struct bpf_map *load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *map;

	if (!object || bpf_object__load(object))
		return NULL;
	bpf_object__for_each_map(map, object) {
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct bpf_map *map = argc > 1 ? load(argv[1]) : NULL;
	struct bpf_map *newer = argc > 2 ? load(argv[2]) : NULL;
	struct bpf_link *link = map ? bpf_map__attach_struct_ops(map) : NULL;

	if (!link || (argc > 2 && (!newer || bpf_link__update_map(link, newer)))) {
		perror("keeper");
		return 1;
	}
	puts(newer ? "updated" : "registered");
	fflush(stdout);
	pause();
	return 0;
}
