// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

struct kaku_handler {
	int fd;
	__u32 id;
};

static int copy_arg(char arg[MM_POLICY_ARG_LEN], const char *text)
{
	size_t length = strlen(text);

	if (length >= MM_POLICY_ARG_LEN)
		return -EMSGSIZE;
	memcpy(arg, text, length + 1);
	return 0;
}

static struct kaku_handler *failure(int err)
{
	errno = -err;
	return NULL;
}

/* The device, made a handler by this call. */
static struct kaku_handler *new_handler(unsigned long call, void *argument)
{
	struct kaku_handler *handler = calloc(1, sizeof(*handler));
	int err;

	if (!handler)
		return failure(-ENOMEM);

	err = device_open();
	if (err < 0)
		goto err_free;
	handler->fd = err;

	err = device_call(handler->fd, call, argument);
	if (err)
		goto err_close;
	return handler;

err_close:
	close(handler->fd);
err_free:
	free(handler);
	return failure(err);
}

struct kaku_handler *
kaku_handler__create(const char *policy, const struct kaku_handler_opts *opts)
{
	struct mm_policy_create create = { .size = sizeof(create) };
	struct kaku_handler_opts wanted = {};
	struct kaku_handler *handler;
	int err;

	if (!policy || !copy_opts(&wanted, sizeof(wanted), opts))
		return failure(-EINVAL);

	err = copy_name(create.policy, policy);
	if (err)
		return failure(err);

	create.limit = wanted.limit;
	if (wanted.args)
		memcpy(create.args, wanted.args, sizeof(create.args));
	if (wanted.arg) {
		err = copy_arg(create.arg, wanted.arg);
		if (err)
			return failure(err);
	}

	handler = new_handler(MM_POLICY_CREATE, &create);
	if (handler)
		handler->id = create.id;
	return handler;
}

struct kaku_handler *kaku_handler__open(__u32 id)
{
	struct mm_policy_open argument = { .size = sizeof(argument), .id = id };
	struct kaku_handler *handler = new_handler(MM_POLICY_OPEN, &argument);

	if (handler)
		handler->id = id;
	return handler;
}

void kaku_handler__close(struct kaku_handler *handler)
{
	if (!handler)
		return;
	close(handler->fd);
	free(handler);
}

int kaku_handler__fd(const struct kaku_handler *handler)
{
	return handler->fd;
}

__u32 kaku_handler__id(const struct kaku_handler *handler)
{
	return handler->id;
}

int kaku_handler__attach(struct kaku_handler *handler, int pidfd,
			 const struct kaku_attach_opts *opts)
{
	struct mm_policy_attach attach = { .size = sizeof(attach), .pidfd = pidfd };
	struct kaku_attach_opts wanted = {};

	if (!copy_opts(&wanted, sizeof(wanted), opts))
		return -EINVAL;

	attach.flags = wanted.flags;
	attach.tag = wanted.tag;
	attach.start = wanted.start;
	attach.length = wanted.length;
	return device_call(handler->fd, MM_POLICY_ATTACH, &attach);
}

int kaku_detach(int pidfd, const struct kaku_detach_opts *opts)
{
	struct mm_policy_detach detach = { .size = sizeof(detach), .pidfd = pidfd };
	struct kaku_detach_opts wanted = {};

	if (!copy_opts(&wanted, sizeof(wanted), opts))
		return -EINVAL;

	detach.start = wanted.start;
	detach.length = wanted.length;
	return device_call_once(MM_POLICY_DETACH, &detach);
}

int kaku_handler__set(struct kaku_handler *handler, const struct kaku_set_opts *opts)
{
	struct mm_policy_set set = { .size = sizeof(set) };
	struct kaku_set_opts wanted = {};
	int err = 0;

	if (!opts || !copy_opts(&wanted, sizeof(wanted), opts))
		return -EINVAL;

	if (wanted.policy) {
		set.what |= MM_POLICY_SET_POLICY;
		err = copy_name(set.policy, wanted.policy);
	}
	if (wanted.limit) {
		set.what |= MM_POLICY_SET_LIMIT;
		set.limit = *wanted.limit;
	}
	if (wanted.args) {
		set.what |= MM_POLICY_SET_ARGS;
		memcpy(set.args, wanted.args, sizeof(set.args));
	}
	if (wanted.arg && !err) {
		set.what |= MM_POLICY_SET_ARG;
		err = copy_arg(set.arg, wanted.arg);
	}
	return err ? err : device_call(handler->fd, MM_POLICY_SET, &set);
}

int kaku_handler__info(const struct kaku_handler *handler,
		       struct mm_policy_info *info, size_t size)
{
	if (size < sizeof(info->size))
		return -EINVAL;
	memset(info, 0, size);
	info->size = size;
	return device_call(handler->fd, MM_POLICY_INFO, info);
}

int kaku_handler__reclaim(struct kaku_handler *handler, __u64 bytes, __u64 *got)
{
	struct mm_policy_reclaim reclaim = { .size = sizeof(reclaim), .bytes = bytes };
	int err = device_call(handler->fd, MM_POLICY_RECLAIM, &reclaim);

	if (!err && got)
		*got = reclaim.bytes;
	return err;
}

int kaku_next_handler(__u32 id, __u32 *next)
{
	struct mm_policy_next argument = { .size = sizeof(argument), .id = id };
	int err = device_call_once(MM_POLICY_NEXT, &argument);

	if (!err)
		*next = argument.id;
	return err;
}

/*
 * A hint may come with every request that a server gets, so its file stays open;
 * whoever closes all files of his process only makes us open it again.
 */
int kaku_hint(__u32 hint)
{
	static int kept = -1;
	struct mm_policy_hint argument = { .size = sizeof(argument), .hint = hint };
	int fd = __atomic_load_n(&kept, __ATOMIC_ACQUIRE), opened, err;

	if (fd >= 0) {
		err = device_call(fd, MM_POLICY_HINT, &argument);
		if (err != -EBADF && err != -ENOTTY)
			return err;
	}

	opened = device_open();
	if (opened < 0)
		return opened;
	err = device_call(opened, MM_POLICY_HINT, &argument);
	if (err || !__atomic_compare_exchange_n(&kept, &fd, opened, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		close(opened);
	return err;
}
