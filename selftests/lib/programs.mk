# SPDX-License-Identifier: GPL-2.0-only
#
# Compiles each of an area's PROGRAMS from its one .c file, and each BPF_OBJECTS
# from its .bpf.c. Set AREA and these, then include this. Headers of the kernel's interfaces and of kselftest come
# from the 6.12 tree (ci/tools and ci/kernel put them there).

KAKU_BUILD ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../../build)
OUT := $(KAKU_BUILD)/selftests/$(AREA)

CC = gcc
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE \
	-isystem $(KAKU_BUILD)/tools/uapi/include \
	-isystem $(KAKU_BUILD)/stock/linux/tools/testing/selftests

all: $(addprefix $(OUT)/,$(PROGRAMS) $(BPF_OBJECTS))

$(OUT)/%: %.c Makefile $(lastword $(MAKEFILE_LIST)) | $(OUT)
	$(CC) $(CFLAGS) -o $@ $< $(LDLIBS)

$(OUT)/%.bpf.o: %.bpf.c Makefile | $(OUT)
	clang -O2 -g -Wall -Werror --target=bpf -mcpu=v3 -D__TARGET_ARCH_x86 \
		-isystem $(KAKU_BUILD)/tools/include \
		-isystem $(KAKU_BUILD)/tools/uapi/include -c -o $@ $<

$(OUT):
	mkdir -p $@

clean:
	rm -rf $(OUT)

.PHONY: all clean
