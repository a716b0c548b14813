// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mm_policy: how user space makes handlers and attaches processes to them. What
 * each call does is described in <linux/mm_policy.h>.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/swap.h>
#include <linux/uaccess.h>

#include "internal.h"

static struct mmp_handler *handler_of(struct file *file)
{
	/* Pairs with the release in bind(): a handler is seen whole */
	return smp_load_acquire(&file->private_data);
}

/* Make @file a handle on @h, whose reference it takes over. */
static int bind(struct file *file, struct mmp_handler *h)
{
	if (cmpxchg_release(&file->private_data, NULL, h)) {
		mmp_handler_put(h);
		return -EBUSY;
	}
	return 0;
}

/* The argument begins with its size; see the header. */
static int get_arg(void *arg, size_t known, void __user *uarg)
{
	u32 size;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < 8)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(arg, 0, known);
	return copy_struct_from_user(arg, known, uarg, size);
}

static int put_arg(void __user *uarg, const void *arg, size_t known)
{
	u32 size = *(const u32 *)arg;

	return copy_to_user(uarg, arg, min_t(size_t, size, known)) ? -EFAULT : 0;
}

static long do_create(struct file *file, void __user *uarg)
{
	struct mm_policy_create c;
	struct mmp_handler *h;
	int err;

	err = get_arg(&c, sizeof(c), uarg);
	if (err)
		return err;
	if (handler_of(file))
		return -EBUSY;
	h = mmp_handler_create(&c);
	if (IS_ERR(h))
		return PTR_ERR(h);
	c.id = h->pub.id;
	err = put_arg(uarg, &c, sizeof(c));
	if (err) {
		mmp_handler_put(h);
		return err;
	}
	return bind(file, h);
}

static long do_open(struct file *file, void __user *uarg)
{
	struct mm_policy_open o;
	struct mmp_handler *h;
	int err;

	err = get_arg(&o, sizeof(o), uarg);
	if (err)
		return err;
	mutex_lock(&mmp_mutex);
	h = mmp_handler_find(o.id);
	/* Whose handlers exist is nobody else's business */
	if (!h || !mmp_handler_may_open(h) || !mmp_handler_get(h))
		err = -ESRCH;
	mutex_unlock(&mmp_mutex);
	return err ?: bind(file, h);
}

/* The address space of the process behind @pidfd, if the caller may change it */
static struct mm_struct *target_mm(s32 pidfd, struct task_struct **task)
{
	struct mm_struct *mm;
	unsigned int flags;

	if (pidfd == -1) {
		mmget(current->mm);
		*task = get_task_struct(current);
		return current->mm;
	}
	*task = pidfd_get_task(pidfd, &flags);
	if (IS_ERR(*task))
		return ERR_CAST(*task);
	mm = mm_access(*task, PTRACE_MODE_ATTACH_REALCREDS);
	if (IS_ERR_OR_NULL(mm)) {
		put_task_struct(*task);
		return mm ?: ERR_PTR(-ESRCH);
	}
	return mm;
}

static long do_attach(struct file *file, void __user *uarg)
{
	struct mmp_handler *h = handler_of(file);
	struct mm_policy_attach a;
	struct task_struct *task;
	struct mm_struct *mm;
	int err;

	err = get_arg(&a, sizeof(a), uarg);
	if (err)
		return err;
	if (!h)
		return -ENOTCONN;
	mm = target_mm(a.pidfd, &task);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	err = mmp_attach(h, mm, task, &a);
	mmput(mm);
	put_task_struct(task);
	if (!err)
		mmp_come_down(h);
	return err;
}

static long do_detach(struct file *file, void __user *uarg)
{
	struct mm_policy_detach d;
	struct task_struct *task;
	struct mm_struct *mm;
	int err;

	err = get_arg(&d, sizeof(d), uarg);
	if (err)
		return err;
	if (d.flags || d.pad)
		return -EINVAL;
	mm = target_mm(d.pidfd, &task);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	err = mmp_detach(mm, d.start, d.length);
	mmput(mm);
	put_task_struct(task);
	return err;
}

static long do_set(struct file *file, void __user *uarg)
{
	struct mmp_handler *h = handler_of(file);
	struct mm_policy_set set;
	int err;

	err = get_arg(&set, sizeof(set), uarg);
	if (err)
		return err;
	if (!h)
		return -ENOTCONN;
	err = mmp_handler_set(h, &set);
	if (!err && (set.what & MM_POLICY_SET_LIMIT))
		mmp_come_down(h);
	return err;
}

static long do_reclaim(struct file *file, void __user *uarg)
{
	struct mmp_handler *h = handler_of(file);
	struct mm_policy_reclaim r;
	unsigned long want, got = 0;
	int err;

	err = get_arg(&r, sizeof(r), uarg);
	if (err)
		return err;
	if (!h)
		return -ENOTCONN;
	if (r.flags)
		return -EINVAL;

	want = r.bytes >> PAGE_SHIFT;
	/* Other processors may have pages in their batches, where nobody gets at them */
	lru_add_drain_all();
	while (got < want) {
		unsigned int nr;

		if (mutex_lock_killable(&h->select_mutex))
			return -EINTR;
		mmp_take(h, want - got, MM_POLICY_FOR_REQUEST, -1, 0, NULL, true,
			 current_gfp_context(GFP_KERNEL), NULL);
		nr = h->sel->nr - h->sel->kept;
		mutex_unlock(&h->select_mutex);
		if (!nr || signal_pending(current))
			break;
		got += nr;
		cond_resched();
	}
	r.bytes = (u64)got << PAGE_SHIFT;
	return put_arg(uarg, &r, sizeof(r));
}

static long do_info(struct file *file, void __user *uarg)
{
	struct mmp_handler *h = handler_of(file);
	struct mm_policy_info info;
	u32 size;
	int err;

	err = get_arg(&info, sizeof(info), uarg);
	if (err)
		return err;
	if (!h)
		return -ENOTCONN;
	size = min_t(u32, info.size, sizeof(info));
	memset(&info, 0, sizeof(info));
	info.size = size;
	mmp_handler_info(h, &info);
	return put_arg(uarg, &info, sizeof(info));
}

static long do_next(void __user *uarg)
{
	struct mm_policy_next next;
	int err;

	err = get_arg(&next, sizeof(next), uarg);
	if (!err)
		err = mmp_handler_next(&next);
	return err ?: put_arg(uarg, &next, sizeof(next));
}

static long do_entry(void __user *uarg)
{
	struct mm_policy_entry entry;
	int err;

	err = get_arg(&entry, sizeof(entry), uarg);
	if (!err)
		err = mmp_policy_entry(&entry);
	return err ?: put_arg(uarg, &entry, sizeof(entry));
}

static long do_allow(void __user *uarg)
{
	struct mm_policy_allow allow;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = get_arg(&allow, sizeof(allow), uarg);
	return err ?: mmp_policy_allow(&allow);
}

static long do_hint(void __user *uarg)
{
	struct mm_policy_hint hint;
	int err;

	err = get_arg(&hint, sizeof(hint), uarg);
	if (!err)
		current->policy_hint = hint.hint;
	return err;
}

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	/* The size in the number is that of the caller's header; the argument has it too */
	if (_IOC_TYPE(cmd) != MM_POLICY_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(MM_POLICY_CREATE):
		return do_create(file, uarg);
	case _IOC_NR(MM_POLICY_OPEN):
		return do_open(file, uarg);
	case _IOC_NR(MM_POLICY_ATTACH):
		return do_attach(file, uarg);
	case _IOC_NR(MM_POLICY_DETACH):
		return do_detach(file, uarg);
	case _IOC_NR(MM_POLICY_SET):
		return do_set(file, uarg);
	case _IOC_NR(MM_POLICY_RECLAIM):
		return do_reclaim(file, uarg);
	case _IOC_NR(MM_POLICY_INFO):
		return do_info(file, uarg);
	case _IOC_NR(MM_POLICY_NEXT):
		return do_next(uarg);
	case _IOC_NR(MM_POLICY_ENTRY):
		return do_entry(uarg);
	case _IOC_NR(MM_POLICY_ALLOW):
		return do_allow(uarg);
	case _IOC_NR(MM_POLICY_HINT):
		return do_hint(uarg);
	}
	return -ENOTTY;
}

static __poll_t control_poll(struct file *file, poll_table *wait)
{
	struct mmp_handler *h = handler_of(file);

	if (!h)
		return EPOLLERR;
	poll_wait(file, &h->ejected, wait);
	return READ_ONCE(h->exit) ? EPOLLPRI : 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	/* misc_open() left the device there */
	file->private_data = NULL;
	return 0;
}

static int control_release(struct inode *inode, struct file *file)
{
	struct mmp_handler *h = handler_of(file);

	if (h)
		mmp_handler_put(h);
	return 0;
}

static void control_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mmp_handler *h = handler_of(file);

	if (!h)
		return;
	seq_printf(m, "handler:\t%u\npolicy:\t%s\nexit:\t%u\nlimit:\t%llu\nheld:\t%llu\n",
		   h->pub.id, h->policy_name, READ_ONCE(h->exit),
		   (u64)h->pub.limit << PAGE_SHIFT, (u64)mmp_held(h) << PAGE_SHIFT);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.release = control_release,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = control_poll,
	.show_fdinfo = control_show_fdinfo,
	.llseek = noop_llseek,
};

static struct miscdevice control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mm_policy",
	.fops = &control_fops,
	/* Everybody may ask; each call checks what it does */
	.mode = 0666,
};

int __init mmp_control_init(void)
{
	return misc_register(&control_device);
}
