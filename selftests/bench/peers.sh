#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: real programs that have less memory than they use, under a policy
# of ours and under stock reclaim.
# usage: peers.sh PROGRAM/POLICY...
#
# All are in a control group with the same memory.max. Those of ours have a policy as
# well, and a limit that is lower by what the control group is charged with besides the
# program's pages (page tables, stacks of the kernel, pages being written), so that
# memory.max is hardly ever met. Files and swap are on disks of 100 us. The programs and
# what they need of libraries are on the disk, too, and count like all pages; nothing is
# asked of the host.
#
# Under a policy of ours, what it does not read itself comes page by page. Stock has the
# choice: page by page, or, as POLICY-ahead, with all of its read-ahead as it comes; and
# where the program has a word for it, as POLICY-told, with read-ahead and told that the
# store is read at random. PROGRAM/stock is the quickest of them, and PROGRAM/best the
# quickest of ours against that.
#
# Meanwhile a bystander is urgent for a moment, each millisecond. Its pages belong to
# nobody who is short of memory.
#
# Refaults: the page faults of a run less those of the same program with no limit, page by
# page. With read-ahead it says less: what was read ahead is mapped without a fault, or with
# one that waits for nothing. Major: those that waited for a disk.

set -euo pipefail

# shellcheck disable=SC2034 # paging.sh wants it
bench=peers cases=("$@")
. "$(dirname "$0")/paging.sh"

ROOT=/mnt/file
PEERS=/tmp/peers
RECORDS=8000
EXTRA=120

export LC_ALL=C TZ=UTC0 HOME=/tmp
cp "$KAKU_BUILD/selftests/bench/peers" $PEERS
use_disk 160
use_files 160
one_by_one
echo never >/sys/kernel/mm/transparent_hugepage/enabled

mkdir $ROOT/{dev,proc,tmp,bin}
mount --bind /dev $ROOT/dev
mount --bind /proc $ROOT/proc
mount --bind /tmp $ROOT/tmp
cp /tmp/under $PEERS $ROOT/bin
head -c 4M /dev/zero >/tmp/bystander

# program FILE: with its libraries.
program() {
	local library
	[ ! -f "$ROOT/bin/${1##*/}" ] || return 0
	cp "$1" $ROOT/bin
	ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
		[ -f "$ROOT$library" ] || cp -L --parents "$library" $ROOT
	done
}

# For each program: what is prepared once, what is then run, and how many pages of it
# may be in memory.
declare -A limit=()

prepare_report() {
	[ ! -f $ROOT/sales ] || return 0
	program /usr/bin/sqlite3
	cat >/tmp/make.sql <<-'EOF'
		CREATE TABLE sale(id INTEGER PRIMARY KEY, kind, price, words);
		WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
		INSERT INTO sale SELECT i, i % 7, i * 31 % 1000, randomblob(1200) FROM n;
	EOF
	sqlite3 $ROOT/sales </tmp/make.sql
	echo 'PRAGMA mmap_size = 268435456;' >/tmp/report.sql
	for _ in {1..6}; do
		echo 'SELECT kind, sum(price) FROM sale GROUP BY kind;'
	done >>/tmp/report.sql
}
limit[report]=2880
run_report() {
	inside /bin/sqlite3 -init /tmp/report.sql /sales .quit
}

prepare_store() {
	[ -f $ROOT/store ] || $PEERS make $ROOT/store $RECORDS
}
limit[store]=1080
run_store() {
	# shellcheck disable=SC2086 # it may be no word
	inside /bin/peers serve /store $RECORDS 30000 0 0 $told
}

prepare_get-scan() {
	prepare_store
}
limit[get-scan]=1080
run_get-scan() {
	# shellcheck disable=SC2086 # it may be no word
	inside /bin/peers serve /store $RECORDS 8000 1 300 $told
}

prepare_sort() {
	program /usr/bin/sort
	awk 'BEGIN { srand(1); for (i = 0; i < 200000; i++) printf "%08d %d\n", rand() * 1e8, i }' \
		>/tmp/lines
}
limit[sort]=1000
run_sort() {
	inside /bin/sort -S 24M --parallel=1 -o /dev/null /tmp/lines
}

prepare_compile() {
	local cc1
	cc1=$(gcc -print-prog-name=cc1)
	program "$cc1"
	gcc -E -D_GNU_SOURCE "$(dirname "$0")/bench.c" -o /tmp/source.i
}
limit[compile]=1500
run_compile() {
	inside /bin/cc1 -fpreprocessed -quiet -O2 -o /dev/null /tmp/source.i
}

prepare_redis() {
	program /usr/bin/redis-server
	program /usr/bin/redis-benchmark
	program /usr/bin/redis-cli
}
limit[redis]=1280
KEYS=6000
ZIPF="local r = math.floor(math.exp(tonumber(ARGV[1]) / 1e9 * math.log($KEYS + 1))) - 1
return redis.call('get', 'key:' .. (r * 7919 % $KEYS))"

# redis_faults PID
redis_faults() {
	awk '{ sub(/.*\) /, ""); print $8 + $10 }' "/proc/$1/stat"
}

run_redis() {
	local server before command=(/bin/redis-server)
	! ours || command=(/bin/under "$policy" "${limit[redis]}" "${command[@]}")
	make_group
	rm -f /tmp/redis
	# shellcheck disable=SC2016 # that is for the inner shell
	bash -c 'echo 0 >"$1/cgroup.procs"; shift; exec chroot "$@"' bash "$group" $ROOT \
		"${command[@]}" --port 0 --unixsocket /tmp/redis --save '' \
		--enable-debug-command yes >/tmp/redis.log &
	server=$!
	for _ in {1..100}; do
		[ ! -S /tmp/redis ] || break
		sleep 0.1
	done
	chroot $ROOT /bin/redis-cli -s /tmp/redis debug populate $KEYS key 1900 >/dev/null
	chroot $ROOT /bin/redis-benchmark -s /tmp/redis -q -c 1 -n 6000 -r 1000000000 \
		eval "$ZIPF" 0 __rand_int__ >/tmp/said || fail "redis: $(tail -n 1 /tmp/said)"
	before=$(redis_faults $server)
	$PEERS run "$watcher" "$group" out $ROOT /bin/redis-benchmark -s /tmp/redis -q \
		-c 1 -n 12000 -r 1000000000 eval "$ZIPF" 0 __rand_int__ >/tmp/said 2>&1 ||
		fail "$name/$policy: $(tail -n 1 /tmp/said)"
	echo "get_faults=$(($(redis_faults $server) - before))" >>/tmp/said
	kill $server
	wait $server || true
}

# Two at a time: a report and gets, each with its own limit and handler. "own" is what
# suits each of them; else both have the same policy.
prepare_isolation() {
	prepare_report
	prepare_store
}
run_isolation() {
	local both=$policy report gets sum
	[ "$both" != own ] || policy=loop
	said=/tmp/said.report name=report
	run_report &
	report=$!
	[ "$both" != own ] || policy=lfu
	said=/tmp/said.store name=store group=${CGROUP}2 watcher=-
	run_store &
	gets=$!
	wait $report
	wait $gets
	policy=$both said=/tmp/said name=isolation
	sum=$(awk -F = '/^time_ns=/ { time[FILENAME] = $2 }
		/^faults=/ { faults[FILENAME] = $2 }
		/^get_ns=/ { got_ns = $2 }
		/^get_faults=/ { got_faults = $2 }
		/^(memory|bystander_.*)=/ && FILENAME ~ /report/ { print }
		END {
			printf "report_ns=%.0f\nstore_ns=%.0f\n", time["/tmp/said.report"], got_ns
			printf "time_ns=%.0f\n", time["/tmp/said.report"] + got_ns
			printf "faults=%.0f\n", faults["/tmp/said.report"] + got_faults
		}' /tmp/said.report /tmp/said.store)
	echo "$sum" >"$said"
}

# ours: the policy is one of ours.
ours() {
	case $policy in
	free | stock-*) return 1 ;;
	esac
}

# make_group: the control group, with what may be in it.
make_group() {
	mkdir "$group"
	[ "$policy" = free ] || echo $(((limit[$name] + EXTRA) * 4096)) >"$group/memory.max"
}

# inside COMMAND...: as $policy says
inside() {
	make_group
	! ours || set -- /bin/under "$policy" "${limit[$name]}" "$@"
	$PEERS run "$watcher" "$group" in $ROOT "$@" >"$said" 2>&1 ||
		fail "$name/$policy: $(tail -n 1 "$said")"
}

# one NAME POLICY
one() {
	local name=$1 policy=${2%-*} group=$CGROUP said=/tmp/said watcher=/tmp/bystander
	local key value told=
	one_by_one
	case $2 in
	*-ahead) as_ever ;;
	*-told)
		as_ever
		told=random
		;;
	*) policy=$2 ;;
	esac
	case $policy in
	stock-lru) echo n >$LRU ;;
	*) echo y >$LRU ;;
	esac
	case $policy in
	own) need_policy loop && need_policy lfu ;;
	*) ! ours || need_policy "$policy" ;;
	esac
	sync
	echo 3 >/proc/sys/vm/drop_caches
	# What only starts a program of ours is not the program's
	cat $ROOT/bin/under >/dev/null
	"run_$name"
	got=()
	while IFS='=' read -r key value; do
		got[$key]=$value
	done < <(grep -E '^[a-z_]+=' /tmp/said)
	got[faults]=${got[get_faults]-${got[faults]}}
	got[time_ns]=${got[get_ns]-${got[time_ns]}}
	rmdir $CGROUP*
	echo y >$LRU
}

declare -A faults=()

for case in "${cases[@]}"; do
	name=${case%/*} policy=${case#*/}
	case $policy in
	stock | best)
		show_least "$case" time_ns ns bystander_ns ns
		continue
		;;
	esac
	if [ -z "${faults[$name]-}" ]; then
		"prepare_$name"
		one "$name" free
		faults[$name]=${got[faults]}
	fi
	one "$name" "$policy"
	base=
	case $policy in
	stock-*) keep_least "$name/stock" time_ns bystander_ns ;;
	*)
		keep_least "$name/best" time_ns bystander_ns
		base=$(against "$name/stock")
		;;
	esac
	refaults=$((got[faults] - faults[$name]))
	# shellcheck disable=SC2086 # base may be no word
	{
		figure "$case" time_ns "${got[time_ns]}" ns $base
		figure "$case" refaults $((refaults > 0 ? refaults : 0)) pages
		figure "$case" memory "${got[memory]}" pages
		figure "$case" bystander_ns "${got[bystander_ns]}" ns $base
		figure "$case" bystander_worst "${got[bystander_worst]}" ns
		for key in report_ns store_ns major scanned; do
			[ -z "${got[$key]-}" ] || [ "${got[$key]}" = 0 ] ||
				case $key in
				*_ns) figure "$case" $key "${got[$key]}" ns ;;
				major) figure "$case" $key "${got[$key]}" pages ;;
				*) figure "$case" $key "${got[$key]}" records ;;
				esac
		done
	}
	[ "${got[bystander_faults]}" -le 1 ] ||
		echo "# bystander of $case: ${got[bystander_faults]} page faults"
done
