#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# storms.c, with swap.

. ./swap.sh
on_swap "$KAKU_BUILD/selftests/hostile/storms" "$@"
