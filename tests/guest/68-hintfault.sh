# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Hint faults of NUMA balancing, and the answers of HMT to them. Node 2 is slow
# memory for every kernel, because a driver has made it a node.

tests=(
	"promotes  hot base pages, huge pages and pages of files are promoted in the fault, before a pass moves one; without NUMA balancing, none"
	"shared    so is shared memory that is mapped twice, where the kernel marks it"
	"keeps     pages that a limit, a rate or an exclusion keeps stay, though the kernel promotes those of other processes"
	"limits    faults promote no more pages than the limit of a tier leaves"
	"leaves    hot pages that the rate keeps below make no page leave the tier above"
	"unloads   the provider is unloaded and loaded again while pages fault"
	"refuses   bad values, and the switch without the provider, are refused"
)

balancing=/proc/sys/kernel/numa_balancing
scheduler=/sys/kernel/debug/sched/numa_balancing
hintfault=$config/providers/hintfault
main=$config/workloads/main

# balance MODE - of the kernel, until the test ends; marks come every 100 ms of the
# CPU time of a program that starts later
balance()
{
	[ -d "$scheduler" ] || mount -t debugfs debugfs /sys/kernel/debug
	write_until_end "$scheduler/scan_delay_ms" 100
	write_until_end "$scheduler/scan_period_min_ms" 100
	write_until_end "$scheduler/scan_period_max_ms" 200
	write_until_end "$balancing" "$1"
}

# switch_on - the provider looks once a second
switch_on()
{
	echo 2 >"$balancing"
	nap 2
}

# create_hinted ATTRIBUTE=VALUE... - a live workload of the program main
create_hinted()
{
	commit_chain dram=node0 pmem=node2
	create_workload main "pids=$(pid_of main)" \
		providers="accessed hintfault" promote_in_fault=1 "$@"
	go_live main
}

# counter_above NAME NUMBER - of the provider
counter_above()
{
	read -r result <"$hintfault/$1" && [ "$result" -gt "$2" ]
}

# in_fast PROGRAM NAME PAGES - at least that many of them
in_fast()
{
	pages_on_least 0 "$3" "$1" place "$2"
}

# No pass moves a page: before six samples nothing is known, and those take 30 s or
# more. The first mark of a page is old when it is touched, and shows nothing.
promotes()
{
	local name

	make_disk "$work/mount"
	balance 0
	start_program main hmt_regions name=anon,mib=4,place=2 \
		name=thp,mib=4,kind=thp,place=2 name=busy,mib=1,hot \
		"name=file,mib=1,kind=file,read,file=$work/mount/file,place=2"
	sync
	create_hinted scan_interval_ms=5000 samples=1
	wait_passes main 1
	expect_eq "$(<"$hintfault/faults")" 0 "faults without NUMA balancing"
	expect_eq "$(stat_of main fault_promoted)" 0 "pages promoted in faults"
	expect_eq "$(pages_on 2 main place anon)" $((4 * MIB)) "pages of anon on node 2"
	switch_on
	for name in anon thp file; do
		tell_program main hot "$name"
	done
	for name in anon:4 thp:4 file:1; do
		wait_until "$limit" in_fast main "${name%:*}" \
			$((${name#*:} * MIB * 9 / 10))
	done
	expect_eq "$(stat_of main promoted)" 0 "pages promoted by passes"
	expect_ge "$(stat_of main fault_promoted)" $((8 * MIB)) "pages promoted in faults"
	expect_ge "$(<"$hintfault/moved")" 1 "faults answered with a node"
	expect_eq "$(<"$hintfault/missed")" 0 "missed faults"
	note "samples $(stat_of main samples_taken), $(grep -H . "$hintfault"/* | sed 's,.*/,,' | tr '\n' ' ')"
	finish_program main
}

# Linux 6.1 marks no shared memory that has no policy.
shared()
{
	balance 0
	start_program main hmt_regions name=busy,mib=1,hot \
		name=shared,mib=2,kind=shared,views=2,read,place=2
	create_hinted scan_interval_ms=5000 samples=1
	wait_passes main 1
	switch_on
	tell_program main hot shared
	wait_until "$limit" in_fast main shared $((2 * MIB * 9 / 10))
	expect_eq "$(stat_of main promoted)" 0 "pages promoted by passes"
	expect_ge "$(stat_of main fault_promoted)" $((2 * MIB * 9 / 10)) \
		"pages promoted in faults"
	finish_program main
}

keeps()
{
	local before

	load_hmt
	balance 0
	start_program main hmt_regions name=kept,mib=2,hot,place=2 \
		name=excluded,mib=2,place=2
	start_program other hmt_regions name=other,mib=2,place=2
	hmtctl exclude "$(pid_of main)" "$(ask_program main range excluded)"
	create_hinted limits=dram=0 scan_interval_ms=200 samples=1
	wait_passes main 2
	before=$(pages_on 0 main place excluded)
	# Before the provider has looked, the kernel would promote hot pages.
	switch_on
	tell_program main hot excluded
	tell_program other hot other
	wait_until "$limit" stat_above main fault_kept 64
	# The kernel answers for a process that HMT does not manage.
	wait_until "$limit" counter_above unmanaged 64
	wait_until "$limit" in_fast other other $((2 * MIB * 9 / 10))
	expect_eq "$(stat_of main fault_promoted)" 0 "pages promoted above a limit"
	# Nor does the rate let any move, by a fault or a pass.
	configure_workload main promote_mib_per_s=0 limits=
	wait_passes main 3
	get_stat main fault_kept
	wait_until "$limit" stat_above main fault_kept $((result + 64))
	expect_eq "$(stat_of main fault_promoted)" 0 "pages promoted above the rate"
	configure_workload main promote_mib_per_s=max
	wait_until "$limit" in_fast main kept $((2 * MIB * 9 / 10))
	expect_eq "$(pages_on 0 main place excluded)" "$before" "excluded pages on node 0"
	finish_program main
	finish_program other
}

limits()
{
	balance 0
	start_program main hmt_regions name=busy,mib=1,hot name=hot,mib=4,place=2
	# The program itself has some 2.5 MiB there.
	create_hinted limits=dram=4M scan_interval_ms=2000 samples=1
	wait_passes main 1
	switch_on
	tell_program main hot hot
	wait_until "$limit" stat_above main fault_promoted 128
	wait_passes main 3
	# The program maps more pages of its libraries, which the kernel places.
	expect_le "$(stat_of main tiers | awk '$1 == "dram" { print $2 }')" \
		$((4 * MIB + 64)) "pages in a tier with a limit of 4 MiB"
	get_stat main fault_promoted
	note "$result pages promoted in faults"
	expect_le "$result" $((3 * MIB)) "pages promoted in faults"
	finish_program main
}

# The tier has no room between its watermarks, and cold pages could leave it.
leaves()
{
	balance 0
	start_program main hmt_regions name=cold,mib=4 name=hot,mib=2,place=2
	commit_chain dram=node0 pmem=node2
	echo 990 >"$config/tiers/dram/high_watermark"
	commit_graph
	create_workload main "pids=$(pid_of main)" promote_mib_per_s=0 \
		providers="accessed hintfault" promote_in_fault=1 \
		scan_interval_ms=200 samples=1
	go_live main
	# Before the provider has looked, the kernel would promote all hot pages.
	switch_on
	tell_program main hot hot
	wait_passes main 12
	get_stat main fault_kept
	wait_until "$limit" stat_above main fault_kept $((result + 64))
	wait_passes main 3
	expect_eq "$(stat_of main fault_promoted)" 0 "pages promoted above the rate"
	expect_eq "$(stat_of main demoted)" 0 "pages that left for none"
	finish_program main
}

# A limit of 0 brings pages back that the kernel promotes in between.
unloads()
{
	local i

	balance 2
	start_program main hmt_regions name=hot,mib=4,hot,place=2
	commit_chain dram=node0 pmem=node2
	for i in 1 2 3; do
		create_workload main "pids=$(pid_of main)" limits=dram=0 \
			providers="accessed hintfault" promote_in_fault=1 \
			scan_interval_ms=50 samples=1
		go_live main
		expect_errno "EAGAIN|EBUSY" rmmod hmt_hintfault
		wait_until "$limit" counter_above faults 64
		go_idle main
		rmmod hmt_hintfault
		rmdir "$main"
	done
	finish_program main
}

refuses()
{
	local value

	balance 0
	start_program main hmt_regions name=cold,mib=1
	commit_chain
	create_workload main "pids=$(pid_of main)"
	expect_eq "$(<"$main/promote_in_fault")" 0 "default of promote_in_fault"
	for value in 2 -1 x; do
		expect_errno "EINVAL|ERANGE" write "$main/promote_in_fault" "$value"
	done
	echo 1 >"$main/promote_in_fault"
	dmesg -C
	expect_errno EINVAL write "$main/live" 1
	dmesg | grep -qF "promote_in_fault is 1 without the provider 'hintfault'" ||
		fail "no reason: $(dmesg)"
	echo 0 >"$main/promote_in_fault"
	go_live main
	expect_errno EINVAL write "$main/promote_in_fault" 1
	expect_eq "$(<"$main/promote_in_fault")" 0 "promote_in_fault after a refusal"
	go_idle main
	configure_workload main providers=hintfault
	dmesg -C
	go_live main
	dmesg | grep -qF "echo 2 > $balancing" || fail "no advice: $(dmesg)"
	echo 1 >"$main/promote_in_fault"
	finish_program main
}
