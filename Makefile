# SPDX-License-Identifier: GPL-2.0-only
#
# Verbs only. Each does its own set-up on a fresh Debian machine; the work is in
# ci/, and everything that it makes is in build/.

BENCH ?= fault

define HELP
Kaku: paging policies per task, in a fork of Linux 6.12

  make demo                 install what is missing, build, boot, show a first figure
  make test                 build everything and run every test
  make test T=base/swap     ... only the tests with such a name (and K=test: on that kernel)

  make kernel [K=test]      make the trees and build a kernel: test, debug, stock, off
  make vm [VM="--cxl 1G"]   a shell in the kernel K (ci/vm --help for the options)
  make bench BENCH=fault    measure: boot, cost, fault, opt, peers, prefetch, table1;
                            against the stock kernel where that can do the same
  make series               turn commits in build/ours/linux into kernel-patches/
  make check-series         prove that each patch applies and builds
  make lint                 style and static checks of everything
  make deb                  installable kernel packages for a real machine (takes long)
  make status               say what the trees hold
  make clean                remove what was built, but not unsaved kernel work

endef

export HELP
K ?= test
T ?=

help:
	@echo "$$HELP"

demo: install
	@ci/demo

test: install
	@ci/test $(if $(findstring command,$(origin K)),--kernel $(K)) $(T)

kernel: install
	@ci/kernel build $(K)

vm: install
	@ci/kernel build $(K)
	@ci/vm --kernel $(K) $(VM) --shell

bench: install
	@ci/kernel build stock test
	@ci/bench $(BENCH) --check $(BENCH_OPTIONS)

series:
	@ci/kernel export

check-series: install
	@ci/check-series

lint: install
	@ci/lint

deb: install
	@ci/deb

status:
	@ci/kernel status

clean:
	@ci/kernel clean

install:
	@ci/install

.PHONY: help demo test kernel vm bench series check-series lint deb status clean install
