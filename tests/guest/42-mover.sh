# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The movers: hmm in the kernel, task_work of programs, and hmtd, each with pages of
# the classes that it moves.

tests=(
	"moves    hmm moves anonymous base pages, hmtd (on Linux 7.x hmm) moves huge pages whole, hmtd files and shared memory, and the trace has the reasons"
	"busy     pages of a running program move without an interrupt for each"
	"own      with task_work a running program of one thread moves its own pages without interrupts, and a sleeping one does not"
	"unserved a program that gets no CPU time is asked once, not for each batch, and its pages move by hmm"
	"errands  programs exit, exec, are stopped and killed while task_work is pending, and nothing is lost"
	"splits   of a huge page with a hot part only that part is promoted; one that is hot all over stays whole"
	"rejoined a huge page that was split and that khugepaged has collapsed again stays whole"
	"pins     pinned pages of each class stay and are counted"
	"shared   pages with other mappers, excluded pages and pages that a policy binds stay, and are counted"
	"late     pages that a program excludes while a pass moves others do not move in that pass"
	"ends     processes exit and exec while hmtd moves their pages"
	"restarts hmtd may be killed and started at any time, and nothing is lost"
	"stuck    an hmtd that stops or never answers blocks neither engine nor programs"
	"crowded  hmtd gets no plan whose destination has filled in the meantime, because it would reclaim there"
	"partly   hmtd gets no more plans at once than there is room for"
	"serving  one hmtd serves at a time, with the needed capability; malformed answers are refused"
)

trace=/sys/kernel/tracing/trace

khugepaged=/sys/kernel/mm/transparent_hugepage/khugepaged

kinds="anon huge file shmem"

# region KIND - argument of hmt_regions
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

# Mover and reason of huge pages that one process maps.
huge_mover="hmtd huge"
[[ ${HMT_KERNEL-} != *-7.* ]] || huge_mover="hmm whole"

# trace_of_moves KIND - pattern of its batches in the trace
trace_of_moves()
{
	case $1 in
	anon) echo 'mover=(hmm .*reason=(anon|running)|hmtd .*reason=busy)' ;;
	huge) echo "mover=${huge_mover% *} .*reason=${huge_mover#* }" ;;
	*) echo 'mover=hmtd .*reason=file' ;;
	esac
}

# pinned_pages_of KIND - pages that stay when the first 64 are pinned
pinned_pages_of()
{
	case $1 in
	huge) echo 512 ;;
	*) echo 64 ;;
	esac
}

# manage PROGRAM [ATTRIBUTE=VALUE...] - and demote all of it from node 0
manage()
{
	create_workload main "pids=$(pid_of "$1")" scan_interval_ms=50 samples=2 \
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

# All pages are demoted; then they become hot and are promoted.
moves()
{
	local kind kib

	drop_caches
	commit_chain
	start_hmtd
	at_end rm -f /dev/shm/moved
	start_program main hmt_regions "$(region anon)" "$(region huge)" \
		"$(region file)" "$(region shmem)"
	kib=$(huge_kib main)
	[ "$kib" -ge 8192 ] || fail "only $kib KiB of huge pages to begin with"
	follow_trace
	manage main
	for kind in $kinds; do
		wait_until "$limit" pages_on_most 0 0 main place "$kind"
		expect_eq "$(pages_on 1 main place "$kind")" "$(pages_of "$kind")" \
			"pages of kind on node 1"
		tell_program main hot "$kind"
	done
	wait_until "$limit" stat_above main demoted 5119
	expect_ge "$(edge_counter 0 1 moved)" 5120 "moved from node 0 to node 1"
	configure_workload main limits=
	for kind in $kinds; do
		wait_until "$limit" pages_on_least 0 "$(pages_of "$kind")" \
			main place "$kind"
		grep -Eq "hmt_batch: $(trace_of_moves "$kind")" "$trace" ||
			fail "$kind: $(tail -n 20 "$trace")"
	done
	wait_until "$limit" stat_above main promoted 5119
	expect_eq "$(huge_kib main)" "$kib" "KiB of huge pages of main"
	! grep -q 'mover=hmm .*reason=[hf]' "$trace" ||
		fail "hmm moved pages of hmtd's classes"
	expect_steady main 3
	finish_program main
}

# moved_by MOVER REASON - pages, by the trace
moved_by()
{
	awk -v batch="mover=$1 .*reason=$2\$" '$0 ~ batch {
		sub(/.* moved=/, "")
		sum += $1
	} END { print sum + 0 }' "$trace"
}

# A thread of the program writes to all pages all the time.
busy()
{
	local before

	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_moves base 4
	tell_program main touch
	follow_trace
	before=$(ask_program main flushes)
	manage main
	wait_until "$limit" pages_on_most 0 0 main place
	expect_lt $(($(ask_program main flushes) - before)) 512 \
		"TLB-flush interrupts while 1024 pages move"
	expect_ge "$(moved_by hmtd busy)" 960 "pages moved by hmtd, reason busy"
	end_process "$hmtd"
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place
	expect_ge "$(moved_by hmm running)" $((4 * MIB)) \
		"pages moved by hmm, reason running"
	tell_program main still
	# A question would make the program run.
	before=$(stat_of main demoted)
	configure_workload main limits=dram=0
	wait_until "$limit" stat_above main demoted $((before + 4 * MIB - 1))
	pages_on_most 0 0 main place || fail "$result pages are on node 0"
	expect_ge "$(moved_by hmm anon)" 1 "pages moved by hmm, reason anon"
	finish_program main
}

# let_programs_move - until the test ends
let_programs_move()
{
	write_until_end /sys/module/hmt/parameters/task_work Y
}

# there_and_back [REGION] - demote all of "main" from node 0 and promote it again
there_and_back()
{
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 0 main place "$@"
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place "$@"
}

own()
{
	local before

	drop_caches
	commit_chain
	! echo 2 2>/dev/null >/sys/module/hmt/parameters/task_work ||
		fail "the parameter task_work accepts 2"
	let_programs_move
	start_program main hmt_moves base 4
	tell_program main spin
	follow_trace
	before=$(ask_program main flushes)
	manage main
	wait_until "$limit" pages_on_most 0 0 main place
	expect_ge "$(moved_by task_work own)" 960 "pages moved by task_work, reason own"
	# Samples flush; moves of a page each would add one interrupt a page.
	expect_lt $(($(ask_program main flushes) - before)) 512 \
		"TLB-flush interrupts while 1024 pages move"
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place
	expect_ge "$(moved_by task_work own)" 1920 "pages moved by task_work, reason own"
	# A sleeping program runs no task_work.
	tell_program main still
	echo >"$trace"
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 0 main place
	expect_ge "$(moved_by hmm anon)" 1 "pages moved by hmm, reason anon"
	# A program with a second thread does not move its own pages.
	tell_program main touch
	echo >"$trace"
	there_and_back
	expect_eq "$(moved_by task_work own)" 0 "pages moved by task_work, reason own"
	finish_program main
}

# module_references - pending task_work holds one each
module_references()
{
	cat /sys/module/hmt/refcnt
}

# asked_once PROGRAM COUNT - demote all of it from node 0 and promote it again; check
# whether task_work was pending in the meantime, and that there was never more
# than one, besides COUNT other references to the module
asked_once()
{
	local now more=false before end=$((SECONDS + limit))

	get_stat main demoted
	before=$result
	configure_workload main limits=dram=0
	until stat_above main demoted $((before + 1023)); do
		[ "$SECONDS" -lt "$end" ] || fail "only $((result - before)) moved"
		now=$(module_references)
		expect_le "$now" $(($2 + 1)) "references to the module"
		[ "$now" -eq "$2" ] || more=true
		nap 0.05
	done
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) "$1" place
	$more
}

# The program is always runnable, and runs 20 ms of each second.
unserved()
{
	local held

	drop_caches
	commit_chain
	let_programs_move
	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
	in_cgroup=$(make_cgroup slow)
	start_program main hmt_moves base 4
	tell_program main spin
	follow_trace
	manage main limits=
	wait_passes main 2
	held=$(module_references)
	echo "20000 1000000" >"$in_cgroup/cpu.max"
	wait_until "$limit" asked_once main "$held"
	expect_ge "$(moved_by hmm running)" $((2 * MIB)) \
		"pages moved by hmm, reason running"
	echo max >"$in_cgroup/cpu.max"
	wait_until "$limit" eval "[ \"\$(module_references)\" -eq $held ]"
	finish_program main
}

# stop_repeatedly - SIGSTOP "main" at any moment
stop_repeatedly()
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

	drop_caches
	commit_chain
	let_programs_move
	start_program main hmt_regions name=anon,mib=4,place=0,hot
	manage main
	stop_repeatedly &
	for i in 1 2 3; do
		there_and_back anon
	done
	wait $!
	for i in 1 2; do
		ask_program main exec >/dev/null
		there_and_back anon
	done
	finish_program main
	remove_workloads
	# A program is killed with a batch pending; the next one starts at once.
	for i in 1 2 3; do
		start_program "victim$i" hmt_regions name=anon,mib=4,place=0,hot
		manage "victim$i"
		wait_until "$limit" stat_above main demoted 0
		end_process "$(pid_of "victim$i")"
		remove_workloads
	done
}

# keep_hot FROM TO - report offsets of the huge pages of "main" as hot, until the test
# ends
keep_hot()
{
	local range start

	range=$(ask_program main range huge)
	start=$((0x${range%-*}))
	hmt_ioctl heat "$(pid_of main)" "$(printf %x $((start + $1)))" \
		"$(printf %x $((start + $2)))" &
	at_end kill $!
}

# has_collapsed - khugepaged has collapsed a huge page since $collapsed was read
has_collapsed()
{
	read -r result <"$khugepaged/pages_collapsed"
	[ "$result" -gt "$collapsed" ]
}

# split_one SLEEP - make the first pages of a huge page of "main" hot while khugepaged
# scans each SLEEP ms; store the KiB of huge pages before that in $kib
split_one()
{
	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_regions name=huge,kind=thp,mib=8,place=1
	kib=$(huge_kib main)
	write_until_end "$khugepaged/scan_sleep_millisecs" "$1"
	read -r collapsed <"$khugepaged/pages_collapsed"
	follow_trace
	keep_hot 0 65536
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max providers=report
	go_live main
}

splits()
{
	local kib collapsed

	split_one 1000000
	wait_until "$limit" pages_on_least 0 16 main place huge
	expect_eq "$(pages_on 0 main place huge 0 16)" 16 \
		"of 16 pages of huge from page 0 on, pages on node 0"
	wait_passes main 3
	expect_eq "$(pages_on 1 main place huge 16 496)" 496 \
		"of 496 pages of huge from page 16 on, pages on node 1"
	expect_eq "$(huge_kib main)" $((kib - 2048)) "KiB of huge pages of main"
	expect_eq "$(moved_by hmm split)" 16 "pages moved by hmm, reason split"
	keep_hot 4194304 6291456
	wait_until "$limit" pages_on_least 0 528 main place huge
	# shellcheck disable=SC2086 # mover and reason
	expect_eq "$(moved_by $huge_mover)" $((2 * MIB)) \
		"pages moved by mover and reason $huge_mover"
	expect_eq "$(huge_kib main)" $((kib - 2048)) "KiB of huge pages of main"
	finish_program main
}

rejoined()
{
	local kib collapsed

	split_one 50
	wait_until "$limit" stat_above main promoted 15
	wait_until "$limit" has_collapsed
	wait_until "$limit" stat_is main huge_rejoined 1
	wait_passes main 20
	expect_eq "$(moved_by hmm split)" 16 "pages moved by hmm, reason split"
	expect_eq "$(huge_kib main)" "$kib" "KiB of huge pages of main"
	finish_program main
}

pins()
{
	local kinds="anon huge shmem" kind count

	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_regions "$(region anon),pin=64" \
		"$(region huge),pin=64" "$(region shmem),pin=64"
	manage main
	for kind in $kinds; do
		wait_until "$limit" pages_on_most 0 "$(pinned_pages_of "$kind")" \
			main place "$kind"
	done
	wait_passes main 3
	for kind in $kinds; do
		count=$(pinned_pages_of "$kind")
		expect_eq "$(pages_on 0 main place "$kind" 0 "$count")" "$count" \
			"pinned pages of $kind on node 0"
	done
	expect_true stat_above main skipped_pinned 639
	expect_true edge_counter_above 0 1 failed_pinned 639
	for kind in $kinds; do
		expect_eq "$(ask_program main pipe "$kind")" "0 wrong" \
			"content of the pinned pages of $kind"
		wait_until "$limit" pages_on_most 0 0 main place "$kind"
	done
	finish_program main
}

# exclude_page PROGRAM REGION - exclude its second page, and so its first huge page
exclude_page()
{
	local range start

	range=$(ask_program "$1" range "$2")
	start=$((0x${range%-*} + 4096))
	hmtctl exclude "$(pid_of "$1")" \
		"$(printf '%x-%x' "$start" $((start + 4096)))"
}

shared()
{
	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_regions name=shmem,kind=shared,mib=2,place=0,hot,read \
		name=huge,kind=thp,mib=4,place=0 name=anon,mib=2,place=0,hot \
		name=forked,mib=2,place=0
	ask_program main fork
	wait_until "$limit" pages_on_least 0 $((2 * MIB)) main child shmem
	manage main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_until "$limit" pages_on_most 0 0 main place shmem
	wait_passes main 3
	expect_eq "$(pages_on 0 main place huge)" $((4 * MIB)) "pages of huge on node 0"
	expect_eq "$(pages_on 0 main place forked)" $((2 * MIB)) \
		"pages of forked on node 0"
	expect_ge "$(stat_of main skipped_shared)" $((4 * MIB)) \
		"skipped_shared of main"
	expect_ge "$(stat_of main skipped_huge)" $((4 * MIB)) "skipped_huge of main"
	hmtctl status | grep -q "hmtd cannot move them either"
	finish_program main
	start_program alone hmt_regions name=bound,kind=thp,mib=4,bind=0 \
		name=kept,kind=thp,mib=4,place=0 name=huge,kind=thp,mib=4,place=0
	exclude_page alone kept
	configure_workload main "pids=$(pid_of alone)"
	wait_until "$limit" stat_above main skipped_policy 511
	wait_until "$limit" pages_on_most 0 0 alone place huge
	wait_until "$limit" pages_on_most 0 $((2 * MIB)) alone place kept
	wait_passes main 2
	expect_eq "$(pages_on 0 alone place bound)" $((4 * MIB)) \
		"pages of bound on node 0"
	expect_eq "$(pages_on 0 alone place kept 0 512)" $((2 * MIB)) \
		"of 512 pages of kept from page 0 on, pages on node 0"
	expect_ge "$(huge_kib alone)" 12288 "KiB of huge pages of alone"
	finish_program alone
}

# wait_moves COUNT - until more than COUNT pages have moved in all
wait_moves()
{
	wait_until "$limit" edge_total_above moved "$1"
}

# The rate allows one huge page in two seconds: most of a selection waits for it.
late()
{
	local before

	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_regions name=huge,kind=thp,mib=32,place=0
	create_workload main "pids=$(pid_of main)" scan_interval_ms=5000 \
		samples=10 demote_mib_per_s=1 limits=dram=0
	go_live main
	wait_until "$limit" pages_on_most 0 $((30 * MIB)) main place huge
	hmtctl exclude "$(pid_of main)" "$(ask_program main range huge)"
	before=$(pages_on 0 main place huge)
	nap 5
	expect_eq "$(pages_on 0 main place huge)" "$before" \
		"pages of huge on node 0, 5 s after they were excluded"
	finish_program main
}

ends()
{
	local i before

	drop_caches
	commit_chain
	start_hmtd
	create_workload main scan_interval_ms=50 samples=2 promote_mib_per_s=max \
		demote_mib_per_s=max limits=dram=0
	for i in 1 2; do
		before=$(edge_total moved)
		start_program "p$i" hmt_regions name=huge,kind=thp,mib=16,place=0 \
			name=shmem,kind=shared,mib=4,place=0
		configure_workload main "pids=$(pid_of "p$i")"
		[ "$i" -gt 1 ] || go_live main
		wait_moves "$before"
		before=$(edge_total moved)
		ask_program "p$i" exec
		wait_moves "$before"
		[ "$i" -eq 2 ] || kill -9 "$(pid_of "p$i")"
	done
	wait_until "$limit" pages_on_most 0 0 p2 place huge
	finish_program p2
	expect_true hmtd_is ready
}

restarts()
{
	local i

	drop_caches
	commit_chain
	start_hmtd
	start_program main hmt_regions name=huge,kind=thp,mib=32,place=0 \
		name=shmem,kind=shared,mib=8,place=0
	manage main
	for i in 1 2 3; do
		configure_workload main "limits=dram=0$([ $((i % 2)) -eq 0 ] || echo " cxl=0")"
		wait_until "$limit" edge_total_above moved $((i * 100))
		end_process "$hmtd"
		expect_true hmtd_is absent
		wait_passes main 2
		start_hmtd
	done
	configure_workload main "limits=dram=0 cxl=0"
	wait_until "$limit" pages_on_least 2 $((32 * MIB)) main place huge
	wait_until "$limit" pages_on_least 2 $((8 * MIB)) main place shmem
	expect_ge "$(huge_kib main)" 32768 "KiB of huge pages of main"
	finish_program main
}

stuck()
{
	drop_caches
	commit_chain
	start_hmtd
	kill -STOP "$hmtd"
	start_program main hmt_regions name=huge,kind=thp,mib=8,place=0 \
		name=anon,mib=4,place=0
	manage main
	wait_until "$limit" pages_on_most 0 0 main place anon
	wait_until "$limit" stat_above main expired 511
	expect_true hmtd_is late
	hmtctl status >"$work/status" || expect_eq $? 6 "status of hmtctl status"
	grep -q 'hmtd does not answer' "$work/status"
	! hmtctl status --quiet || fail "status 0 while hmtd does not answer"
	expect_eq "$(pages_on 0 main place huge)" $((8 * MIB)) "pages of huge on node 0"
	kill -CONT "$hmtd"
	wait_until "$limit" pages_on_most 0 0 main place huge
	expect_true hmtd_is ready
	end_process "$hmtd"
	start_program hoard hmt_serve hoard
	configure_workload main "limits=dram=0 cxl=0"
	wait_until "$limit" hmtd_is late
	wait_passes main 3
	wait_until "$limit" pages_on_least 2 $((4 * MIB)) main place anon
	go_idle main
	no_threads
	expect_eq "$(pages_on 1 main place huge)" $((8 * MIB)) "pages of huge on node 1"
	end_process "$(pid_of hoard)"
	start_hmtd
	go_live main
	wait_until "$limit" pages_on_least 2 $((8 * MIB)) main place huge
	finish_program main
}

# set_room PAGES - let node 1 have that many free pages above its low watermark
set_room()
{
	awk -v room="$1" '
		/^Node/ { on = $2 == "1," }
		on && $2 == "free" { free = $3 }
		on && $1 == "min" { min = $2 }
		on && $1 == "managed" { managed = $2 }
		on && managed && /pagesets/ {
			printf "%d", (free - min - room) * 10000 / managed
			exit
		}' /proc/zoneinfo >"$scale_file"
}

# fill_before_moves COMMAND... - hmtd gets plans of "main" for node 1 after COMMAND, when
# node 1 has no room for all of them any more. Fails if they expire before, or if the
# node fills before they are made.
fill_before_moves()
{
	local before

	before=$(stat_of main planned)
	wait_until "$limit" hmtd_is ready
	kill -STOP "$hmtd"
	echo 10 >"$scale_file"
	wait_until "$limit" stat_above main planned "$before"
	# Planned pages are in plans some ms later, which expire after a second.
	nap 0.1
	"$@"
	kill -CONT "$hmtd"
	# Or the next attempt finds plans of this one.
	wait_passes main 5
	edge_counter_above 0 1 failed_nomem 511
}

set_scale()
{
	echo "$1" >"$scale_file"
}

scale_file=/proc/sys/vm/watermark_scale_factor

# crowd - fill node 1 to three quarters; its watermarks are 30 and 60 %, and pages do
# not go on from there
crowd()
{
	local size

	drop_caches
	commit_chain dram=node0 cxl=node1
	start_hmtd
	size=$(cat "$class/node1/available")
	start_program hog hmt_regions "name=hog,mib=$((size * 3 >> 22)),place=1"
	start_program main hmt_regions name=shmem,kind=shared,mib=8,place=0
	write_until_end "$scale_file" 3000
	manage main
}

# Plans for 2048 pages, of which a third fits.
partly()
{
	crowd
	wait_until "$limit" fill_before_moves set_room 768
	expect_between "$(pages_on 0 main place shmem)" $((8 * MIB - 1023)) \
		$((8 * MIB - 512)) "pages of shmem on node 0"
	finish_program main
}

crowded()
{
	crowd
	wait_until "$limit" fill_before_moves set_scale 3000
	expect_eq "$(pages_on 0 main place shmem)" $((8 * MIB)) "pages of shmem on node 0"
	echo 10 >"$scale_file"
	wait_until "$limit" pages_on_most 0 0 main place shmem
	finish_program main
}

serving()
{
	commit_chain
	expect_eq "$(hmt_serve refusals)" ok "refusals of the interface for hmtd"
	! hmt_serve without nice hmtd --foreground 2>"$work/err" ||
		fail "hmtd starts without CAP_SYS_NICE"
	grep -q CAP_SYS_NICE "$work/err"
	drop_caches
	start_program main hmt_regions name=huge,kind=thp,mib=4,place=0
	manage main
	expect_eq "$(timeout "$limit" hmt_serve wrong)" ok "wrong answers of hmtd"
	expect_eq "$(hmt_serve fuzz $((2000 / scale / scale)))" ok \
		"random answers of hmtd"
	hmt_serve without ptrace hmtd --foreground &
	hmtd=$!
	at_end end_process "$hmtd"
	wait_until "$limit" hmtd_is ready
	wait_until "$limit" edge_counter_above 0 1 failed_raced 511
	expect_eq "$(pages_on 0 main place huge)" $((4 * MIB)) "pages of huge on node 0"
	end_process "$hmtd"
	start_hmtd
	! hmtd --foreground 2>"$work/err" || fail "a second hmtd starts"
	expect_line 'another hmtd is at work' "$work/err"
	wait_until "$limit" pages_on_most 0 0 main place huge
	kill "$hmtd"
	wait "$hmtd"
	finish_program main
}
