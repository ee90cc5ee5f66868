# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Providers: what they find is what was accessed, and what they may cost.

tests=(
	"accessed  pages that are touched get heat, and no others"
	"cold      memory that nobody touches is passed over 1 GiB at a time"
	"sampler   pages that fault get heat, and no others; wrong settings are refused"
	"skew      a huge page of which a few pages are hot is told from one that is hot all over"
	"flood     a flood of reports is bounded, counted, and stops nothing"
	"pace      passes get shorter when a sample finds too much, and longer when nothing changes"
	"reading   hmtctl shows the heat, records it and replays it; nothing stays behind"
	"written   what is read stays clean, what is written does not, until the kernel cleans it"
	"cost      the mmap lock is not held for all of a program at once; what looking costs (printed)"
)

accessed=$config/providers/accessed
sampler=$config/providers/sampler

# managed PROGRAM PROVIDERS [ATTRIBUTE=VALUE...] - watch it, move nothing
managed()
{
	chain
	workload main "pids=$(pid_of "$1")" "providers=$2" dry_run=1 \
		scan_interval_ms=50 samples=1 "${@:3}"
	go_live main
	passes main 1
}

# spread COLD WARM - at least so many pages of node 0 have heat below 16, and more
spread()
{
	awk -v cold="$1" -v warm="$2" '$1 == "dram" {
		for (i = 3; i <= NF; i++)
			sum += $i
		found = $2 >= cold && sum >= warm
	} END { exit !found }' "$config/workloads/main/stats/histogram"
}

accessed()
{
	start main hmt_pattern 8
	managed main accessed
	[ "$(heat_of main)" = "hot=0 missed=2048 wrong=0" ]
	# Before the tenth sample the process is left alone.
	wait_until "$limit" spread 2048 0
	! spread 0 293 || fail "warm before it is touched"
	tell main pattern 7
	tell main touch
	passes main 3
	note "every seventh of 2048 pages: $(heat_of main)"
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
	wait_until "$limit" spread 1755 293
	[ "$(stat_of main cpu_ns)" -gt 0 ]
	[ "$(provider_stat accessed 2)" -ge 293 ]
	[ "$(provider_stat accessed 7)" -gt 0 ]
	finish main
}

# counted NAME PASSES - how much a counter of the provider grows
counted()
{
	local before

	before=$(cat "$accessed/$1")
	passes main "$2"
	echo $(($(cat "$accessed/$1") - before))
}

# 64 MiB, alone in a GiB: 16384 pages in 32 tables. What else the program has
# is a few MiB.
cold()
{
	start main hmt_pattern 64
	managed main accessed
	passes main 2
	[ "$(counted skipped_1g 3)" -ge 3 ]
	[ "$(counted scanned 3)" -lt 16384 ]
	# One page makes one table worth looking at, and passes over the others.
	tell main pattern 16384
	tell main touch
	passes main 2
	[ "$(counted skipped_2m 3)" -ge $((31 * 3)) ]
	[ "$(counted scanned 3)" -lt 16384 ]
	tell main pattern 1
	passes main 2
	[ "$(counted scanned 3)" -ge $((16384 * 3)) ]
	# Without a flush the upper levels tell nothing.
	tell main still
	echo 0 >"$accessed/flush"
	at_end eval "echo 1 >$accessed/flush"
	passes main 2
	[ "$(counted scanned 3)" -ge $((16384 * 3)) ]
	[ "$(counted skipped_1g 2)" -eq 0 ]
	finish main
}

sampler()
{
	modprobe hmt_sampler
	errno EINVAL write "$sampler/event" nosuch
	errno EINVAL write "$sampler/event" 1:2:3:4:5
	errno ERANGE write "$sampler/period" 0
	errno ERANGE write "$sampler/period" 1073741825
	errno ERANGE write "$sampler/budget" 0
	errno ERANGE write "$sampler/budget" 51
	errno ERANGE write "$sampler/score" 256
	start main hmt_pattern 8
	chain
	workload none "pids=$(pid_of main)" providers=sampler
	# No machine has a PMU of this type.
	echo 12345:0 >"$sampler/event"
	errno EOPNOTSUPP write "$config/workloads/none/live" 1
	echo page-faults >"$sampler/event"
	echo 1 >"$sampler/period"
	echo 50 >"$sampler/budget"
	# Heat that lasts until it is read.
	echo 255 >"$sampler/score"
	workload main "pids=$(pid_of main)" providers=sampler dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	passes main 1
	errno EBUSY write "$sampler/event" auto
	errno EBUSY write "$sampler/period" 2
	errno "EAGAIN|EBUSY" rmmod hmt_sampler
	[ "$(heat_of main)" = "hot=0 missed=2048 wrong=0" ]
	tell main pattern 7
	tell main fault 1
	note "every seventh of 2048 pages: $(heat_of main), taken $(cat "$sampler/taken")"
	[ "$(cat "$sampler/throttled")" -eq 0 ]
	[ "$(provider_stat sampler 3)" -ge 293 ]
	tell main fault 1
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
	# Two workloads, one counter; the first may go.
	configure none "pids=$(pid_of main)" dry_run=1 scan_interval_ms=100
	go_live none
	passes none 1
	go_idle main
	tell main fault 1
	passes none 2
	[ "$(stat_of none providers | cut -d' ' -f3)" -gt 0 ]
	finish main
}

skew()
{
	local range start

	quiet_memory
	start main hmt_regions name=huge,kind=thp,mib=4,place=0
	range=$(ask main range huge)
	start=$((0x${range%-*}))
	managed main report
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" \
		"$(printf %x $((start + 65536)))" &
	wait_until "$limit" stat_is main huge_skewed 1
	kill $!
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end kill $!
	wait_until "$limit" stat_is main huge_skewed 0
	finish main
}

flood()
{
	modprobe hmt_sampler
	echo page-faults >"$sampler/event"
	echo 1 >"$sampler/period"
	echo 50 >"$sampler/budget"
	start main hmt_pattern 16
	managed main "accessed:1 sampler:100"
	configure main scan_interval_ms=200
	passes main 1
	# More than the queues of two CPUs hold until the next sample.
	while [ "$(provider_stat sampler 4)" -eq 0 ]; do
		tell main flood 100
	done
	passes main 2
	[ "$(stat_of main state)" = running ]
	# One byte a page of what is mapped, and little else.
	[ "$(stat_of main heat_bytes)" -le $((2 * 4096 + 64 * 512)) ]
	note "$(stat_of main providers | tail -n 1), throttled $(cat "$sampler/throttled")"
	# A budget that is used up: the period grows, samples get fewer.
	echo 1 >"$sampler/budget"
	tell main flood 500
	[ "$(cat "$sampler/throttled")" -gt 0 ]
	finish main
}

# 8 MiB in a tier that may hold 12: half of that is less than the pattern has
# when it is all of them.
pace()
{
	start main hmt_pattern 8
	chain
	workload main "pids=$(pid_of main)" limits=dram=12M samples=1 \
		scan_interval_ms=80 scan_interval_min_ms=20 \
		scan_interval_max_ms=320
	for bad in 9 3600001; do
		errno ERANGE write "$config/workloads/main/scan_interval_min_ms" $bad
		errno ERANGE write "$config/workloads/main/scan_interval_max_ms" $bad
	done
	go_live main
	wait_until "$limit" stat_is main interval_ms 320
	note "idle: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	tell main touch
	wait_until "$limit" stat_is main interval_ms 20
	stat_above main sample_pages 2047
	note "all hot: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	# Few enough, and there is work: up to the interval and no further. Work that
	# does not end is what a dry run has.
	tell main pattern 16
	configure main dry_run=1 limits=dram=0
	wait_until "$limit" stat_is main interval_ms 80
	passes main 4
	stat_is main interval_ms 80
	configure main limits=dram=12M
	wait_until "$limit" stat_is main interval_ms 320
	note "few hot: $(stat_of main sample_pages) pages a sample, $(stat_of main interval_ms) ms a pass"
	# The first page to be moved ends that. Slowly, so that it can be seen.
	configure main dry_run=0 demote_mib_per_s=1 limits=dram=0
	wait_until "$limit" stat_is main interval_ms 80
	# Without bounds it is what was asked for.
	configure main scan_interval_min_ms=0 scan_interval_max_ms=0 \
		limits=dram=12M demote_mib_per_s=max scan_interval_ms=40
	passes main 3
	stat_is main interval_ms 40
	finish main
}

reading()
{
	start main hmt_pattern 8
	managed main "accessed:1 report:3"
	tell main pattern 2
	tell main touch
	hmt_ioctl heat "$(pid_of main)" 100000600000 100000800000 &
	at_end kill $!
	passes main 20
	hmtctl heat "$(pid_of main)" --passes 4 --record "$work/trace" >"$work/heat"
	note "$(grep 0x100000000000 "$work/heat" | head -n 1)"
	[ "$(grep -c '^0x100000[0-9a-f]*  *512  *256 .* dram$' "$work/heat")" -eq 12 ]
	[ "$(grep -c '^0x100000600000  *512  *512 .* dram$' "$work/heat")" -eq 4 ]
	hmtctl replay "$work/trace" --policy limit:dram=0 >"$work/replay"
	note "$(tail -n 1 "$work/replay")"
	grep -q '^recorded  *4  *0  *0  *1000 0 0' "$work/replay"
	awk '/^limit/ { exit !($4 >= 2048 && $3 == 0) }' "$work/replay"
	[ -z "$(ls /sys/kernel/tracing/instances)" ]
	# The evidence makes the very heat that was recorded; with other weights it
	# makes another one.
	hmtctl replay "$work/trace" --json --policy weight:report=3 >"$work/replay" 2>&1
	grep -q '"unexplained": *0,*$' "$work/replay"
	note "weight as it is: $(tr -d ' \n' <"$work/replay")"
	[ "$(grep -o '"report": *"1000 0 0"' "$work/replay" | wc -l)" -eq 2 ]
	[ "$(grep -o '"accessed": *"1000 0 0"' "$work/replay" | wc -l)" -eq 2 ]
	hmtctl replay "$work/trace" --policy "weight:report=0 limit:dram=0"
	hmtctl heat "$(pid_of main)" --passes 1000 >/dev/null &
	wait_until "$limit" [ -d "/sys/kernel/tracing/instances/hmtctl.$!" ]
	kill $!
	wait $! || [ $? -eq 3 ]
	[ -z "$(ls /sys/kernel/tracing/instances)" ]
	! hmtctl heat $$ --timeout 1 || fail "knows the heat of who is not managed"
	finish main
}

# clean_is NAME PAGES - of the 256 of a region, which are all there
clean_is()
{
	hmtctl query "$(pid_of main)" "$(ask main range "$1")" >"$work/query"
	awk -v wanted="$2" '{ pages += $3; clean += $(NF - 1) }
		END { exit pages != 256 || clean != wanted }' "$work/query"
}

# told NAME COUNT - did the passes until now tell of so many written pages?
told()
{
	local range

	range=$(ask main range "$1")
	awk -v start="0x${range%-*}" -v end="0x${range#*-}" -v wanted="$2" '
		$1 "" >= start && $1 "" < end { sum += $7 }
		END { exit !(sum >= wanted) }' "$work/heat"
}

# A file that is read, one that is written, and private memory that is. What is
# cleaned and written between two looks seems to stay dirty.
written()
{
	local disk=$work/disk.d

	make_disk "$disk"
	start main hmt_regions \
		"name=read,kind=file,file=$disk/read,mib=1,hot,read" \
		"name=both,kind=file,file=$disk/both,mib=1,hot" \
		name=own,mib=1,hot
	# The files were written a moment ago, which makes what is mapped dirty.
	sync
	managed main accessed
	wait_until "$limit" clean_is both 0
	wait_until "$limit" clean_is read 256
	wait_until "$limit" clean_is own 0
	note "$(cat "$work/query")"
	# Clean again, and as long as nobody writes.
	tell main cold both
	sync
	clean_is both 256
	hmtctl heat "$(pid_of main)" --passes 100000 >"$work/heat" &
	at_end kill $!
	wait_until "$limit" grep -q ADDRESS "$work/heat"
	[ "$(stat_of main clean)" -ge 512 ]
	# Who watches sees each page that is written.
	tell main hot both
	wait_until "$limit" told both 256
	clean_is read 256
	! told read 1
	! told own 1
	finish main
}

# How often the thread that asks took an mmap lock.
locks()
{
	grep -c mmap_lock_acquire_returned /sys/kernel/tracing/instances/locks/trace
}

# scanning SAMPLES - nanoseconds of the provider a sample
scanning()
{
	local ns samples

	passes main 1
	ns=$(provider_stat accessed 7)
	samples=$(stat_of main samples_taken)
	passes main "$1"
	echo $((($(provider_stat accessed 7) - ns) / ($(stat_of main samples_taken) - samples)))
}

# 128 MiB are 64 chunks, which takes two slices; a walk that held the lock all
# the time would take it once. What is measured is not asserted: time in a guest
# is no measure, the ratio of two times is a hint.
cost()
{
	local mib=128 cold hot samples
	local trace=/sys/kernel/tracing/instances/locks event

	event=$trace/events/mmap_lock/mmap_lock_acquire_returned
	start main hmt_pattern "$mib"
	managed main accessed
	passes main 2
	cold=$(scanning 5)
	tell main touch
	passes main 2
	mkdir $trace
	at_end rmdir $trace
	echo "common_pid == $(pgrep -x 'hmt/:accessed')" >$event/filter
	samples=$(stat_of main samples_taken)
	echo 1 >$event/enable
	hot=$(scanning 8)
	echo 0 >$event/enable
	samples=$(($(stat_of main samples_taken) - samples))
	note "$samples samples, $(locks) times the lock was taken"
	# Those at the two ends may be there in part.
	[ "$(locks)" -ge $((2 * (samples - 2))) ]
	note "$mib MiB: hot $hot ns, cold $cold ns a sample, $((mib * 256000000 / hot)) and $((mib * 256000000 / cold)) thousand pages a second"
	finish main
}
