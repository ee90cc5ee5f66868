# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Which processes a workload has: services that are restarted, processes that
# several workloads name, and the cost of finding them.

tests=(
	"restarted    the processes of a service belong to the workload after each restart"
	"unpinned     a cgroup that is removed is freed, though the next pass begins in an hour"
	"late         a workload waits for a cgroup that does not exist yet, with the reason, and may get another one"
	"paths        paths that no cgroup can have, files and threaded cgroups are refused"
	"threaded     a process whose threads are in threaded cgroups belongs to their domain"
	"namespaces   a path is resolved in the cgroup namespace of its writer, and shown for that of the reader"
	"nested       a process has one owner, the workload that names it most closely, and is handed over"
	"equals       of workloads that name the same processes, the one that started first owns them"
	"main-exited  a process whose main thread has exited is managed and can be named by requests"
	"search       one search for processes serves all workloads"
	"vast         reports of tebibytes do not stop the samples of the other processes of the workload"
)

# reason_is WORKLOAD TEXT
reason_is()
{
	stat_is "$1" reason "$2"
}

# none_is_dying DIR - no cgroup below was removed and is still referenced
none_is_dying()
{
	result=$(sed -n 's/^nr_dying_descendants //p' "$1/cgroup.stat")
	[ "$result" -eq 0 ]
}

# kill_cgroup DIR - end its processes and remove it
kill_cgroup()
{
	echo 1 >"$1/cgroup.kill"
	wait_until "$limit" remove_cgroup "$1"
}

end_quietly()
{
	kill "$1" 2>/dev/null || :
}

restarted()
{
	local i dir=/sys/fs/cgroup/slice/db

	commit_chain
	make_cgroup slice >/dev/null
	mkdir "$dir"
	create_workload main cgroup=/slice/db scan_interval_ms=50
	in_cgroup=$dir start_program first hmt_regions name=hot,mib=4,hot,place=2
	go_live main
	wait_until "$limit" stat_is main processes 1
	for i in 1 2; do
		kill_cgroup "$dir"
		wait_until "$limit" reason_is main "cgroup /slice/db does not exist"
		wait_until "$limit" stat_is main state waiting
		hmtctl status >"$work/status"
		expect_line "workload 'main' waits: cgroup /slice/db does not exist" \
			"$work/status"
		# In the second round the parent is removed as well.
		[ "$i" -eq 1 ] || {
			rmdir /sys/fs/cgroup/slice
			make_cgroup slice >/dev/null
		}
		mkdir "$dir"
		in_cgroup=$dir start_program "next$i" hmt_regions name=hot,mib=4,hot,place=2
		wait_until "$limit" stat_is main processes 1
		wait_until "$limit" stat_is main state running
		wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) "next$i" place hot
		expect_eq "$(stat_of main pids)" "$(pid_of "next$i")" "pids of main"
	done
	finish_program next2
	wait_until "$limit" stat_is main state waiting
	expect_true reason_is main "no process"
}

unpinned()
{
	local dir

	commit_chain
	dir=$(make_cgroup slice)
	mkdir "$dir/db"
	create_workload main cgroup=/slice/db scan_interval_ms=3600000 samples=1
	go_live main
	# The first pass has begun and looked the cgroup up.
	wait_until "$limit" stat_is main state waiting
	expect_true reason_is main "no process"
	rmdir "$dir/db"
	wait_until "$limit" none_is_dying "$dir"
}

late()
{
	local dir=/sys/fs/cgroup/late

	commit_chain
	create_workload main cgroup=/late scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main state waiting
	expect_true reason_is main "cgroup /late does not exist"
	expect_eq "$(cat "$config/workloads/main/cgroup")" /late "cgroup of main"
	make_cgroup late >/dev/null
	wait_until "$limit" reason_is main "no process"
	in_cgroup=$dir start_program one hmt_regions name=some,mib=1
	wait_until "$limit" stat_is main processes 1
	wait_until "$limit" stat_is main state running
	expect_true reason_is main ""
	# The same and other paths may be written at any time.
	expect_errno ok write "$config/workloads/main/cgroup" /late /other /late
	wait_passes main 2
	expect_true stat_is main processes 1
	# Listed processes are managed while the cgroup is absent.
	configure_workload main cgroup=/other "pids=$(pid_of one)"
	wait_until "$limit" reason_is main "cgroup /other does not exist"
	wait_passes main 2
	expect_true stat_is main processes 1
	expect_true stat_is main state running
	configure_workload main cgroup= pids=
	wait_until "$limit" reason_is main "no process"
	expect_true stat_is main state waiting
	go_idle main
	expect_true reason_is main ""
	finish_program one
}

paths()
{
	local long

	load_hmt
	create_workload w
	make_cgroup some >/dev/null
	long=/$(printf 'x%.0s' {1..256})
	expect_bad_cgroup EINVAL some ./some /some/.. /./some /../some "$long" $'/a\nb'
	expect_bad_cgroup ENOTDIR /some/cgroup.procs
	mkdir /sys/fs/cgroup/some/part
	echo threaded >/sys/fs/cgroup/some/part/cgroup.type
	expect_bad_cgroup EOPNOTSUPP /some/part
	expect_errno ok write "$config/workloads/w/cgroup" //some///more//
	expect_eq "$(cat "$config/workloads/w/cgroup")" /some/more "cgroup of w"
	expect_errno ok write "$config/workloads/w/cgroup" /
	expect_eq "$(cat "$config/workloads/w/cgroup")" / "cgroup of w"
	long=$(printf '/%.0s' {1..4094})
	expect_errno ok write "$config/workloads/w/cgroup" "$long"
	expect_eq "$(cat "$config/workloads/w/cgroup")" / "cgroup of w"
}

# expect_bad_cgroup ERRNO PATH... - and the path is unchanged
expect_bad_cgroup()
{
	local path

	for path in "${@:2}"; do
		expect_errno "$1" write "$config/workloads/w/cgroup" "$path"
		expect_eq "$(cat "$config/workloads/w/cgroup")" "" "cgroup of w"
	done
}

threaded()
{
	local dir

	commit_chain
	dir=$(make_cgroup domain)
	mkdir "$dir/part"
	in_cgroup=$dir start_program one hmt_regions name=some,mib=1
	echo threaded >"$dir/part/cgroup.type"
	pid_of one >"$dir/part/cgroup.threads"
	create_workload main cgroup=/domain scan_interval_ms=50 dry_run=1
	create_workload part cgroup=/domain/late scan_interval_ms=50 dry_run=1
	go_live part
	go_live main
	wait_until "$limit" stat_is main processes 1
	# It becomes threaded after the path was set.
	mkdir "$dir/late"
	echo threaded >"$dir/late/cgroup.type"
	pid_of one >"$dir/late/cgroup.threads"
	wait_until "$limit" reason_is part "cgroup /domain/late is threaded"
	wait_passes main 2
	expect_true stat_is part state waiting
	expect_true stat_is main processes 1
	expect_true stat_is main foreign 0
	finish_program one
}

namespaces()
{
	local dir

	commit_chain
	dir=$(make_cgroup box)
	create_workload main scan_interval_ms=50
	create_workload other cgroup=/elsewhere/deep
	(
		echo "$BASHPID" >"$dir/cgroup.procs"
		cd "$config/workloads"
		# shellcheck disable=SC2016 # for the inner shell
		exec unshare --cgroup bash -c '
			echo /db >main/cgroup && cat main/cgroup other/cgroup
			echo /../elsewhere >main/cgroup'
	) >"$work/inside" 2>"$work/refused" || :
	expect_eq "$(xargs <"$work/inside")" "/db /../elsewhere/deep" \
		"paths in the namespace"
	expect_line "Invalid argument" "$work/refused"
	expect_eq "$(cat "$config/workloads/main/cgroup")" /box/db "path outside"
	go_live main
	wait_until "$limit" reason_is main "cgroup /box/db does not exist"
	mkdir "$dir/db"
	in_cgroup=$dir/db start_program one hmt_regions name=some,mib=1
	wait_until "$limit" stat_is main processes 1
	finish_program one
}

# owners_are WORD... - for workloads outer, inner and named: processes+foreign
owners_are()
{
	local name found=

	for name in outer inner named; do
		get_stat $name processes
		found+=" $name=$result"
		get_stat $name foreign
		found+="+$result"
	done
	result=$found
	[ "$found" = " outer=$1 inner=$2 named=$3" ]
}

nested()
{
	local dir child

	commit_chain
	dir=$(make_cgroup a)
	mkdir "$dir/b"
	in_cgroup=$dir start_program one hmt_regions name=hot,mib=2,hot,place=2
	in_cgroup=$dir/b start_program two hmt_regions name=hot,mib=2,hot,place=2
	in_cgroup=$dir/b start_program three hmt_regions name=hot,mib=2,hot,place=2
	create_workload outer cgroup=/a scan_interval_ms=50
	create_workload inner cgroup=/a/b scan_interval_ms=60
	create_workload named "pids=$(pid_of two)" scan_interval_ms=70
	go_live outer
	wait_until "$limit" owners_are 3+0 0+0 0+0
	# The cgroup below is closer, whichever started first.
	go_live inner
	wait_until "$limit" owners_are 1+2 2+0 0+0
	expect_true reason_is outer "other workloads manage 2 of its processes"
	hmtctl status >"$work/status"
	expect_line "workload 'outer': other workloads manage 2 of its processes" \
		"$work/status"
	# A list is closer than any cgroup, for children as well.
	go_live named
	wait_until "$limit" owners_are 1+2 1+1 1+0
	configure_workload named "pids=$(pid_of two) $(pid_of three)"
	wait_until "$limit" owners_are 1+2 0+2 2+0
	child=$(ask_program three fork)
	wait_until "$limit" owners_are 1+3 0+3 3+0
	kill -9 "$(pid_of three)" "$child"
	wait_until "$limit" owners_are 1+1 0+1 1+0
	wait_until "$limit" stat_is inner state waiting
	expect_true reason_is inner "other workloads manage 1 of its processes"
	# Its owner is the only one that moves its pages.
	wait_until "$limit" pages_on_least 0 $((2 * MIB * 95 / 100)) two place hot
	# Each stop hands it to the next one, which manages it from then on.
	go_idle named
	wait_until "$limit" owners_are 1+1 1+0 0+0
	wait_until "$limit" stat_is inner state running
	configure_workload inner limits=dram=0
	wait_until "$limit" pages_on_most 0 16 two place hot
	go_idle inner
	wait_until "$limit" owners_are 2+0 0+0 0+0
	wait_until "$limit" pages_on_least 0 $((2 * MIB * 95 / 100)) two place hot
	finish_program one
	finish_program two
}

equals()
{
	local dir

	commit_chain
	dir=$(make_cgroup a)
	in_cgroup=$dir start_program one hmt_regions name=some,mib=1
	in_cgroup=$dir start_program two hmt_regions name=some,mib=1
	create_workload outer cgroup=/a scan_interval_ms=50 dry_run=1
	create_workload inner cgroup=/a scan_interval_ms=20 dry_run=1
	create_workload named "pids=$(pid_of one)" scan_interval_ms=50 dry_run=1
	go_live outer
	wait_until "$limit" owners_are 2+0 0+0 0+0
	go_live inner
	wait_until "$limit" owners_are 2+0 0+2 0+0
	wait_passes inner 5
	expect_true owners_are 2+0 0+2 0+0
	configure_workload inner "pids=$(pid_of one)"
	wait_until "$limit" owners_are 1+1 1+1 0+0
	go_live named
	wait_until "$limit" owners_are 1+1 1+1 0+1
	configure_workload inner pids=
	wait_until "$limit" owners_are 1+1 0+2 1+0
	go_idle outer
	wait_until "$limit" owners_are 0+0 1+1 1+0
	finish_program one
	finish_program two
}

main-exited()
{
	local pid range

	commit_chain
	start_program main hmt_regions --leave name=hot,mib=4,hot,place=2 \
		name=huge,kind=thp,mib=4,hot,place=2
	pid=$(pid_of main)
	range=$(ask_program main range hot)
	expect_line '^State:.*Z' "/proc/$pid/status"
	hmtctl move --to node1 "$pid" "$range"
	expect_eq "$(pages_on 1 main place hot)" $((4 * MIB)) "pages of hot on node 1"
	hmtctl query "$pid" "$range" >"$work/query"
	expect_line '^memory node1: .* unmanaged=1024' "$work/query"
	hmtctl exclude "$pid" "$range"
	hmtctl exclude --clear "$pid"
	hmtd --foreground 2>>"$work/hmtd.err" &
	at_end end_quietly $!
	wait_until "$limit" hmtd_is ready
	create_workload main "pids=$pid" scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 1
	expect_eq "$(stat_of main pids)" "$pid" "stats/pids of main"
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) main place hot
	wait_until "$limit" pages_on_least 0 $((4 * MIB)) main place huge
	finish_program main
}

# searched - visits of process numbers by engines until now
searched()
{
	sed -nE 's/^ *hmt_visit +([0-9]+) .*/\1/p' /sys/kernel/tracing/kprobe_profile
}

# passes_of_all - of 32 workloads
passes_of_all()
{
	local i

	total=0
	for i in {1..32}; do
		get_stat "w$i" passes
		total=$((total + result))
	done
	result=$total
}

passes_of_all_are()
{
	passes_of_all
	[ "$result" -ge "$1" ]
}

search()
{
	local i threads visits passes total

	commit_chain
	make_cgroup some >/dev/null
	echo 'p:hmt_visit find_ge_pid' >>/sys/kernel/tracing/kprobe_events
	at_end write_file /sys/kernel/tracing/kprobe_events '-:hmt_visit'
	echo 1 >/sys/kernel/tracing/events/kprobes/hmt_visit/enable
	at_end write_file /sys/kernel/tracing/events/kprobes/hmt_visit/enable 0
	for i in {1..32}; do
		create_workload "w$i" cgroup=/some scan_interval_ms=2000 samples=1 dry_run=1
		go_live "w$i"
	done
	wait_until "$limit" passes_of_all_are 32
	threads=$(compgen -G '/proc/[0-9]*/task/*' | wc -l)
	passes_of_all
	passes=$result
	visits=$(searched)
	wait_until "$limit" passes_of_all_are $((passes + 64))
	visits=$(($(searched) - visits))
	passes=$((result - passes))
	note "$visits visits for $passes passes, $threads threads"
	# Each pass by itself would visit all threads. Half of that is a wide margin.
	expect_gt "$visits" "$threads" "visits"
	expect_lt "$visits" $((passes * threads / 2)) "visits"
}

write_file()
{
	echo "$2" >>"$1"
}

vast()
{
	local range accepted

	commit_chain
	start_program main hmt_regions name=cold,mib=4,place=2
	start_program vast taskset -c 0 hmt_vast
	range=$(ask_program main range cold)
	create_workload main "pids=$(pid_of main) $(pid_of vast)" providers=report \
		scan_interval_ms=1000 samples=2
	go_live main
	wait_until "$limit" stat_is main processes 2
	# Half of the queue of the CPU, whatever it sends.
	accepted=$(ask_program vast report)
	note "accepted and lost: $accepted"
	expect_le "${accepted% *}" $((512 + 64)) "accepted ranges"
	expect_gt "${accepted#* }" 3000 "lost ranges"
	# While it goes on, samples and reports of others do as well.
	tell_program vast flood
	configure_workload main scan_interval_ms=100
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end end_quietly $!
	wait_passes main 5
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) main place cold
	expect_gt "$(provider_stat report dropped)" 3000 "dropped reports"
	kill "$(pid_of vast)"
	finish_program main
}
