// SPDX-License-Identifier: GPL-2.0-only
/* kaku probe: what this kernel offers, and what to do about what it lacks. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "cmd.h"
#include "json.h"
#include "tracefs.h"

#define MAX_ADVICE	16

static const char *const kfuncs[] = {
	"mm_policy_evict", "mm_policy_look", "mm_policy_read_ahead",
	"bpf_iter_mm_policy_page_new", "bpf_iter_mm_policy_page_next",
	"bpf_iter_mm_policy_page_destroy", "bpf_iter_mm_policy_times_new",
	"bpf_iter_mm_policy_times_next", "bpf_iter_mm_policy_times_destroy",
};

struct probe {
	struct json json;
	bool as_json;
	bool off;
	bool usable;
	char *advice[MAX_ADVICE];
	size_t nr_advice;
};

static void __print_like(2, 3) advise(struct probe *probe, const char *format, ...)
{
	va_list args;

	if (probe->nr_advice == MAX_ADVICE)
		return;
	va_start(args, format);
	if (vasprintf(&probe->advice[probe->nr_advice], format, args) >= 0)
		probe->nr_advice++;
	va_end(args);
}

/* ------------------------------------------------------------------- one fact each */

static void fact(struct probe *probe, const char *key, const char *label,
		 const char *value)
{
	if (probe->as_json)
		json_text(&probe->json, key, value);
	else
		printf("%-18s%s\n", label, value ? value : "-");
}

static void yes_or_no(struct probe *probe, const char *key, const char *label, bool value)
{
	if (probe->as_json)
		json_bool(&probe->json, key, value);
	else
		printf("%-18s%s\n", label, value ? "yes" : "no");
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return false;
	got = fgets(line, size, file);
	if (got)
		line[strcspn(line, "\n")] = 0;
	fclose(file);
	return got;
}

static void probe_kernel(struct probe *probe)
{
	struct utsname name;

	uname(&name);
	fact(probe, "kernel", "kernel", name.release);
}

static void probe_version(struct probe *probe)
{
	char version[32];
	bool known = read_line("/sys/kernel/mm/policy/version", version, sizeof(version));

	fact(probe, "version", "policies", known ? version : NULL);
	if (!known)
		advise(probe, "no paging policies: boot a kernel with CONFIG_MM_POLICY=y");
}

static void probe_switch(struct probe *probe)
{
	probe->off = switched_off();
	yes_or_no(probe, "switched_off", "switched off", probe->off);
	if (probe->off)
		advise(probe, "switched off: echo 1 >/sys/kernel/mm/policy/enabled");
}

static void probe_device(struct probe *probe)
{
	struct mm_policy_entry entry;
	__u32 index = 0;
	int err = kaku_policy__next(&index, &entry, sizeof(entry));
	bool answers = !err || err == -ENOENT;

	probe->usable = answers && !probe->off;
	yes_or_no(probe, "device", "/dev/mm_policy", answers);
	switch (-err) {
	case EACCES:
		advise(probe, "/dev/mm_policy is not open to you: be root, or change its mode");
		break;
	case ENOTTY:
		advise(probe, "the kernel is older than this kaku: take the one of the kernel");
		break;
	case ENODEV:
		if (!access("/sys/kernel/mm/policy", F_OK))
			advise(probe, "/dev/mm_policy is missing: mount -t devtmpfs none /dev");
		break;
	}
}

static void probe_policies(struct probe *probe)
{
	char text[512] = "";
	struct mm_policy_entry entry;
	size_t used = 0;
	__u32 index = 0;

	if (probe->as_json)
		json_array(&probe->json, "policies");
	while (!kaku_policy__next(&index, &entry, sizeof(entry))) {
		if (probe->as_json)
			json_text(&probe->json, NULL, entry.name);
		else if (used < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used, "%s%s",
					 used ? " " : "", entry.name);
	}
	if (probe->as_json)
		json_end(&probe->json);
	else
		printf("%-18s%s\n", "registered", *text ? text : "-");
}

/* ----------------------------------------------------- what policies in BPF can use */

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static bool is_function(const struct btf *btf, const struct btf_member *member)
{
	const struct btf_type *type = btf__type_by_id(btf, member->type);

	return btf_is_ptr(type) && btf_is_func_proto(btf__type_by_id(btf, type->type));
}

static void probe_ops(struct probe *probe, const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "mm_policy_ops", BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	bool any = false;

	if (probe->as_json)
		json_array(&probe->json, "ops");
	else
		printf("%-18s", "ops");
	for (int i = 0; type && i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const char *name = btf__name_by_offset(btf, member->name_off);

		if (!is_function(btf, member))
			continue;
		if (probe->as_json)
			json_text(&probe->json, NULL, name);
		else
			printf("%s%s", any ? " " : "", name);
		any = true;
	}
	if (probe->as_json)
		json_end(&probe->json);
	else
		puts(any ? "" : "-");
	if (!type)
		advise(probe, "no policies can be loaded: BTF has no struct mm_policy_ops");
}

static void probe_kfuncs(struct probe *probe, const struct btf *btf)
{
	if (probe->as_json)
		json_object(&probe->json, "kfuncs");
	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++) {
		bool there = btf__find_by_name_kind(btf, kfuncs[i], BTF_KIND_FUNC) > 0;

		if (probe->as_json)
			json_bool(&probe->json, kfuncs[i], there);
		else
			printf("%-18s%-36s%s\n", i ? "" : "kfuncs", kfuncs[i],
			       there ? "yes" : "no");
	}
	if (probe->as_json)
		json_end(&probe->json);
}

static void probe_bpf(struct probe *probe)
{
	libbpf_print_fn_t before = libbpf_set_print(quiet);
	struct btf *btf = btf__load_vmlinux_btf();
	char jit[8];

	libbpf_set_print(before);
	yes_or_no(probe, "btf", "BTF", btf);
	if (btf) {
		probe_ops(probe, btf);
		probe_kfuncs(probe, btf);
	} else {
		advise(probe, "no BTF: policies in BPF need CONFIG_DEBUG_INFO_BTF=y");
	}
	btf__free(btf);
	if (read_line("/proc/sys/net/core/bpf_jit_enable", jit, sizeof(jit)) && *jit == '0')
		advise(probe, "policies in BPF need the JIT: sysctl net.core.bpf_jit_enable=1");
}

static void probe_bpffs(struct probe *probe)
{
	struct statfs stats;
	bool mounted = !statfs("/sys/fs/bpf", &stats) && stats.f_type == BPF_FS_MAGIC;

	yes_or_no(probe, "bpffs", "/sys/fs/bpf", mounted);
	if (!mounted)
		advise(probe, "nowhere to pin policies: mount -t bpf none /sys/fs/bpf");
}

/* ----------------------------------------------------------------- what is around */

static void probe_mglru(struct probe *probe)
{
	char state[16];
	bool known = read_line("/sys/kernel/mm/lru_gen/enabled", state, sizeof(state));

	fact(probe, "mglru", "MGLRU", known ? state : NULL);
}

static void probe_swap(struct probe *probe)
{
	struct sysinfo info;
	__u64 total, left;

	sysinfo(&info);
	total = (__u64)info.totalswap * info.mem_unit;
	left = (__u64)info.freeswap * info.mem_unit;
	if (probe->as_json) {
		json_number(&probe->json, "swap", total);
		json_number(&probe->json, "swap_free", left);
	} else if (total) {
		printf("%-18s%s, %s free\n", "swap", size_text(total), size_text(left));
	} else {
		printf("%-18s%s\n", "swap", "none");
	}
	if (!total)
		advise(probe, "no swap, so private memory stays: mkswap and swapon a disk");
}

static void probe_tracing(struct probe *probe)
{
	const char *dir = tracefs_dir();
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/events/mm_policy", dir ? dir : "/nonexistent");
	err = access(path, F_OK) ? errno : 0;
	yes_or_no(probe, "trace_events", "trace events", !err);
	if (!err)
		return;
	if (!dir)
		advise(probe, "kaku trace: mount -t tracefs none /sys/kernel/tracing");
	else if (err == EACCES)
		advise(probe, "kaku trace needs root");
	else
		advise(probe, "kaku trace needs the kernel's trace events of policies");
}

static void give_advice(struct probe *probe)
{
	if (probe->as_json)
		json_array(&probe->json, "missing");
	for (size_t i = 0; i < probe->nr_advice; i++) {
		if (probe->as_json)
			json_text(&probe->json, NULL, probe->advice[i]);
		else
			printf("! %s\n", probe->advice[i]);
		free(probe->advice[i]);
	}
	if (probe->as_json)
		json_end(&probe->json);
}

static int probe_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct probe probe = { .json.out = stdout };

	while (next_option(verb, argc, argv, options) != -1)
		probe.as_json = true;
	want_operands(verb, argc, 0, 0);

	if (probe.as_json)
		json_object(&probe.json, NULL);
	probe_kernel(&probe);
	probe_version(&probe);
	probe_switch(&probe);
	probe_device(&probe);
	probe_policies(&probe);
	probe_bpf(&probe);
	probe_bpffs(&probe);
	probe_mglru(&probe);
	probe_swap(&probe);
	probe_tracing(&probe);
	give_advice(&probe);
	if (probe.as_json)
		json_end(&probe.json);
	return probe.usable ? 0 : 1;
}

const struct verb verb_probe = {
	.name = "probe",
	.summary = "say what this kernel offers, and what is missing",
	.help =
"Usage: kaku probe [OPTION...]\n"
"\n"
"Say what this kernel offers, and after each '!' what is missing and what to do about\n"
"it. The exit status is 0 if policies can be used.\n"
"\n"
"Options:\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = probe_main,
};
