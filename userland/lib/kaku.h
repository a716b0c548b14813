/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * libkaku: paging policies per task.
 *
 * What the words mean is said in <linux/mm_policy.h>, and in libkaku(3).
 *
 * A function that returns an int returns 0 or more, or a negative errno. One that
 * returns a pointer returns NULL and sets errno. Functions may be called by several
 * threads at once; one handler only by one thread at a time.
 */
#ifndef KAKU_H
#define KAKU_H

#include <stdarg.h>
#include <stddef.h>
#include <linux/mm_policy.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KAKU_VERSION	"0.1.0"
#define KAKU_PIN_DIR	"/sys/fs/bpf/kaku"

#ifndef KAKU_API
#define KAKU_API __attribute__((visibility("default")))
#endif

/*
 * KAKU_OPTS(kaku_attach_opts, opts, .tag = 3) declares struct kaku_attach_opts opts
 * with the members given, in their order, and all others zero.
 *
 * Whoever fills in such a structure without it clears all of it and sets @sz to its
 * size. A library that does not know the last members refuses them with -EINVAL
 * unless they are zero.
 */
#define KAKU_OPTS(type, name, ...) \
	struct type name = { .sz = sizeof(struct type), __VA_ARGS__ }

struct kaku_handler;

/**
 * struct kaku_handler_opts - what a new handler begins with
 * @sz:    sizeof(struct kaku_handler_opts)
 * @limit: bytes that it may hold; 0: no limit
 * @args:  MM_POLICY_NR_ARGS numbers for the policy; NULL: all are 0
 * @arg:   text for the policy; NULL: none
 */
struct kaku_handler_opts {
	size_t sz;
	__u64 limit;
	const __u64 *args;
	const char *arg;
};

/**
 * kaku_handler__create() - make a handler, a live instance of a policy
 * @policy: a registered policy's name; "clock" is always there
 * @opts:   what it begins with; NULL: no limit, no arguments
 *
 * It lives until it is closed and nothing is attached to it any more.
 *
 * Return: the handler. NULL with errno ENOENT: no such policy; EPERM: it is not
 * open to the caller, or all are switched off; EDQUOT: the user has too many
 * handlers; ENODEV: this kernel has no paging policies; ENAMETOOLONG, EMSGSIZE:
 * @policy, @arg is too long.
 */
KAKU_API struct kaku_handler *
kaku_handler__create(const char *policy, const struct kaku_handler_opts *opts);

/**
 * kaku_handler__open() - take hold of an existing handler
 * @id: its number
 *
 * Its creator may, and whoever has CAP_SYS_ADMIN.
 *
 * Return: the handler. NULL with errno ESRCH: there is none that the caller may open;
 * ENODEV: this kernel has no paging policies.
 */
KAKU_API struct kaku_handler *kaku_handler__open(__u32 id);

/**
 * kaku_handler__close() - let go of a handler
 * @handler: the handler, or NULL
 *
 * What is attached to it goes on answering to it.
 */
KAKU_API void kaku_handler__close(struct kaku_handler *handler);

/**
 * kaku_handler__fd() - the file that is the handler
 * @handler: the handler
 *
 * poll() reports POLLPRI on it once the policy has been ejected. It belongs to the
 * handler, and is closed on exec.
 *
 * Return: the file descriptor.
 */
KAKU_API int kaku_handler__fd(const struct kaku_handler *handler);

/**
 * kaku_handler__id() - the handler's number
 * @handler: the handler
 *
 * Return: the number, never 0.
 */
KAKU_API __u32 kaku_handler__id(const struct kaku_handler *handler);

/**
 * struct kaku_attach_opts - what to attach, and how
 * @sz:     sizeof(struct kaku_attach_opts)
 * @flags:  MM_POLICY_ATTACH_*
 * @tag:    a number that the policy sees with each page
 * @start:  first address of a range
 * @length: its bytes; with @start 0: the whole process, and what it maps from now on
 */
struct kaku_attach_opts {
	size_t sz;
	__u32 flags;
	__u32 tag;
	__u64 start;
	__u64 length;
};

/**
 * kaku_handler__attach() - let a process or a range of it answer to this handler
 * @handler: the handler
 * @pidfd:   the process; -1: the caller's own
 * @opts:    what of it; NULL: all of it
 *
 * Return: 0. -EOPNOTSUPP: the range has a mapping that cannot be managed; -ENOMEM:
 * it has a hole, or there is no memory; -EPERM: it answers to a handler that the caller
 * may not open, or is sealed, or policies are switched off; -EACCES: the caller may not
 * trace the process; -ESRCH: it is gone; -ENOSPC: it has too many handlers and tags;
 * others: what the policy's attach() refused with.
 * Nothing is attached then: a range is attached whole or not at all.
 */
KAKU_API int kaku_handler__attach(struct kaku_handler *handler, int pidfd,
				  const struct kaku_attach_opts *opts);

/**
 * struct kaku_detach_opts - what to detach
 * @sz:     sizeof(struct kaku_detach_opts)
 * @start:  first address of a range
 * @length: its bytes; with @start 0: the whole process
 */
struct kaku_detach_opts {
	size_t sz;
	__u64 start;
	__u64 length;
};

/**
 * kaku_detach() - let a process or a range of it be as without a policy
 * @pidfd: the process; -1: the caller's own
 * @opts:  what of it; NULL: all of it
 *
 * Whichever handlers it answers to; what answers to none is passed over.
 *
 * Return: 0. -EPERM: it answers to a handler that the caller may not open; -ENOMEM:
 * there is no memory; -EACCES, -ESRCH: as of kaku_handler__attach().
 * Nothing is detached then.
 */
KAKU_API int kaku_detach(int pidfd, const struct kaku_detach_opts *opts);

/**
 * struct kaku_set_opts - what to change; what is NULL stays as it is
 * @sz:     sizeof(struct kaku_set_opts)
 * @policy: move to this policy; an ejected handler is a living one again
 * @limit:  bytes that it may hold; 0: no limit. What is held beyond a lower one is
 *          unmapped before the call returns, if it may go and no signal comes
 * @args:   all MM_POLICY_NR_ARGS numbers
 * @arg:    the text
 */
struct kaku_set_opts {
	size_t sz;
	const char *policy;
	const __u64 *limit;
	const __u64 *args;
	const char *arg;
};

/**
 * kaku_handler__set() - change a handler while its tasks run
 * @handler: the handler
 * @opts:    what to change
 *
 * Return: 0, or a negative errno as of kaku_handler__create().
 */
KAKU_API int kaku_handler__set(struct kaku_handler *handler,
			       const struct kaku_set_opts *opts);

/**
 * kaku_handler__info() - what a handler is, and how it does
 * @handler: the handler
 * @info:    to be filled in
 * @size:    sizeof(*@info), as the caller knows it
 *
 * What the kernel does not know is 0; @info->size is how much it knows.
 *
 * Return: 0, or a negative errno.
 */
KAKU_API int kaku_handler__info(const struct kaku_handler *handler,
				struct mm_policy_info *info, size_t size);

/**
 * kaku_handler__reclaim() - page out now, as the policy chooses
 * @handler: the handler
 * @bytes:   how much is wanted
 * @got:     how much it was in the end, or NULL
 *
 * Return: 0, or a negative errno.
 */
KAKU_API int kaku_handler__reclaim(struct kaku_handler *handler, __u64 bytes,
				   __u64 *got);

/**
 * kaku_next_handler() - walk the handlers that the caller may open
 * @id:   a handler's number, or 0
 * @next: the next greater one in use
 *
 * Return: 0. -ENOENT: there is none.
 */
KAKU_API int kaku_next_handler(__u32 id, __u32 *next);

/**
 * kaku_hint() - say what the calling thread is doing
 * @hint: a number that policies see with each fault of this thread
 *
 * The library keeps a file open for this from the first call on.
 *
 * Return: 0, or a negative errno.
 */
KAKU_API int kaku_hint(__u32 hint);

/**
 * kaku_policy__next() - walk the registered policies
 * @index: 0 at first; counted up
 * @entry: the policy
 * @size:  sizeof(*@entry), as the caller knows it
 *
 * Return: 0. -ENOENT: there are no more.
 */
KAKU_API int kaku_policy__next(__u32 *index, struct mm_policy_entry *entry, size_t size);

/**
 * kaku_policy__find() - a registered policy by its name
 * @name:  its name
 * @entry: the policy
 * @size:  sizeof(*@entry), as the caller knows it
 *
 * Return: 0. -ENOENT: there is none.
 */
KAKU_API int kaku_policy__find(const char *name, struct mm_policy_entry *entry,
			       size_t size);

/**
 * kaku_policy__allow() - open a policy to others than the administrator
 * @name:  its name
 * @flags: MM_POLICY_ENTRY_OPEN, MM_POLICY_ENTRY_GROUP, or 0: to nobody
 * @gid:   the group, for MM_POLICY_ENTRY_GROUP
 *
 * Return: 0. -ENOENT: there is none; -EPERM: this needs CAP_SYS_ADMIN.
 */
KAKU_API int kaku_policy__allow(const char *name, __u32 flags, __u32 gid);

/**
 * struct kaku_load_opts - how to load policies
 * @sz:        sizeof(struct kaku_load_opts)
 * @pin_dir:   where the links of those with one are pinned, in a bpffs; NULL:
 *             KAKU_PIN_DIR. It is made if it is not there
 * @names:     out: the names of the policies, or NULL
 * @max_names: how many @names has room for
 */
struct kaku_load_opts {
	size_t sz;
	const char *pin_dir;
	char (*names)[MM_POLICY_NAME_LEN];
	size_t max_names;
};

/**
 * kaku_policy__load() - register the policies of a BPF object file
 * @path: the object file
 * @opts: how; NULL: as the members say that are 0
 *
 * Those in section .struct_ops are registered until they are unloaded, those in
 * .struct_ops.link as long as their link is pinned. Either all become registered,
 * or none.
 *
 * Return: how many there are. -ENOENT: there is no such file; -ENOEXEC: it is no BPF
 * object file; -ENODATA: it holds no policy; -EEXIST: one of these names, or its pin, is
 * there already; -EOPNOTSUPP: this kernel has no paging policies; -EPERM: this needs
 * CAP_SYS_ADMIN and CAP_BPF; -ENOSYS: the libbpf that the shared library found is older
 * than 1.5; or what the kernel says of a policy that it refuses.
 */
KAKU_API int kaku_policy__load(const char *path, const struct kaku_load_opts *opts);

/**
 * struct kaku_unload_opts - how to unload a policy
 * @sz:      sizeof(struct kaku_unload_opts)
 * @pin_dir: where its link is pinned, if it has one; NULL: KAKU_PIN_DIR
 */
struct kaku_unload_opts {
	size_t sz;
	const char *pin_dir;
};

/**
 * kaku_policy__unload() - unregister a policy
 * @name: its name
 * @opts: how; NULL: as the members say that are 0
 *
 * Its handlers go on with the kernel's clock.
 *
 * Return: 0. -ENOENT: there is no policy of that name in BPF; -EPERM: this needs
 * CAP_SYS_ADMIN.
 */
KAKU_API int kaku_policy__unload(const char *name, const struct kaku_unload_opts *opts);

/**
 * kaku_stat_str() - the name of a counter
 * @stat: enum mm_policy_stat
 *
 * Return: the name, or NULL for one that the library does not know.
 */
KAKU_API const char *kaku_stat_str(unsigned int stat);

/**
 * kaku_exit_kind_str() - why a policy no longer answers
 * @kind: enum mm_policy_exit_kind
 *
 * Return: a word or two, or NULL for one that the library does not know.
 */
KAKU_API const char *kaku_exit_kind_str(unsigned int kind);

/**
 * typedef kaku_print_fn_t - what is told of what goes wrong while loading
 * @format: as of printf()
 * @args:   its arguments
 */
typedef void (*kaku_print_fn_t)(const char *format, va_list args);

/**
 * kaku_set_print() - have it told what goes wrong while loading, for a developer
 * @print: the function; NULL: nobody is told, as at first
 *
 * Return: the function before.
 */
KAKU_API kaku_print_fn_t kaku_set_print(kaku_print_fn_t print);

#ifdef __cplusplus
}
#endif

#endif /* KAKU_H */
