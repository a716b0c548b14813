// SPDX-License-Identifier: GPL-2.0-only
/* Runs a command all of whose memory answers to a policy. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "handler.h"
#include "util.h"

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: under POLICY[:ARG...] LIMIT COMMAND [ARGUMENT...]\n"
			"LIMIT is in pages; 0: none. ARG is a number for the policy.\n");
		return 2;
	}
	handler_attach(handler_create(argv[1], number("LIMIT", argv[2], 0, UINT32_MAX)),
		       NULL, 0, MM_POLICY_ATTACH_EXEC);
	execvp(argv[3], argv + 3);
	die("%s: %m", argv[3]);
}
