#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kaku command on a live kernel: it does what its pages say, and what it refuses is
# told in words and leaves nothing behind. (test_command.py has a pretended kernel.)

. ../lib/tap.sh
. ../lib/disks.sh

KAKU=$KAKU_BUILD/userland/kaku/kaku
POLICIES=$KAKU_BUILD/bpf
HOSTILE=$KAKU_BUILD/selftests/hostile
VERSIONS=$KAKU_BUILD/selftests/policy
KEEPER=$KAKU_BUILD/selftests/userland/keeper
PYTHON=/usr/bin/python3
ENABLED=/sys/kernel/mm/policy/enabled

kaku() {
	"$KAKU" "$@"
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
}

# refuses STATUS PATTERN COMMAND...: it ends so, with one message that begins with
# 'kaku: ' and matches, and prints nothing else.
refuses() {
	local wanted=$1 pattern=$2 got
	shift 2
	"$@" >"$TAP_DIR/out" 2>"$TAP_DIR/err" </dev/null
	got=$?
	{
		echo "($*: exit status $got, wanted $wanted, and: $pattern)"
		cat "$TAP_DIR/out" "$TAP_DIR/err"
	} >"$TAP_DIR/output"
	if [ "$got" -eq "$wanted" ] && [ ! -s "$TAP_DIR/out" ] &&
	   grep -qE "^kaku: .*$pattern" "$TAP_DIR/err"; then
		ok "${*/#$KAKU/kaku}"
	else
		not_ok "${*/#$KAKU/kaku}" "$TAP_DIR/output"
	fi
}

# says NAME PATTERN COMMAND...: it succeeds, its output matches, and it does not complain.
says() {
	local name=$1 pattern=$2
	shift 2
	if "$@" >"$TAP_DIR/output" 2>"$TAP_DIR/err" && [ ! -s "$TAP_DIR/err" ] &&
	   grep -qE -e "$pattern" "$TAP_DIR/output"; then
		ok "$name"
	else
		echo "(exit status $?: $*, wanted: $pattern)" >>"$TAP_DIR/output"
		cat "$TAP_DIR/err" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	fi
}

# Each line that begins with ! is advice about something that is missing.
nothing_is_missing() {
	local status
	kaku probe >"$TAP_DIR/probe"
	status=$?
	! grep '^! ' "$TAP_DIR/probe" && [ "$status" -eq 0 ]
}

# One Python for all expressions: to start one takes a second here.
cat >"$TAP_DIR/judge.py" <<'JUDGE'
import json, sys
questions, answers, path = sys.argv[1:]
with open(questions) as asked, open(answers, 'w') as answered:
    for question in asked:
        try:
            with open(path) as lines:
                d = [json.loads(line) for line in lines]
            d = d[0] if len(d) == 1 else d
            answer = eval(question)
        except Exception as error:
            answer = repr(error)
        print(answer, file=answered, flush=True)
JUDGE
mkfifo "$TAP_DIR/questions" "$TAP_DIR/answers"
"$PYTHON" "$TAP_DIR/judge.py" "$TAP_DIR/questions" "$TAP_DIR/answers" "$TAP_DIR/json" &
exec 8>"$TAP_DIR/questions" 9<"$TAP_DIR/answers"

# tell EXPRESSION COMMAND...: the value of a Python expression of d, which is the JSON
# that the command prints; of several lines of it, a list.
tell() {
	local expression=$1 answer
	shift
	if ! "$@" --json >"$TAP_DIR/json"; then
		echo 'it failed'
		return
	fi
	echo "$expression" >&8
	read -r answer <&9
	echo "$answer"
}

valid_json() {
	"$@" --json | "$PYTHON" -m json.tool --json-lines
}

# holds EXPRESSION COMMAND...: within seconds it is true.
holds() {
	local i
	for i in {1..20}; do
		[ "$(tell "$@")" != True ] || return 0
		sleep 0.3
	done
	echo "after $i looks it is not true: $1"
	shift
	"$@" --json
	return 1
}

nothing_is_there() {
	holds 'd == []' kaku list && holds '[p["name"] for p in d] == ["clock"]' kaku policy list
}

# Goes round its memory until the file is gone, in haste if it says so; its status says
# whether all was as it should.
cat >"$TAP_DIR/hog.py" <<'HOG'
import os, sys, time
file, pages = sys.argv[1], int(sys.argv[2]) * 256
area = bytearray(pages * 4096)
for i in range(pages):
    area[i * 4096] = i & 255
open(file, 'w').close()
good = True
while os.path.exists(file):
    haste = os.path.getsize(file)
    for i in range(pages):
        good &= area[i * 4096] == i & 255
        if not haste and i % 128 == 0:
            time.sleep(0.03)
sys.exit(0 if good else 9)
HOG
chmod 755 "$TAP_DIR"

# hog_begins MIB COMMAND...: in the background, under the command; $HOG is its number
hog_begins() {
	local mib=$1 i
	shift
	rm -f "$TAP_DIR/run"
	"$@" "$PYTHON" "$TAP_DIR/hog.py" "$TAP_DIR/run" "$mib" &
	HOG=$!
	for i in {1..600}; do
		[ ! -e "$TAP_DIR/run" ] || return 0
		sleep 0.1
	done
	echo "# the hog does not run after $i looks"
}

hog_ends() {
	rm -f "$TAP_DIR/run"
	wait "$HOG"
}

# Without swap yet
check 'probe succeeds' kaku probe
says 'probe tells what is missing, and what to do' '^! no swap.*mkswap' kaku probe
check 'probe --json is JSON' valid_json kaku probe
check 'probe --json has it too' holds \
	'd["swap"] == 0 and d["device"] and any("no swap" in m for m in d["missing"])' kaku probe
disk=$(make_zram 256)
mkswap "$disk" >/dev/null
swapon "$disk"

# What is refused
ended=$(bash -c 'echo $$')
sleep 1000 &
sleeper=$!
refuses 2 "there is no verb 'fly'" kaku fly
refuses 2 'unknown option --fly' kaku list --fly
refuses 2 'too many words' kaku probe twice
refuses 2 '--pid is missing' kaku attach --policy clock
refuses 2 'either --policy' kaku attach --pid $sleeper
refuses 2 'not a size' kaku attach --pid $sleeper --policy clock --limit 4Q
refuses 2 "'none' for no limit" kaku attach --pid $sleeper --policy clock --limit 0
refuses 2 'not a range' kaku attach --pid $sleeper --policy clock --range 4096
refuses 2 'not a process' kaku detach --pid 0
refuses 2 'not a handler' kaku stat x
refuses 2 'to whom' kaku policy allow clock
refuses 125 '--policy is missing' kaku run true
refuses 125 'not a size' kaku run --policy clock --limit 16MM true
refuses 125 'what shall run' kaku run --policy clock
for command in 'policy show' 'policy unload'; do
	# shellcheck disable=SC2086 # two words
	refuses 1 "there is no policy 'lru': load it.*: clock" kaku $command lru
done
refuses 1 "there is no policy 'lru'" kaku policy allow lru --everyone
refuses 1 "there is no policy 'lru'" kaku attach --pid $sleeper --policy lru
refuses 125 "there is no policy 'lru'" kaku run --policy lru touch "$TAP_DIR/ran"
refuses 125 "there is no policy 'clock/../../x'" kaku run --policy clock/../../x true
refuses 1 "there is no process $ended" kaku attach --pid "$ended" --policy clock
refuses 1 "there is no process $ended" kaku detach --pid "$ended"
refuses 1 "there is no process $ended" kaku show --pid "$ended"
refuses 1 "there is no process $ended" kaku trace --pid "$ended"
refuses 1 'process 2: |process 2 ' kaku attach --pid 2 --policy clock
refuses 1 "process $sleeper answers to no handler" kaku trace --pid $sleeper
for command in show stat trace 'set --limit 4M' "attach --pid $sleeper --handler"; do
	# shellcheck disable=SC2086 # several words
	refuses 1 'there is no handler 4000000000' kaku $command 4000000000
done
refuses 1 'there is no handler 4000000000' kaku reclaim 4000000000 4M
refuses 1 'has a hole' kaku attach --pid $sleeper --policy clock --range 1000+4K
refuses 1 'has no such range' kaku attach --pid $sleeper --policy clock \
	--range ffffffffff000000+4K
refuses 1 'cannot read .*: No such file' kaku policy load /nonexistent.bpf.o
refuses 1 'is no BPF object file: take one that' kaku policy load /etc/passwd
refuses 1 'there is no policy in' kaku policy load \
	"$KAKU_BUILD/selftests/base/congestion.bpf.o"
refuses 1 'is there already' kaku policy load "$HOSTILE/name-clock.bpf.o"
refuses 1 'is not loaded: ' kaku policy load "$HOSTILE/name-slash.bpf.o"
refuses 1 'is not loaded: ' kaku policy load "$HOSTILE/name-empty.bpf.o"
check_fails "what the verifier says of a policy is told" \
	'infinite loop|too large|too many' kaku policy load "$HOSTILE/loops-forever.bpf.o"
refuses 1 'cannot be unloaded' kaku policy unload clock
refuses 1 'top needs a terminal' kaku top
echo 0 >$ENABLED
refuses 125 'switched off: echo 1 >' kaku run --policy clock true
refuses 1 'switched off: echo 1 >' kaku attach --pid $sleeper --policy clock
refuses 1 'switched off: echo 1 >' kaku policy load "$POLICIES/nru.bpf.o"
check_fails 'probe tells that policies are switched off, and so cannot be used' \
	'^! switched off' kaku probe
check_fails 'and that is something missing' '^! switched off' nothing_is_missing
echo 1 >$ENABLED
check 'after all that nothing is there' nothing_is_there
check_equal 'and nothing ran' no "$([ -e "$TAP_DIR/ran" ] && echo yes || echo no)"

# Policies
says 'probe tells of the clock' '^registered +clock$' kaku probe
says 'and of trace events' '^trace events +yes' kaku probe
check 'and nothing is missing' nothing_is_missing
check 'functions for policies are all there' holds \
	'all(d["kfuncs"].values()) and "select" in d["ops"] and not d["missing"]' kaku probe
says 'policy load' '^loaded nru$' kaku policy load "$POLICIES/nru.bpf.o"
refuses 1 'of this name, or its pin, is there already' kaku policy load "$POLICIES/nru.bpf.o"
says 'policy load of one with a link' '^loaded fifo$' kaku policy load \
	"$POLICIES/fifo.link.bpf.o"
check 'its link is pinned' test -e /sys/fs/bpf/kaku/fifo
says 'policy load --pin' '^\["mru"\]$' kaku policy load "$POLICIES/mru.link.bpf.o" \
	--pin /sys/fs/bpf/mine --json
check 'it is pinned there' test -e /sys/fs/bpf/mine/mru
says 'policy list' '^nru +bpf +nobody +yes +0  select$' kaku policy list
check 'policy list --json is JSON' valid_json kaku policy list
check 'and has all' holds 'sorted(p["name"] for p in d) == ["clock", "fifo", "mru", "nru"]' \
	kaku policy list
says 'policy show' '^open to +nobody$' kaku policy show nru
check 'policy show --json' holds 'd["kind"] == "bpf" and d["ops"] == ["select"]' \
	kaku policy show nru
check 'a policy that refuses handlers loads' kaku policy load "$HOSTILE/refuses-init.bpf.o"
check 'one that refuses processes loads' kaku policy load "$HOSTILE/refuses-attach.bpf.o"
refuses 125 "policy 'refuses-init' refused: Permission denied" \
	kaku run --policy refuses-init true
refuses 1 "policy 'refuses-attach' refused: Operation not permitted" \
	kaku attach --pid $sleeper --policy refuses-attach
check 'and both unload' eval 'kaku policy unload refuses-init && kaku policy unload refuses-attach'
says 'probe tells of those that are loaded' '^registered .*nru' kaku probe

# Users
refuses 1 'may not load policies: be root' as_nobody "$KAKU" policy load \
	"$POLICIES/linear.bpf.o"
refuses 1 'may not unload policies: be root' as_nobody "$KAKU" policy unload nru
refuses 1 'only the administrator' as_nobody "$KAKU" policy allow nru --everyone
refuses 125 "may not use policy 'nru': the administrator opens it" \
	as_nobody "$KAKU" run --policy nru true
refuses 1 "process $sleeper is not yours to change: be root" \
	as_nobody "$KAKU" attach --pid $sleeper --policy clock
refuses 1 "process $sleeper is not yours to change" as_nobody "$KAKU" detach --pid $sleeper
refuses 1 "process $sleeper is not yours to look at" as_nobody "$KAKU" show --pid $sleeper
says 'attach' "^process $sleeper answers to handler [0-9]+$" \
	kaku attach --pid $sleeper --policy clock
handler=$(tell 'd[0]["handler"]' kaku list)
setpriv --reuid 65534 --regid 65534 --clear-groups -- sleep 1000 &
theirs=$!
until [ "$(cat /proc/$theirs/comm)" = sleep ]; do	# what is executed answers to none
	sleep 0.1
done
check "a user's process answers to root's" kaku attach --pid $theirs --handler "$handler"
for command in detach 'attach --policy clock' 'attach --policy clock --range'; do
	stack=
	[ "${command%--range}" = "$command" ] ||
		stack=$(awk '/\[stack\]/ { print $1 }' /proc/$theirs/maps)
	# shellcheck disable=SC2086 # several words
	refuses 1 "answers to handler $handler, which is another user's: that user or root" \
		as_nobody "$KAKU" $command $stack --pid $theirs
done
kill $theirs
wait $theirs 2>/dev/null
refuses 1 "there is no handler $handler, or it is another user's" \
	as_nobody "$KAKU" show "$handler"
refuses 1 "there is no handler $handler, or it is another user's" \
	as_nobody "$KAKU" set "$handler" --limit 4M
check "others' handlers are not listed" holds 'd == []' as_nobody "$KAKU" list
check 'what nobody may not do has not been done' holds \
	'd["limit"] == 0 and d["policy"] == "clock" and d["uid"] == 0' kaku show "$handler"
chmod 600 /dev/mm_policy
refuses 1 'may not open /dev/mm_policy' as_nobody "$KAKU" list
refuses 125 'may not open /dev/mm_policy' as_nobody "$KAKU" run --policy clock true
chmod 666 /dev/mm_policy
says 'policy allow --everyone' '^nru is open to everyone$' kaku policy allow nru --everyone
check 'then nobody may use it' as_nobody "$KAKU" run --policy nru true
says 'policy allow --group' '^nru is open to 65534|^nru is open to nogroup' \
	kaku policy allow nru --group 65534
check 'then its group may use it' as_nobody "$KAKU" run --policy nru true
refuses 125 'may not use' setpriv --reuid 65534 --regid 1000 --clear-groups -- \
	"$KAKU" run --policy nru true
says 'policy allow --nobody' '^nru is open to nobody$' kaku policy allow nru --nobody
refuses 125 'may not use' as_nobody "$KAKU" run --policy nru true
check 'a user may use the clock, and trace its own no more than others' \
	as_nobody "$KAKU" run --policy clock bash -c \
	"'$KAKU' show --pid \$\$ && ! '$KAKU' trace --pid \$\$ --seconds 1"

# Attach and detach
says 'list tells whom' "^ +$handler +clock +live +none +[0-9.]+[KM] +$sleeper\(sleep\)$" kaku list
says 'show --pid' "by default +handler $handler \(clock\)  tag 0" kaku show --pid $sleeper
check 'show --pid --json' holds \
	"d['pid'] == $sleeper and d['ranges'][0]['default'] and len(d['ranges']) > 5" \
	kaku show --pid $sleeper
says 'detach' "^process $sleeper answers to no handler$" kaku detach --pid $sleeper
says 'then it answers to none' 'answers to no handler' kaku show --pid $sleeper
check 'and the handler has ended' holds 'd == []' kaku list
range=$(awk '/\[stack\]/ { print $1 }' /proc/$sleeper/maps)
check 'attach --range --tag' holds "d['pid'] == $sleeper and d['start'] == '0x${range%-*}'" \
	kaku attach --pid $sleeper --policy nru --limit 4M --set 0=7 --arg text --range "$range" \
	--tag 5
handler=$(tell 'd[0]["handler"]' kaku list)
check 'then only the range answers' holds \
	"[(r['start'], r['handler'], r['tag']) for r in d['ranges']] == [('0x${range%-*}', $handler, 5)]" \
	kaku show --pid $sleeper
check 'the handler has what was given' holds \
	'd["limit"] == 4 << 20 and d["args"][0] == 7 and d["arg"] == "text" and d["spaces"] == 1' \
	kaku show "$handler"
says 'detach --range' 'answers to no handler there$' kaku detach --pid $sleeper --range "$range"
check 'with the range goes the handler' holds 'd == []' kaku list

# Run
kaku run --policy nru -- sh -c 'exit 7'
check_equal "run: the program's status" 7 $?
kaku run --policy nru --stat -- sh -c 'exit 8' 2>/dev/null
check_equal "run --stat: the program's status" 8 $?
(exec "$KAKU" run --policy nru --stat -- sh -c 'kill -TERM $$') 2>/dev/null
check_equal "run --stat: the program's signal" 143 $?
refuses 127 'cannot run /nonexistent: No such file' kaku run --policy nru /nonexistent
refuses 126 'cannot run /etc/passwd: Permission denied' kaku run --policy nru --stat /etc/passwd
says 'run: from the first instruction on' '^default [0-9]+ nru 0$' \
	kaku run --policy nru cat /proc/self/mm_policy
says 'run: and the processes that it starts' '^default [0-9]+ nru 0$' \
	kaku run --policy nru sh -c 'cat /proc/self/mm_policy; :'
check_equal 'run --no-inherit: not those' '' \
	"$(kaku run --policy nru --no-inherit bash -c 'cat /proc/self/mm_policy; :')"
kaku run --policy nru --stat --json true 2>"$TAP_DIR/stat"
check 'run --stat --json' holds \
	'd["policy"] == "nru" and d["state"] == "live" and d["stat"]["faults"] > 20' \
	eval "cat $TAP_DIR/stat; :"
check 'nothing is left of them' holds 'd == []' kaku list

# A program at its limit
hog_begins 24 "$KAKU" run --policy nru --limit 16M --
handler=$(tell 'd[0]["handler"]' kaku list)
check 'it answers to a handler with that limit' holds \
	"len(d) == 1 and d[0]['limit'] == 16 << 20 and d[0]['processes'][0]['pid'] == $HOG" \
	kaku list
worst=$(for _ in 1 2 3 4 5 6 7 8; do tell 'd["held"]' kaku show "$handler"; done |
	sort -n | tail -n 1)
check "it holds 16 MiB at most ($worst bytes)" test "$worst" -le $((16 << 20))
check 'and not much less' test "$worst" -gt $((14 << 20))
# Read mapping by mapping, while pages come and go: some may be seen twice
managed=$(awk '/^Rss:/ { rss = $2 } /^VmFlags:.* mp/ { sum += rss } END { print sum }' \
	"/proc/$HOG/smaps")
check "its memory says so too ($managed kB)" test "$managed" -le $((16384 + 32))
check 'stat --json is JSON' valid_json kaku stat "$handler" 1 3
check 'its counters move' holds \
	'len(d) == 3 and all(s["stat"]["refaults"] > 0 and s["stat"]["evicted_policy"] > 0 and s["seconds"] == 1 for s in d[1:])' \
	kaku stat "$handler" 1 3
kaku stat "$handler" 1 2 >"$TAP_DIR/stat"
check_equal 'stat has a head and a line for each' 3 "$(wc -l <"$TAP_DIR/stat")"
check_equal 'stat: as many words in each' 1 \
	"$(awk '{ print NF }' "$TAP_DIR/stat" | sort -u | wc -l)"
says 'show' '^limit +16M$' kaku show "$handler"
check 'show --json is JSON' valid_json kaku show "$handler"
check 'show --json: what is held is the sum of its kinds' holds \
	'd["held"] == d["held_anon"] + d["held_file"] + d["held_shmem"] and d["spaces"] == 1' \
	kaku show "$handler"
says 'set --limit' "^handler $handler: policy nru, limit 12M$" \
	kaku set "$handler" --limit 12M
check 'a lower limit is kept' holds 'd["held"] <= 12 << 20' kaku show "$handler"
says 'reclaim' "^handler $handler: paged out [0-9.]+[KM] of 2M$" kaku reclaim "$handler" 2M
check 'reclaim gets what is wanted, and tells' holds 'd["got"] >= 1 << 20' \
	kaku reclaim "$handler" 1M
refuses 1 "as many|does not take|there is no policy 'lru'" kaku set "$handler" --policy lru

# Trace
kaku trace "$handler" --seconds 2 >"$TAP_DIR/lines" 2>/dev/null
check 'trace: refaults' \
	grep -qE "^ +[0-9.]+  refault +handler $handler  [0-9]+:[0-9a-f]+ " \
	"$TAP_DIR/lines"
check 'trace: evictions' \
	grep -qE "  evict +handler $handler  [0-9]+:[0-9a-f]+ \+1 by the policy for limit" \
	"$TAP_DIR/lines"
check 'trace: of that handler only' test -z "$(grep -v "handler $handler " "$TAP_DIR/lines")"
kaku trace --pid "$HOG" --seconds 1 --json >"$TAP_DIR/lines" 2>/dev/null
check 'trace --pid --json is JSON' "$PYTHON" -m json.tool --json-lines "$TAP_DIR/lines" /dev/null
check 'and tells of faults' grep -q '"event":"refault"' "$TAP_DIR/lines"
says 'trace --output' 'pages.svg: [0-9]+ events, [0-9]+ lost$' \
	kaku trace "$handler" --seconds 2 --output "$TAP_DIR/pages.svg"
check 'the picture is XML' "$PYTHON" -c '
import sys, xml.etree.ElementTree as tree
texts = [e.text or "" for e in tree.parse(sys.argv[1]).iter()]
print(texts)
for text in "Pages of handler " + sys.argv[2], "refault ", "evicted ":
    assert any(t.startswith(text) for t in texts), text' "$TAP_DIR/pages.svg" "$handler"
check_equal 'beside it nothing is left' pages.svg \
	"$(cd "$TAP_DIR" && echo pages.svg*)"
refuses 1 'cannot write /nonexistent/x.svg' kaku trace "$handler" --output /nonexistent/x.svg

# ... when more happens than can be read
echo haste >"$TAP_DIR/run"
check 'trace --seconds ends in haste' timeout 60 \
	"$KAKU" trace "$handler" --seconds 1 --output "$TAP_DIR/pages.svg"
timeout 60 "$KAKU" trace "$handler" --json >/dev/null 2>&1 &
tracer=$!
sleep 2
kill -INT $tracer
wait $tracer
check_equal 'a signal ends it well' 0 $?
: >"$TAP_DIR/run"
check_equal 'no instance of tracefs is left' '' "$(ls /sys/kernel/tracing/instances)"

# Its policy goes while it runs
says 'policy unload' "^unloaded nru; 1 handler of it goes on with the kernel's clock$" \
	kaku policy unload nru
says 'list tells so' "^ +$handler +nru +unregistered +12M .*$HOG\(" kaku list
check 'the limit is kept' holds 'd["held"] <= 12 << 20 and d["limit"] == 12 << 20' \
	kaku show "$handler"
check 'the clock goes on' holds \
	'd[1]["stat"]["evicted_clock"] > 0 and d[1]["stat"]["evicted_policy"] == 0' \
	kaku stat "$handler" 1 2
check 'the program runs' kill -0 "$HOG"
refuses 125 "there is no policy 'nru'" kaku run --policy nru true
check 'loaded again' kaku policy load "$POLICIES/nru.bpf.o"
says 'the handler takes it again' "^handler $handler: policy nru, limit 12M$" \
	kaku set "$handler" --policy nru
check 'and is a living one' holds \
	'd[1]["state"] == "live" and d[1]["stat"]["evicted_policy"] > 0' kaku stat "$handler" 1 2
check 'its number is used once' holds "d['handlers'] == 1" kaku policy show nru

# Two of one handler
check 'attach --handler' kaku attach --pid $sleeper --handler "$handler"
check 'then two answer' holds "sorted(p['pid'] for p in d[0]['processes']) == sorted([$HOG, $sleeper])" \
	kaku list
check 'detach of one' kaku detach --pid "$HOG"
check 'leaves the other' holds "[p['pid'] for p in d[0]['processes']] == [$sleeper]" kaku list
check 'attach of a process that works' kaku attach --pid "$HOG" --policy mru --limit 24M
check 'has its limit' holds \
	"[h['held'] <= 24 << 20 for h in d if h['processes'][0]['pid'] == $HOG] == [True]" kaku list
hog_ends
check_equal 'its memory was as it should be, always' 0 $?
kill $sleeper
wait $sleeper 2>/dev/null
check 'all handlers have ended' holds 'd == []' kaku list

says 'policy unload of one without handlers' '^unloaded nru$' kaku policy unload nru
check 'policy unload of one with a link' kaku policy unload fifo
check_equal 'its pin is gone' no "$([ -e /sys/fs/bpf/kaku/fifo ] && echo yes || echo no)"
check 'policy unload --pin' kaku policy unload mru --pin /sys/fs/bpf/mine
check_equal 'that pin is gone too' no "$([ -e /sys/fs/bpf/mine/mru ] && echo yes || echo no)"

# ... of which an older one is kept by whoever loaded it
for objects in "versions updated $VERSIONS/versions-1.bpf.o $VERSIONS/versions-2.bpf.o" \
	"nru registered $POLICIES/nru.bpf.o"; do
	read -r name wanted objects <<<"$objects"
	# shellcheck disable=SC2086 # one or two
	coproc "$KEEPER" $objects
	keeper=$COPROC_PID
	read -r said <&"${COPROC[0]}"
	check_equal "$name is $wanted" "$wanted" "$said"
	check "policy unload of $name" kaku policy unload "$name"
	check "load anew what is kept, $name" kaku policy load "${objects%% *}"
	check "policy unload of the new one, $name" kaku policy unload "$name"
	refuses 1 "there is no policy '$name'" kaku policy unload "$name"
	kill "$keeper"
	wait "$keeper" 2>/dev/null
done
check 'nothing is left' nothing_is_there
check_equal 'nothing is held' 0 "$(awk '/^Managed:/ { print $2 }' /proc/meminfo)"
swapoff "$disk"
drop_zram "$disk"
finish
