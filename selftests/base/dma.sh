#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The DMA engine layer and its test client are there, with the engines that our
# users have.

. ../lib/tap.sh

for engine in idxd ioat ptdma; do
	check "the driver of $engine is there" \
		sh -c "ls -d /sys/module/$engine || ls -d /sys/bus/pci/drivers/$engine* || ls -d /sys/bus/pci/drivers/*$engine*"
done
check 'dmatest loads' modprobe -d "$KAKU_MODULES" dmatest
check 'dmatest unloads' modprobe -d "$KAKU_MODULES" -r dmatest
finish
