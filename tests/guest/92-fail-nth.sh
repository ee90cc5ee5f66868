# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Each allocation and each copy from or to a program fails once: the operation is
# refused and has changed nothing, or does its work, and works afterwards.

tests=(
	"tiers      directories, attributes and links of tiers, and commits"
	"workloads  directories and attributes of workloads, their start and stop"
	"requests   each request to /dev/hmt"
	"passes     passes that move pages"
	"devices    a device comes, moves pages to itself, gives them back and goes"
	"storm      a part of all allocations fails while CPU, devices and engine move the same pages"
	"modules    loading and unloading of each module"
)

# path_of MODULE - its file
path_of()
{
	modinfo -n "$1"
}

# sweep_both DO UNDO STATE - either with failures
sweep_both()
{
	# shellcheck disable=SC2086 # words
	sweep --state "$3" $1 / $2
	# shellcheck disable=SC2086 # words
	expect_errno ok $1
	# shellcheck disable=SC2086 # words
	sweep --state "$3" $2 / $1
	# shellcheck disable=SC2086 # words
	expect_errno ok $2
}

# sweep_attribute FILE VALUE OTHER - with OTHER before and afterwards
sweep_attribute()
{
	expect_errno ok write "$1" "$3"
	sweep --state "$1" write "$1" "$2" / write "$1" "$3"
}

# sweep_commit [ARGUMENT...] - the graph before has node2 in the place of node0
sweep_commit()
{
	local file=$config/tiers/a/memories

	echo node2 >"$file"
	commit_graph
	echo node0 >"$file"
	sweep --state "$class/node0/tier" --state "$class/node0/demotes_to" \
		--state "$class/node1/tier" --state "$class/node2/tier" \
		"$@" write "$config/commit" 1 / \
		write "$file" node2 / write "$config/commit" 1 / write "$file" node0
}

tiers()
{
	local dir=$config/tiers aim

	load_hmt
	for aim in aim_at_modules aim_at_configfs; do
		"$aim"
		sweep_both "mkdir $dir/a" "rmdir $dir/a" "$dir"
		stage_tier a node0
		stage_tier b node1
		sweep_attribute "$dir/a/memories" "node2 0" node0
		sweep_attribute "$dir/a/weights" 3 1
		sweep_attribute "$dir/a/low_watermark" 3 20
		sweep_both "link $dir/b $dir/a/demotion/0" "unlink $dir/a/demotion/0" "$dir"
		stage_edge a b
		# configfs gives no reason for its own failures.
		if [ "$aim" = aim_at_modules ]; then
			sweep_commit --reason "$config/status"
		else
			sweep_commit
		fi
		expect_failures 4
		remove_tiers
	done
	sweep read "$config/status"
	expect_failures 1
	expect_no_leak LONG
}

workloads()
{
	local dir=$config/workloads/w aim

	commit_chain
	make_cgroup some >/dev/null
	for aim in aim_at_modules aim_at_configfs; do
		"$aim"
		sweep_both "mkdir $dir" "rmdir $dir" "${dir%/*}"
		create_workload w
		sweep_attribute "$dir/cgroup" /some $'\n'
		sweep_attribute "$dir/pids" "$$ 1" $$
		sweep_attribute "$dir/providers" "accessed:2 report:1" accessed:1
		sweep_attribute "$dir/limits" "dram=2G cxl=1G" "dram=1G"
		sweep_attribute "$dir/scan_interval_ms" 50 100
		sweep_both "write $dir/live 1" "write $dir/live 0" "$dir/live"
		expect_failures 8
		rmdir "$dir"
	done
	create_workload w "pids=$$" dry_run=1 scan_interval_ms=50
	go_live w
	wait_passes w 1
	sweep read "$dir/stats/providers"
	sweep read "$dir/stats/histogram"
	sweep_attribute "$dir/limits" "dram=2G cxl=1G" "dram=1G"
	sweep_attribute "$dir/pids" "$$ 1" $$
	expect_failures 8
	go_idle w
	expect_no_leak LONG
}

requests()
{
	local dir=$config/workloads/w

	commit_chain
	aim_at_modules
	sweep query
	sweep best
	sweep move 1 / move 0
	sweep exclude / include
	sweep include
	expect_failures 8
	expect_no_leak LONG
}

# A kernel thread has a file fail-nth of its own.
passes()
{
	local thread

	aim_at_modules
	start_torture --mib 1 --threads 1 --ops remap,discard
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	thread=$(pgrep '^hmt/main')
	sweep thread "$thread" "$config/workloads/main/stats/passes" \
		"$config/workloads/main/limits" dram=0 "dram=0 cxl=0" $'\n'
	expect_failures 5
	expect_true stat_is main state running
	wait_passes main 2
	note "$(edge_total moved) moves"
	stop_program main
	go_idle main
	expect_no_leak LONG
}

devices()
{
	load_hmt
	load_sims 8
	set_bounce 0 0
	aim_at_modules
	sweep device /dev/sim0 1 / touch
	sweep device /dev/sim0 3 / touch
	# The device holds all pages, and the CPU takes them back.
	sweep touch / device /dev/sim0 1
	sweep device /dev/sim0 0
	# All pages leave the device, as before it is suspended.
	sweep --first 1 --state "$class/sim0/used" write "$faults/hmt_sim0/own" "evacuate 300000" / \
		write "$faults/hmt_sim0/own" reopen / device /dev/sim0 1
	modprobe -r hmt_sim
	modprobe hmt_device
	# The kernel has no directory "drivers" for the module, or does not bind the device.
	steps=100 sweep --also EINVAL --also ENXIO --state "$class" insmod "$(path_of hmt_sim)" megabytes=8 base=0 / \
		rmmod hmt_sim
	modprobe_sims 8
	sweep --state "$class" write "$sim_driver/unbind" hmt_sim.0 / \
		write "$sim_driver/bind" hmt_sim.0
	expect_errno ok write "$sim_driver/unbind" hmt_sim.0
	steps=100 sweep --also ENODEV --state "$class" write "$sim_driver/bind" hmt_sim.0 / \
		write "$sim_driver/unbind" hmt_sim.0
	expect_errno ok write "$sim_driver/bind" hmt_sim.0
	expect_failures 20
	expect_no_leak LONG
}

# No failure may cost a program a page, or give it SIGBUS.
storm()
{
	local command

	commit_chain
	load_sims 8 8
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0 sim1
	start_program other hmt_torture --mib 4 --threads 1 --pause 5 --movers 1 --nodes 3
	create_workload main "pids=$(pid_of main) $(pid_of other)" scan_interval_ms=10 \
		samples=1 promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	storm_for "$(soak_amount 3 300)"
	note "$failures failures"
	expect_failures 1
	expect_true stat_is main state running
	wait_passes main 2
	tell_program main "sum 0 move"
	tell_program main touch
	note "$(edge_total moved) moves"
	finish_program main
	stop_program other
	expect_no_leak LONG
}

# storm_for SECONDS - of each 100 allocations 1, 5 and 20 fail in turn
storm_for()
{
	local end=$((SECONDS + $1)) part

	while [ "$SECONDS" -lt "$end" ]; do
		for part in 1 5 20; do
			start_storm "$part"
			# The device may have no memory for the request.
			for command in "sum 0 move" "copy 1 move" touch rewrite; do
				ask_program main "$command" >>"$work/answers"
				! grep -E "wrong|lost" "$work/answers" ||
					fail "while $part % fail"
			done
			calm
		done
	done
	note "$(sort "$work/answers" | uniq -c | xargs)"
}

# sweep_module MODULE [PARAMETER...]
sweep_module()
{
	steps=100 sweep --state "$config" --state /sys/devices/virtual/hmt \
		insmod "$(path_of "$1")" "${@:2}" / rmmod "$1"
}

modules()
{
	local name

	aim_at_modules
	at_end modprobe -r hmt_device hmt_dax hmt
	modprobe -r -a hmt_accessed hmt_device hmt
	no_modules || fail "still loaded: $(grep '^hmt' /proc/modules)"
	sweep_module hmt
	expect_failures 1
	load_hmt
	for name in hmt_accessed hmt_counter hmt_sampler hmt_ats hmt_hintfault \
		hmt_router hmt_dax hmt_device; do
		sweep_module "$name"
		# Without dax devices it allocates nothing.
		[ "$name" = hmt_dax ] || expect_failures 1
	done
	expect_no_leak ALWAYS
}
