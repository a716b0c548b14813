// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

int device_open(void)
{
	int fd = open(KAKU_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
}

int device_call(int fd, unsigned long call, void *argument)
{
	return ioctl(fd, call, argument) < 0 ? -errno : 0;
}

int device_call_once(unsigned long call, void *argument)
{
	int fd = device_open(), err;

	if (fd < 0)
		return fd;
	err = device_call(fd, call, argument);
	close(fd);
	return err;
}

int copy_name(char name[MM_POLICY_NAME_LEN], const char *text)
{
	size_t length = strlen(text);

	if (length >= MM_POLICY_NAME_LEN)
		return -ENAMETOOLONG;
	memcpy(name, text, length + 1);
	return 0;
}
