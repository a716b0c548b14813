// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a device that is mapped directly (DAX), here that of CXL, cannot be managed,
 * and whoever asks for it is told so. (It can as a NUMA node: far.c.)
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest.h"
#include "policy.h"

#define DAX	"/dev/dax0.0"

static void directly_mapped(void)
{
	int fd = policy_create("clock", 0), dax = open(DAX, O_RDWR);
	char *at = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, dax, 0);

	if (at == MAP_FAILED)
		die(DAX);
	ksft_test_result(policy_attach(fd, -1, at, 2 * MIB) == -EOPNOTSUPP,
			 "DAX: a range cannot be attached, and is told so\n");
	ksft_test_result(!policy_attach(fd, -1, NULL, 0), "a process that maps it can\n");
	fill(at, 16, 1);
	ksft_test_result(!is_managed(0, at) && intact(at, 16, 1) &&
			 policy_held(fd) == managed_rss(0),
			 "but for that mapping, which works, and nothing of it is held\n");
	policy_detach(-1, NULL, 0);
	munmap(at, 2 * MIB);
	close(dax);
	close(fd);
}

int main(void)
{
	ksft_print_header();
	if (access("/sys/bus/cxl/devices/mem0", F_OK))
		ksft_exit_skip("this machine has no CXL device\n");
	ksft_set_plan(4);
	run("bash -c '. $KAKU_ROOT/selftests/lib/cxl.sh && cxl_dax' 2>/dev/null");
	directly_mapped();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
