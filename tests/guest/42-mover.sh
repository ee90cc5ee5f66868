# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The movers: hmm, in the kernel, and hmtd. The same is asked of each of them,
# about memory of the kinds that it is for.

tests=(
	"moves    hmm moves anonymous base pages, hmtd huge pages as a whole, files and shared memory, and the trace says why"
	"busy     pages of a program that runs are moved without an interrupt for each"
	"own      where that is asked for, a program of one thread that runs moves its own pages, without interrupts, and one that sleeps does not"
	"unserved one that is kept from running is asked once, not for each batch, and its pages move all the same"
	"errands  programs end, become others, are stopped and are left while they are to move their pages, and nothing is lost"
	"splits   of a huge page with a hot part only that part rises; one that is hot all over stays whole"
	"rejoined what was split and is put together again by khugepaged stays whole"
	"pins     pinned pages of each kind stay where they are and are counted"
	"shared   what others map, too, what is excluded and what a policy binds stays, and is counted"
	"ends     processes end and become others while hmtd moves their pages"
	"restarts hmtd may be killed and started at any time: nothing is lost"
	"stuck    an hmtd that stops, or never answers, stalls nobody"
	"serving  one at a time, with the right to; bad answers are refused"
)

trace=/sys/kernel/tracing/trace

khugepaged=/sys/kernel/mm/transparent_hugepage/khugepaged

kinds="anon huge file shmem"

# region KIND - what hmt_regions is told
region()
{
	case $1 in
	anon) echo name=anon,place=0,kind=anon,mib=4 ;;
	huge) echo name=huge,place=0,kind=thp,mib=8 ;;
	file) echo name=file,place=0,kind=file,mib=4,file=/dev/shm/moved ;;
	shmem) echo name=shmem,place=0,kind=shared,mib=4 ;;
	esac
}

# pages_of KIND
pages_of()
{
	case $1 in
	huge) echo 2048 ;;
	*) echo 1024 ;;
	esac
}

# why KIND - what the trace says of its moves
why()
{
	case $1 in
	anon) echo 'mover=(hmm .*reason=(anon|running)|hmtd .*reason=busy)' ;;
	huge) echo 'mover=hmtd .*reason=huge' ;;
	*) echo 'mover=hmtd .*reason=file' ;;
	esac
}

# tied KIND - pages that stay when the first 64 are pinned
tied()
{
	case $1 in
	huge) echo 512 ;;
	*) echo 64 ;;
	esac
}

# end_process PID - and wait for it
end_process()
{
	kill -9 "$1" 2>/dev/null || return 0
	wait_until "$limit" is_dead "$1"
}

# start_hmtd - leaves its number in $hmtd
start_hmtd()
{
	hmtd --foreground --verbose 2>>"$work/hmtd.err" &
	hmtd=$!
	at_end end_process "$hmtd"
	wait_until "$limit" hmtd_is ready
}

# manage PROGRAM [ATTRIBUTE=VALUE...] - all of it leaves node 0
manage()
{
	workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0 "${@:2}"
	go_live main
}

huge_kib()
{
	awk '/^AnonHugePages:/ { print $2 }' "/proc/$(pid_of "$1")/smaps_rollup"
}

follow_trace()
{
	echo >"$trace"
	echo 1 >/sys/kernel/tracing/events/hmt/hmt_batch/enable
	at_end eval "echo 0 >/sys/kernel/tracing/events/hmt/hmt_batch/enable"
}

# Down, and what is hot up again.
moves()
{
	local kind kib

	quiet_memory
	chain
	start_hmtd
	at_end rm -f /dev/shm/moved
	start main hmt_regions "$(region anon)" "$(region huge)" \
		"$(region file)" "$(region shmem)"
	kib=$(huge_kib main)
	[ "$kib" -ge 8192 ] || fail "only $kib KiB of huge pages to begin with"
	follow_trace
	manage main
	for kind in $kinds; do
		wait_until "$limit" on_most 0 0 main place "$kind"
		[ "$(on 1 main place "$kind")" -eq "$(pages_of "$kind")" ]
		tell main hot "$kind"
	done
	wait_until "$limit" stat_above main demoted 5119
	[ "$(counter 0 1 moved)" -ge 5120 ]
	configure main limits=
	for kind in $kinds; do
		wait_until "$limit" on_least 0 "$(pages_of "$kind")" \
			main place "$kind"
		grep -Eq "hmt_batch: $(why "$kind")" "$trace" ||
			fail "$kind: $(tail -n 20 "$trace")"
	done
	wait_until "$limit" stat_above main promoted 5119
	[ "$(huge_kib main)" -eq "$kib" ]
	! grep -q 'mover=hmm .*reason=[hf]' "$trace" ||
		fail "hmm moved what it must not"
	steady main 3
	finish main
}

# moved_by MOVER REASON - pages, as the trace says
moved_by()
{
	awk -v what="mover=$1 .*reason=$2\$" '$0 ~ what {
		sub(/.* moved=/, "")
		sum += $1
	} END { print sum + 0 }' "$trace"
}

# A thread of the program writes to all pages, all the time.
busy()
{
	local before

	quiet_memory
	chain
	start_hmtd
	start main hmt_moves base 4
	tell main touch
	follow_trace
	before=$(ask main flushes)
	manage main
	wait_until "$limit" on_most 0 0 main place
	[ $(($(ask main flushes) - before)) -lt 512 ]
	[ "$(moved_by hmtd busy)" -ge 960 ]
	end_process "$hmtd"
	configure main limits=
	wait_until "$limit" on_least 0 1024 main place
	[ "$(moved_by hmm running)" -ge 1024 ]
	tell main still
	configure main limits=dram=0
	wait_until "$limit" on_most 0 0 main place
	[ "$(moved_by hmm anon)" -ge 1 ]
	finish main
}

# let_programs_move - until the test ends
let_programs_move()
{
	put /sys/module/hmt/parameters/task_work Y
}

# there_and_back [REGION] - all of "main" leaves node 0 and comes back
there_and_back()
{
	configure main limits=dram=0
	wait_until "$limit" on_most 0 0 main place "$@"
	configure main limits=
	wait_until "$limit" on_least 0 1024 main place "$@"
}

own()
{
	local before

	quiet_memory
	chain
	! echo 2 2>/dev/null >/sys/module/hmt/parameters/task_work ||
		fail "a switch takes 2"
	let_programs_move
	start main hmt_moves base 4
	tell main spin
	follow_trace
	before=$(ask main flushes)
	manage main
	wait_until "$limit" on_most 0 0 main place
	[ "$(moved_by task_work own)" -ge 960 ]
	# Those of the samples; each page alone would be one otherwise.
	[ $(($(ask main flushes) - before)) -lt 512 ]
	configure main limits=
	wait_until "$limit" on_least 0 1024 main place
	[ "$(moved_by task_work own)" -ge 1920 ]
	# Asleep it does not come by.
	tell main still
	echo >"$trace"
	configure main limits=dram=0
	wait_until "$limit" on_most 0 0 main place
	[ "$(moved_by hmm anon)" -ge 1 ]
	# Nor when it has a second thread.
	tell main touch
	echo >"$trace"
	there_and_back
	[ "$(moved_by task_work own)" -eq 0 ]
	finish main
}

# Chores hold the module.
holders()
{
	cat /sys/module/hmt/refcnt
}

# asked_once PROGRAM COUNT - all of it leaves node 0 and comes back, and meanwhile a
# chore was left behind, beside COUNT others that hold the module, and never two
asked_once()
{
	local now more=false before end=$((SECONDS + limit))

	get_stat main demoted
	before=$got
	configure main limits=dram=0
	until stat_above main demoted $((before + 1023)); do
		[ "$SECONDS" -lt "$end" ] || fail "only $((got - before)) moved"
		now=$(holders)
		[ "$now" -le $(($2 + 1)) ] || fail "$((now - $2)) chores at once"
		[ "$now" -eq "$2" ] || more=true
		nap 0.05
	done
	configure main limits=
	wait_until "$limit" on_least 0 1024 "$1" place
	$more
}

# Runnable all the time, and runs 20 ms of each second.
unserved()
{
	local held

	quiet_memory
	chain
	let_programs_move
	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
	in_cgroup=$(cgroup slow)
	start main hmt_moves base 4
	tell main spin
	follow_trace
	manage main limits=
	passes main 2
	held=$(holders)
	echo "20000 1000000" >"$in_cgroup/cpu.max"
	wait_until "$limit" asked_once main "$held"
	[ "$(moved_by hmm running)" -ge 512 ]
	echo max >"$in_cgroup/cpu.max"
	wait_until "$limit" eval "[ \"\$(holders)\" -eq $held ]"
	finish main
}

# stops_and_goes - SIGSTOP at any moment
stops_and_goes()
{
	local i

	for i in {1..20}; do
		kill -STOP "$(pid_of main)"
		nap 0.05
		kill -CONT "$(pid_of main)"
		nap 0.05
	done
}

errands()
{
	local i

	quiet_memory
	chain
	let_programs_move
	start main hmt_regions name=anon,mib=4,place=0,hot
	manage main
	stops_and_goes &
	for i in 1 2 3; do
		there_and_back anon
	done
	wait $!
	for i in 1 2; do
		ask main exec >/dev/null
		there_and_back anon
	done
	finish main
	remove_workloads
	# Killed with a batch on its way; the module can go at once after.
	for i in 1 2 3; do
		start "victim$i" hmt_regions name=anon,mib=4,place=0,hot
		manage "victim$i"
		wait_until "$limit" stat_above main demoted 0
		end_process "$(pid_of "victim$i")"
		remove_workloads
	done
}

# keep_hot FROM TO - offsets in the huge pages of "main", as a program would say it
keep_hot()
{
	local range start

	range=$(ask main range huge)
	start=$((0x${range%-*}))
	hmt_ioctl heat "$(pid_of main)" "$(printf %x $((start + $1)))" \
		"$(printf %x $((start + $2)))" &
	at_end kill $!
}

# has_collapsed - has khugepaged put anything together?
has_collapsed()
{
	local now

	read -r now <"$khugepaged/pages_collapsed"
	[ "$now" -gt "$collapsed" ]
}

# split_one SLEEP - the first pages of a huge page of "main" are hot, and khugepaged
# looks each SLEEP ms; leaves KiB of huge pages before that in $kib
split_one()
{
	quiet_memory
	chain
	start_hmtd
	start main hmt_regions name=huge,kind=thp,mib=8,place=1
	kib=$(huge_kib main)
	put "$khugepaged/scan_sleep_millisecs" "$1"
	read -r collapsed <"$khugepaged/pages_collapsed"
	follow_trace
	keep_hot 0 65536
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max providers=report
	go_live main
}

splits()
{
	local kib collapsed

	split_one 1000000
	wait_until "$limit" on_least 0 16 main place huge
	[ "$(on 0 main place huge 0 16)" -eq 16 ]
	passes main 3
	[ "$(on 1 main place huge 16 496)" -eq 496 ]
	[ "$(huge_kib main)" -eq $((kib - 2048)) ]
	[ "$(moved_by hmm split)" -eq 16 ]
	keep_hot 4194304 6291456
	wait_until "$limit" on_least 0 528 main place huge
	[ "$(moved_by hmtd huge)" -eq 512 ]
	[ "$(huge_kib main)" -eq $((kib - 2048)) ]
	finish main
}

rejoined()
{
	local kib collapsed

	split_one 50
	wait_until "$limit" stat_above main promoted 15
	wait_until "$limit" has_collapsed
	wait_until "$limit" stat_is main huge_rejoined 1
	passes main 20
	[ "$(moved_by hmm split)" -eq 16 ]
	[ "$(huge_kib main)" -eq "$kib" ]
	finish main
}

pins()
{
	local kinds="anon huge shmem" kind

	quiet_memory
	chain
	start_hmtd
	start main hmt_regions "$(region anon),pin=64" \
		"$(region huge),pin=64" "$(region shmem),pin=64"
	manage main
	for kind in $kinds; do
		wait_until "$limit" on_most 0 "$(tied "$kind")" \
			main place "$kind"
	done
	passes main 3
	for kind in $kinds; do
		[ "$(on 0 main place "$kind" 0 "$(tied "$kind")")" -eq \
			"$(tied "$kind")" ]
	done
	stat_above main skipped_pinned 639
	counter_above 0 1 failed_pinned 639
	for kind in $kinds; do
		[ "$(ask main pipe "$kind")" = "0 wrong" ]
		wait_until "$limit" on_most 0 0 main place "$kind"
	done
	finish main
}

# exclude_page PROGRAM REGION - its second page, and with it a huge page
exclude_page()
{
	local range start

	range=$(ask "$1" range "$2")
	start=$((0x${range%-*} + 4096))
	hmtctl exclude "$(pid_of "$1")" \
		"$(printf '%x-%x' "$start" $((start + 4096)))"
}

shared()
{
	quiet_memory
	chain
	start_hmtd
	start main hmt_regions name=shmem,kind=shared,mib=2,place=0,hot,read \
		name=huge,kind=thp,mib=4,place=0 name=anon,mib=2,place=0,hot \
		name=forked,mib=2,place=0
	ask main fork
	wait_until "$limit" on_least 0 512 main child shmem
	manage main
	wait_until "$limit" on_most 0 0 main place anon
	passes main 3
	[ "$(on 0 main place shmem)" -eq 512 ]
	[ "$(on 0 main place huge)" -eq 1024 ]
	[ "$(on 0 main place forked)" -eq 512 ]
	[ "$(stat_of main skipped_shared)" -ge 1024 ]
	[ "$(stat_of main skipped_file)" -ge 512 ]
	[ "$(stat_of main skipped_huge)" -ge 1024 ]
	hmtctl status | grep -q "hmtd cannot move them either"
	finish main
	start alone hmt_regions name=bound,kind=thp,mib=4,bind=0 \
		name=kept,kind=thp,mib=4,place=0 name=huge,kind=thp,mib=4,place=0
	exclude_page alone kept
	configure main "pids=$(pid_of alone)"
	wait_until "$limit" stat_above main skipped_policy 511
	wait_until "$limit" on_most 0 0 alone place huge
	wait_until "$limit" on_most 0 512 alone place kept
	passes main 2
	[ "$(on 0 alone place bound)" -eq 1024 ]
	[ "$(on 0 alone place kept 0 512)" -eq 512 ]
	[ "$(huge_kib alone)" -ge 12288 ]
	finish alone
}

# moves_more COUNT - more than so many moves in all
moves_more()
{
	wait_until "$limit" all_above moved "$1"
}

ends()
{
	local i before

	quiet_memory
	chain
	start_hmtd
	workload main scan_interval_ms=50 samples=2 promote_mib_per_s=max \
		demote_mib_per_s=max limits=dram=0
	for i in 1 2; do
		before=$(all_counters moved)
		start "p$i" hmt_regions name=huge,kind=thp,mib=16,place=0 \
			name=shmem,kind=shared,mib=4,place=0
		configure main "pids=$(pid_of "p$i")"
		[ "$i" -gt 1 ] || go_live main
		moves_more "$before"
		before=$(all_counters moved)
		ask "p$i" exec
		moves_more "$before"
		[ "$i" -eq 2 ] || kill -9 "$(pid_of "p$i")"
	done
	wait_until "$limit" on_most 0 0 p2 place huge
	finish p2
	hmtd_is ready
}

restarts()
{
	local i

	quiet_memory
	chain
	start_hmtd
	start main hmt_regions name=huge,kind=thp,mib=32,place=0 \
		name=shmem,kind=shared,mib=8,place=0
	manage main
	for i in 1 2 3; do
		configure main "limits=dram=0$([ $((i % 2)) -eq 0 ] || echo " cxl=0")"
		wait_until "$limit" all_above moved $((i * 100))
		end_process "$hmtd"
		hmtd_is absent
		passes main 2
		start_hmtd
	done
	configure main "limits=dram=0 cxl=0"
	wait_until "$limit" on_least 2 8192 main place huge
	wait_until "$limit" on_least 2 2048 main place shmem
	[ "$(huge_kib main)" -ge 32768 ]
	finish main
}

stuck()
{
	quiet_memory
	chain
	start_hmtd
	kill -STOP "$hmtd"
	start main hmt_regions name=huge,kind=thp,mib=8,place=0 \
		name=anon,mib=4,place=0
	manage main
	wait_until "$limit" on_most 0 0 main place anon
	wait_until "$limit" stat_above main expired 511
	hmtd_is late
	hmtctl status | grep -q 'hmtd does not answer'
	[ "$(on 0 main place huge)" -eq 2048 ]
	kill -CONT "$hmtd"
	wait_until "$limit" on_most 0 0 main place huge
	hmtd_is ready
	end_process "$hmtd"
	start hoard hmt_serve hoard
	configure main "limits=dram=0 cxl=0"
	wait_until "$limit" hmtd_is late
	passes main 3
	wait_until "$limit" on_least 2 1024 main place anon
	go_idle main
	no_threads
	[ "$(on 1 main place huge)" -eq 2048 ]
	end_process "$(pid_of hoard)"
	start_hmtd
	go_live main
	wait_until "$limit" on_least 2 2048 main place huge
	finish main
}

serving()
{
	chain
	[ "$(hmt_serve refusals)" = ok ]
	! hmt_serve without nice hmtd --foreground 2>"$work/err" ||
		fail "serves without CAP_SYS_NICE"
	grep -q CAP_SYS_NICE "$work/err"
	quiet_memory
	start main hmt_regions name=huge,kind=thp,mib=4,place=0
	manage main
	[ "$(timeout "$limit" hmt_serve wrong)" = ok ]
	[ "$(hmt_serve fuzz $((2000 / scale / scale)))" = ok ]
	hmt_serve without ptrace hmtd --foreground &
	hmtd=$!
	at_end end_process "$hmtd"
	wait_until "$limit" hmtd_is ready
	wait_until "$limit" counter_above 0 1 failed_raced 511
	[ "$(on 0 main place huge)" -eq 1024 ]
	end_process "$hmtd"
	start_hmtd
	! hmtd --foreground 2>"$work/err" || fail "two at a time"
	grep -q 'another hmtd is at work' "$work/err"
	wait_until "$limit" on_most 0 0 main place huge
	kill "$hmtd"
	wait "$hmtd"
	finish main
}
