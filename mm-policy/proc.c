// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/mm_policy: which range answers to whom.
 */
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>

#include "internal.h"

static void show_ranges(struct seq_file *m, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	if (mm->policy && mm->policy->def)
		seq_printf(m, "default %u %s %u\n", mm->policy->def->handler->pub.id,
			   mm->policy->def->handler->policy_name,
			   mm->policy->def->pub.tag);
	for_each_vma(vmi, vma) {
		struct mmp_space *space = vma->policy_space;

		if (space)
			seq_printf(m, "%lx-%lx %u %s %u\n", vma->vm_start, vma->vm_end,
				   space->handler->pub.id, space->handler->policy_name,
				   space->pub.tag);
	}
}

int mm_policy_proc_show(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
			struct task_struct *task)
{
	struct mm_struct *mm = mm_access(task, PTRACE_MODE_READ_FSCREDS);

	if (IS_ERR_OR_NULL(mm))
		return mm ? PTR_ERR(mm) : 0;
	if (mmap_read_lock_killable(mm)) {
		mmput(mm);
		return -EINTR;
	}
	show_ranges(m, mm);
	mmap_read_unlock(mm);
	mmput(mm);
	return 0;
}
