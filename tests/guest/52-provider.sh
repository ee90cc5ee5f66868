# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Providers: heat matches the accesses of programs, and the cost is bounded.

tests=(
	"accessed  touched pages get heat, and no others"
	"cold      accessed skips memory that is not touched 1 GiB at a time"
	"sampler   faulting pages get heat, and no others; wrong settings are refused"
	"skew      a huge page of which a few pages are hot is told from one that is hot all over"
	"flood     a flood of reports is bounded and counted, and the engine goes on"
	"pace      passes get shorter when a sample finds too much, and longer when nothing changes"
	"margin    a page replaces only a much colder one while the hot set is new, and not when it has lasted"
	"reading   hmtctl shows heat, records it and replays it; nothing is left behind"
	"heat_now  hmtctl heat prints the heat that is known, without a pass; hmtctl query names memories"
	"heat_ends hmtctl heat removes its trace instance, whatever ends it"
	"written   read pages stay clean, written pages do not, until the kernel cleans them"
	"cost      the mmap lock is not held for all of a program at once; the cost of scanning is printed"
)

accessed=$config/providers/accessed
sampler=$config/providers/sampler

# watch_program PROGRAM PROVIDERS [ATTRIBUTE=VALUE...] - and move nothing
watch_program()
{
	commit_chain
	create_workload main "pids=$(pid_of "$1")" "providers=$2" dry_run=1 \
		scan_interval_ms=50 samples=1 "${@:3}"
	go_live main
	wait_passes main 1
}

# histogram_has COLD WARM - at least COLD pages of node 0 have heat below 16, and at
# least WARM pages more
histogram_has()
{
	awk -v cold="$1" -v warm="$2" '$1 == "dram" {
		for (i = 3; i <= NF; i++)
			sum += $i
		found = $2 >= cold && sum >= warm
	} END { exit !found }' "$config/workloads/main/stats/histogram"
}

accessed()
{
	start_program main hmt_pattern 8
	watch_program main accessed
	expect_eq "$(heat_of main)" "hot=0 missed=2048 wrong=0" "heat of main"
	# A process is not decided on before its tenth sample.
	wait_until "$limit" histogram_has $((8 * MIB)) 0
	! histogram_has 0 293 || fail "pages are warm before they are touched"
	tell_program main pattern 7
	tell_program main touch
	wait_samples main 3
	note "every seventh of 2048 pages: $(heat_of main)"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	wait_until "$limit" histogram_has $((8 * MIB - 293)) 293
	expect_gt "$(stat_of main cpu_ns)" 0 "cpu_ns of main"
	expect_ge "$(provider_stat accessed hits)" 293 "hits of accessed"
	expect_gt "$(provider_stat accessed ns)" 0 "ns of accessed"
	finish_program main
}

# growth_of NAME SAMPLES - of a counter of the provider; a sample may be in progress at
# the start, and at the end
growth_of()
{
	local before

	before=$(cat "$accessed/$1")
	wait_samples main $(($2 + 1))
	echo $(($(cat "$accessed/$1") - before))
}

# The region has 64 MiB, alone in a GiB: 16384 pages in 32 page tables. The rest of
# the program has a few MiB.
cold()
{
	start_program main hmt_pattern 64
	watch_program main accessed
	wait_samples main 2
	expect_ge "$(growth_of skipped_1g 3)" 3 "skipped_1g in 3 samples"
	expect_lt "$(growth_of scanned 3)" 16384 "scanned in 3 samples"
	# With one touched page one table is scanned, and the others are skipped.
	tell_program main pattern 16384
	tell_program main touch
	wait_samples main 2
	expect_ge "$(growth_of skipped_2m 3)" $((31 * 3)) "skipped_2m in 3 samples"
	expect_lt "$(growth_of scanned 3)" 16384 "scanned in 3 samples"
	tell_program main pattern 1
	wait_samples main 2
	expect_ge "$(growth_of scanned 3)" $((16384 * 3)) "scanned in 3 samples"
	# Without a flush the upper levels are not reliable.
	tell_program main still
	echo 0 >"$accessed/flush"
	at_end eval "echo 1 >$accessed/flush"
	wait_samples main 2
	expect_ge "$(growth_of scanned 3)" $((16384 * 3)) "scanned in 3 samples"
	expect_eq "$(growth_of skipped_1g 2)" 0 "skipped_1g in 2 samples"
	finish_program main
}

sampler()
{
	modprobe hmt_sampler
	expect_errno EINVAL write "$sampler/event" nosuch
	expect_errno EINVAL write "$sampler/event" 1:2:3:4:5
	expect_errno ERANGE write "$sampler/period" 0
	expect_errno ERANGE write "$sampler/period" 1073741825
	expect_errno ERANGE write "$sampler/budget" 0
	expect_errno ERANGE write "$sampler/budget" 51
	expect_errno ERANGE write "$sampler/score" 256
	start_program main hmt_pattern 8
	commit_chain
	create_workload none "pids=$(pid_of main)" providers=sampler
	# A type that no PMU has.
	echo 12345:0 >"$sampler/event"
	expect_errno EOPNOTSUPP write "$config/workloads/none/live" 1
	echo page-faults >"$sampler/event"
	echo 1 >"$sampler/period"
	echo 50 >"$sampler/budget"
	# The heat must last until it is read.
	echo 255 >"$sampler/score"
	create_workload main "pids=$(pid_of main)" providers=sampler dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 1
	expect_errno EBUSY write "$sampler/event" auto
	expect_errno EBUSY write "$sampler/period" 2
	expect_errno "EAGAIN|EBUSY" rmmod hmt_sampler
	expect_eq "$(heat_of main)" "hot=0 missed=2048 wrong=0" "heat of main"
	tell_program main pattern 7
	tell_program main fault 1
	note "every seventh of 2048 pages: $(heat_of main), taken $(cat "$sampler/taken")"
	expect_eq "$(cat "$sampler/throttled")" 0 "throttled of sampler"
	expect_ge "$(provider_stat sampler reports)" 293 "reports of sampler"
	tell_program main fault 1
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	# Two workloads share the counter; the first one stops, and the second one has
	# the process from then on.
	configure_workload none "pids=$(pid_of main)" dry_run=1 scan_interval_ms=100
	go_live none
	wait_passes none 1
	expect_true stat_is none foreign 1
	go_idle main
	wait_until "$limit" stat_is none processes 1
	tell_program main fault 1
	wait_passes none 2
	expect_gt "$(provider_stat sampler reports none)" 0 \
		"reports of sampler in the second workload"
	finish_program main
}

skew()
{
	local range start

	drop_caches
	start_program main hmt_regions name=huge,kind=thp,mib=4,place=0
	range=$(ask_program main range huge)
	start=$((0x${range%-*}))
	watch_program main report
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" \
		"$(printf %x $((start + 65536)))" &
	wait_until "$limit" stat_is main huge_skewed 1
	kill $!
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end kill $!
	wait_until "$limit" stat_is main huge_skewed 0
	finish_program main
}

flood()
{
	modprobe hmt_sampler
	echo page-faults >"$sampler/event"
	echo 1 >"$sampler/period"
	echo 50 >"$sampler/budget"
	start_program main hmt_pattern 16
	watch_program main "accessed:1 sampler:100"
	configure_workload main scan_interval_ms=200
	wait_passes main 1
	# Until the queues of both CPUs are full before the next sample.
	while [ "$(provider_stat sampler dropped)" -eq 0 ]; do
		tell_program main flood 100
	done
	wait_passes main 2
	expect_eq "$(stat_of main state)" running "state of main"
	# One byte for each mapped page, and little else.
	expect_le "$(stat_of main heat_bytes)" $((2 * 4096 + 64 * 512)) \
		"heat_bytes of main"
	note "$(stat_of main providers | tail -n 1), throttled $(cat "$sampler/throttled")"
	# When the budget is used up the period grows, and samples become fewer.
	echo 1 >"$sampler/budget"
	tell_program main flood 500
	expect_gt "$(cat "$sampler/throttled")" 0 "throttled of sampler"
	finish_program main
}

# The tier may hold 12 MiB. Half of that is less than the 8 MiB of the pattern when
# all of it is touched.
pace()
{
	start_program main hmt_pattern 8
	commit_chain
	create_workload main "pids=$(pid_of main)" limits=dram=12M samples=1 \
		scan_interval_ms=80 scan_interval_min_ms=20 \
		scan_interval_max_ms=320
	for bad in 9 3600001; do
		expect_errno ERANGE write "$config/workloads/main/scan_interval_min_ms" $bad
		expect_errno ERANGE write "$config/workloads/main/scan_interval_max_ms" $bad
	done
	go_live main
	wait_until "$limit" stat_is main interval_ms 320
	note "idle: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	tell_program main touch
	wait_until "$limit" stat_is main interval_ms 20
	expect_true stat_above main sample_pages 2047
	note "all hot: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	# Few pages, and work to do: the interval grows to the configured one and no
	# further. A dry run has work forever.
	tell_program main pattern 16
	configure_workload main dry_run=1 limits=dram=0
	wait_until "$limit" stat_is main interval_ms 80
	wait_passes main 4
	expect_true stat_is main interval_ms 80
	configure_workload main limits=dram=12M
	wait_until "$limit" stat_is main interval_ms 320
	note "few hot: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	# The first planned move ends that. A low rate makes it last.
	configure_workload main dry_run=0 demote_mib_per_s=1 limits=dram=0
	wait_until "$limit" stat_is main interval_ms 80
	# Without bounds the interval is the configured one.
	configure_workload main scan_interval_min_ms=0 scan_interval_max_ms=0 \
		limits=dram=12M demote_mib_per_s=max scan_interval_ms=40
	wait_passes main 3
	expect_true stat_is main interval_ms 40
	finish_program main
}

# Samples 200 ms apart: the margin is 128 for eight seconds.
margin()
{
	start_program main hmt_pattern 8
	tell_program main pattern 16
	tell_program main touch
	# A dry run that has work forever decides in each pass.
	watch_program main accessed scan_interval_ms=1000 samples=5 limits=dram=0
	expect_true stat_is main margin 128
	# With samples 10 ms apart the same time is twenty times as many.
	configure_workload main scan_interval_ms=50
	wait_until "$limit" stat_is main margin 24
	finish_program main
}

reading()
{
	local provider

	start_program main hmt_pattern 8
	watch_program main "accessed:1 report:3"
	tell_program main pattern 2
	tell_program main touch
	hmt_ioctl heat "$(pid_of main)" 100000600000 100000800000 &
	at_end kill $!
	wait_passes main 20
	hmtctl heat "$(pid_of main)" --passes 4 --record "$work/trace" >"$work/heat"
	note "$(grep 0x100000000000 "$work/heat" | head -n 1)"
	expect_eq "$(grep -c '^0x100000[0-9a-f]*  *512  *256 .* dram$' "$work/heat")" 12 \
		"chunks with half of the pages warm, in four passes"
	expect_eq "$(grep -c '^0x100000600000  *512  *512 .* dram$' "$work/heat")" 4 \
		"chunks with all pages warm, in four passes"
	hmtctl replay "$work/trace" --policy limit:dram=0 >"$work/replay"
	note "$(tail -n 1 "$work/replay")"
	# Single pages of the program's files may be elsewhere.
	expect_line '^recorded  *4  *0  *0  *\(1000\|99[0-9]\) 0 0' "$work/replay"
	awk '/^limit/ { exit !($4 >= 2048 && $3 == 0) }' "$work/replay"
	expect_eq "$(ls /sys/kernel/tracing/instances)" "" "trace instances that are left"
	# The evidence reproduces the recorded heat exactly; other weights give other
	# heat.
	hmtctl replay "$work/trace" --json --policy weight:report=3 >"$work/replay" 2>&1
	expect_line '"unexplained": *0,*$' "$work/replay"
	note "weight as it is: $(tr -d ' \n' <"$work/replay")"
	for provider in report accessed; do
		expect_eq "$(grep -oE "\"$provider\": *\"(1000|99[0-9]) 0 0\"" \
			"$work/replay" | uniq -d | wc -l)" 1 \
			"value of provider $provider, which two policies share"
	done
	hmtctl replay "$work/trace" --policy "weight:report=0 limit:dram=0"
	hmtctl heat "$(pid_of main)" --passes 1000 >/dev/null &
	wait_until "$limit" [ -d "/sys/kernel/tracing/instances/hmtctl.$!" ]
	kill $!
	wait $! || [ $? -eq 3 ]
	expect_eq "$(ls /sys/kernel/tracing/instances)" "" "trace instances that are left"
	! hmtctl heat $$ --timeout 1 || fail "heat of an unmanaged process"
	finish_program main
}

# An hour to the next pass: what is printed is known now.
heat_now()
{
	local pid passes range

	start_program main hmt_pattern 8
	pid=$(pid_of main)
	watch_program main accessed
	expect_refused_heat $$
	tell_program main pattern 2
	tell_program main touch
	wait_passes main 20
	configure_workload main scan_interval_ms=3600000
	wait_until "$limit" no_pass_comes "$pid"
	passes=$(stat_of main passes)
	hmtctl heat "$pid" >"$work/heat"
	expect_eq "$(grep -c '^0x100000[0-9a-f]*  *512  *256 .* - *dram$' "$work/heat")" 4 \
		"chunks with half of the pages warm"
	hmtctl heat "$pid" --json >"$work/heat"
	expect_eq "$(jq -r .workload "$work/heat")" main "workload"
	expect_eq "$(jq "[.ranges[] | select(.address | startswith(\"0x100000\")).warm] | add" \
		"$work/heat")" 1024 "warm pages"
	hmtctl heat "$pid" --svg | grep -q '</svg>'
	expect_eq "$(ls /sys/kernel/tracing/instances)" "" "trace instances"
	# The 8 MiB of the program.
	range=100000000000-100000800000
	hmtctl query "$pid" "$range" >"$work/query"
	expect_line '^memory node0: 2048 pages, 1024 warm, ' "$work/query"
	expect_eq "$(hmtctl query --json "$pid" "$range" |
		jq -r '.memories[] | "\(.memory) \(.uid)"')" "node0 0" "memories"
	expect_eq "$(stat_of main passes)" "$passes" "passes in the meantime"
	finish_program main
}

# no_pass_comes PID - hmtctl heat that waits for a pass finds none in time; one that
# has begun takes seconds on a busy host
no_pass_comes()
{
	! hmtctl heat "$1" --timeout 3 >"$work/heat" 2>"$work/said" &&
		grep -q 'no pass within 3 seconds' "$work/said"
}

# expect_refused_heat PID - of a process that no workload manages
expect_refused_heat()
{
	! hmtctl heat "$1" 2>"$work/said" || fail "heat of an unmanaged process"
	expect_line "no live workload manages process $1" "$work/said"
}

# instance_ready PID - the events of that hmtctl are enabled
instance_ready()
{
	grep -qx 1 "/sys/kernel/tracing/instances/hmtctl.$1/events/hmt/hmt_heat/enable"
}

# hmtctl heat removes its trace instance whatever ends it; after SIGKILL the next
# one does.
heat_ends()
{
	local instances=/sys/kernel/tracing/instances signal killed

	start_program main hmt_pattern 8
	watch_program main accessed
	for signal in HUP QUIT TERM INT; do
		: >"$work/heat"
		# A background job of a script ignores SIGINT and SIGQUIT.
		env --default-signal hmtctl heat "$(pid_of main)" --passes 100000 \
			>"$work/heat" &
		wait_until "$limit" grep -q ADDRESS "$work/heat"
		kill -s "$signal" $!
		wait $! || expect_true [ $? -eq $((128 + $(kill -l $signal))) ]
		expect_eq "$(ls $instances)" "" "instances after SIG$signal"
	done
	# SIGPIPE ends it, after it has removed the instance.
	hmtctl heat "$(pid_of main)" --passes 100000 | head -n 1 ||
		expect_eq "${PIPESTATUS[0]}" 141 "status after SIGPIPE"
	expect_eq "$(ls $instances)" "" "instances after a reader that ended"

	hmtctl heat "$(pid_of main)" --passes 100000 --buffer 1M >"$work/heat" &
	killed=$!
	wait_until "$limit" instance_ready $killed
	# The kernel rounds up to its buffer pages.
	expect_ge 1100 \
		$(($(cat "$instances/hmtctl.$killed/buffer_size_kb") * $(nproc))) \
		"KiB of buffers of all CPUs, against the most"
	# The instance of a living process stays.
	hmtctl heat "$(pid_of main)" --passes 1 >/dev/null
	expect_eq "$(ls $instances)" "hmtctl.$killed" "instances beside another command"
	kill -KILL $killed
	wait $killed || :
	expect_eq "$(ls $instances)" "hmtctl.$killed" "instances after SIGKILL"
	hmtctl heat "$(pid_of main)" --passes 1 >/dev/null
	expect_eq "$(ls $instances)" "" "instances after the next command"
	finish_program main
}

# clean_pages_are NAME COUNT - of the 256 of a region, which are all present
clean_pages_are()
{
	hmtctl query "$(pid_of main)" "$(ask_program main range "$1")" >"$work/query"
	awk -v wanted="$2" '{ pages += $3; clean += $(NF - 1) }
		END { exit pages != 256 || clean != wanted }' "$work/query"
}

# reported_written NAME COUNT - the passes until now have shown at least COUNT writes
# to pages of a region
reported_written()
{
	local range

	range=$(ask_program main range "$1")
	awk -v start="0x${range%-*}" -v end="0x${range#*-}" -v wanted="$2" '
		$1 "" >= start && $1 "" < end { sum += $7 }
		END { exit !(sum >= wanted) }' "$work/heat"
}

# A file that is read, one that is written, and private memory that is written. A
# page that is cleaned and written between two samples seems to stay dirty.
written()
{
	local disk=$work/disk.d

	make_disk "$disk"
	start_program main hmt_regions \
		"name=read,kind=file,file=$disk/read,mib=1,hot,read" \
		"name=both,kind=file,file=$disk/both,mib=1,hot" \
		name=own,mib=1,hot
	# The program has just written the files, so their pages are dirty.
	sync
	watch_program main accessed
	wait_until "$limit" clean_pages_are both 0
	wait_until "$limit" clean_pages_are read 256
	wait_until "$limit" clean_pages_are own 0
	note "$(cat "$work/query")"
	# Clean again, and they stay so until the next write.
	tell_program main cold both
	sync
	expect_true clean_pages_are both 256
	hmtctl heat "$(pid_of main)" --passes 100000 >"$work/heat" &
	at_end kill $!
	wait_until "$limit" grep -q ADDRESS "$work/heat"
	expect_ge "$(stat_of main clean)" 512 "clean of main"
	# The watching hmtctl prints each written page.
	tell_program main hot both
	wait_until "$limit" reported_written both 256
	expect_true clean_pages_are read 256
	! reported_written read 1 || fail "writes to a file that is only read"
	! reported_written own 1 || fail "writes to private memory, which is always dirty"
	finish_program main
}

# lock_count - how often the thread of the provider took an mmap lock
lock_count()
{
	grep -c mmap_lock_acquire_returned /sys/kernel/tracing/instances/locks/trace
}

# scan_ns SAMPLES - nanoseconds of the provider for each sample
scan_ns()
{
	local ns samples

	wait_samples main 1
	ns=$(provider_stat accessed ns)
	samples=$(stat_of main samples_taken)
	wait_samples main "$1"
	echo $((($(provider_stat accessed ns) - ns) / ($(stat_of main samples_taken) - samples)))
}

# 96 MiB are 48 chunks, which are walked in two slices. From 128 MiB on, surveys may
# take the place of samples, because all pages are accessed equally often. A walk
# that held the lock all the time would take it once. The times are printed and not
# tested, because time in a guest is not reliable; their ratio is a hint.
cost()
{
	local mib=96 cold hot samples
	local trace=/sys/kernel/tracing/instances/locks event

	event=$trace/events/mmap_lock/mmap_lock_acquire_returned
	start_program main hmt_pattern "$mib"
	watch_program main accessed
	wait_samples main 2
	cold=$(scan_ns 5)
	tell_program main touch
	wait_samples main 2
	mkdir $trace
	at_end rmdir $trace
	echo "common_pid == $(pgrep -x 'hmt/:accessed')" >$event/filter
	samples=$(stat_of main samples_taken)
	echo 1 >$event/enable
	hot=$(scan_ns 8)
	echo 0 >$event/enable
	samples=$(($(stat_of main samples_taken) - samples))
	note "$samples samples, $(lock_count) times the lock was taken"
	# The first and the last sample may be traced in part.
	expect_ge "$(lock_count)" $((2 * (samples - 2))) "locks taken"
	note "$mib MiB: hot $hot ns, cold $cold ns a sample, $((mib * 256000000 / hot)) and $((mib * 256000000 / cold)) thousand pages a second"
	finish_program main
}
