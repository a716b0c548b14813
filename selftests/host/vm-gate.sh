#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The gate holds: whatever goes wrong in a virtual machine makes ci/vm fail, in
# the right way and in words; and nothing else does.

HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/../lib/tap.sh"
VM=$HERE/../../ci/vm
CRASH=/sys/kernel/debug/provoke-crash/DIRECT

# exits WANTED PATTERN NAME ARGUMENT...: ci/vm's exit status and its words.
exits() {
	local wanted=$1 pattern=$2 name=$3 status=0
	shift 3
	"$VM" "$@" >"$TAP_DIR/output" 2>&1 || status=$?
	if [ "$status" -ne "$wanted" ]; then
		echo "(exit status $status instead of $wanted)" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	elif ! grep -qE -e "$pattern" "$TAP_DIR/output"; then
		echo "(without saying: $pattern)" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	else
		ok "$name"
	fi
	cp "$TAP_DIR/output" "$TAP_DIR/output.kept"
}

exits 7 '^going$' 'a command that exits with 7 makes ci/vm exit with 7' \
	--timeout 60 -- sh -c 'echo going; exit 7'
exits 137 '^going$' 'a command that is killed is a failure' \
	--timeout 60 -- sh -c 'echo going; kill -9 $$'
exits 127 'not found' 'a command that does not exist is a failure' \
	--timeout 60 -- no-such-command
exits 120 'WARNING: .*lkdtm' 'a WARN_ON is a failure, though the command succeeds' \
	--timeout 60 -- sh -c "echo WARNING >$CRASH"
exits 121 'Kernel panic - not syncing: dumptest' 'a panic is a failure' \
	--timeout 60 -- sh -c "echo PANIC >$CRASH"
exits 121 'kernel BUG at' 'a BUG is a failure' \
	--timeout 60 -- sh -c "echo BUG >$CRASH; sleep 5"
exits 124 '^going$' 'a kernel that hangs is killed when the time is up' \
	--timeout 30 --cpus 1 -- sh -c "echo going; echo LOOP >$CRASH; echo gone"
check_fails 'and never came back' '^$' sh -c "echo; grep -x gone '$TAP_DIR/output.kept'"
exits 124 '^going$' 'a command that hangs is killed when the time is up' \
	--timeout 30 -- sh -c 'echo going; sleep 1000'
exits 121 'stopped before the command ended' 'a machine that switches itself off is a failure' \
	--timeout 60 -- sh -c 'echo o >/proc/sysrq-trigger; sleep 10'
# Nobody stays behind when the runner is killed.
"$VM" --timeout 60 --append kaku.killed=1 -- sleep 60 &
runner=$!
for _ in $(seq 50); do
	! pgrep -f 'kaku\.killed=1 *$' >/dev/null || break
	sleep 0.2
done
check 'a machine is up' pgrep -f 'qemu.*kaku\.killed=1 *$'
kill -KILL $runner
wait $runner 2>/dev/null
sleep 1
check_fails 'and gone when its runner is killed' '^$' sh -c "echo; pgrep -f 'qemu.*kaku[.]killed=1 *$'"
exits 125 'there is no kernel' 'a kernel that was never built is an error' \
	--kernel /no/such/arch/x86/boot/bzImage -- true
exits 125 'QEMU did not start' 'a machine that QEMU refuses is an error' \
	--qemu '-device no-such-device' -- true
exits 120 'did not report' 'a wanted report that does not come is a failure' \
	--timeout 60 --expect-splat KASAN -- true
exits 0 'fine' 'a wanted report that comes is a success' \
	--timeout 60 --expect-splat 'WARNING: .*lkdtm' -- sh -c "echo WARNING >$CRASH; echo fine"
exits 120 'BUG: KASAN: slab-use-after-free' 'a use after free is a failure (KASAN)' \
	--kernel debug --timeout 600 -- sh -c "echo READ_AFTER_FREE >$CRASH"
exits 120 'lock held when returning to user space' 'a lock left held is a failure (lockdep)' \
	--kernel debug --timeout 600 -- sh -c "echo SPINLOCKUP >$CRASH"
exits 120 'new suspected memory leaks' 'a leak is a failure (kmemleak)' \
	--kernel debug --timeout 600 -- sh -c "modprobe -d \$KAKU_MODULES kmemleak-test && rmmod kmemleak-test"
finish
