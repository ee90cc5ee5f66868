# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The table of permissions in Documentation/device.rst.

tests=(
	"table    each request is refused where move_pages(2) is: by user, capability and namespace"
	"threads  the credentials of the thread that has the memory count once the main thread has exited"
	"pages    pages that others map stay, whoever asks, and move once the others are gone"
	"device   pages move to a device that their process has opened, or with CAP_SYS_NICE"
	"execve   a process that gains privileges by execve(2) is refused from that moment on"
	"bounds   an unprivileged program leaves watermarks free and keeps the limit of its workload"
	"modes    /dev/hmt and process IDs are for root alone if the administrator wants so"
)

table()
{
	load_hmt
	hmt_permission table
}

threads()
{
	load_hmt
	hmt_permission threads
}

pages()
{
	load_hmt
	hmt_permission pages
}

device()
{
	load_hmt
	load_sims 2
	hmt_permission device "$(<"$class/sim0/uid")" /dev/sim0
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
}

execve()
{
	load_hmt
	install -m 4755 "$(command -v hmt_permission)" "$work/privileged"
	hmt_permission exec "$work/privileged"
}

# expect_move TO MOVED THERE NOMEM LIMIT
expect_move()
{
	expect_eq "$(ask_program main move "$1")" "${*:2}" "move to $1"
}

# expect_room PAGES - that many pages of main move to cxl
#
# A batch that moves while a pass begins to count may exceed the limit: then move
# the pages back and try again.
expect_room()
{
	local try answer

	for try in 1 2 3; do
		answer=$(ask_program main move cxl)
		[ "${answer%% *}" -gt "$1" ] || break
		ask_program main move dram >/dev/null
		wait_passes main 2
	done
	expect_eq "$answer" "$1 0 0 $((2 * MIB - $1))" "move to cxl"
}

bounds()
{
	local closed

	load_hmt
	load_sims 2
	stage_tier dram node0
	stage_tier cxl node1
	stage_tier sim sim0
	stage_edge dram cxl
	stage_edge dram sim 1
	# Half of the device must stay free.
	echo 600 >"$config/tiers/sim/high_watermark"
	echo 500 >"$config/tiers/sim/low_watermark"
	commit_graph
	expect_committed
	start_program main hmt_permission move 2 /dev/sim0
	start_program other hmt_permission move 2
	closed=$(ask_program other move sim)
	expect_eq "$closed" EPERM "move to a device that is not open"
	expect_move dram 0 $((2 * MIB)) 0 0
	expect_move sim "$MIB" 0 "$MIB" 0
	expect_move sim 0 "$MIB" "$MIB" 0
	# The administrator is not bound.
	hmtctl move --to sim "$(pid_of main)" >/dev/null
	expect_gt "$(pages_on_sim 0)" "$MIB" "pages on sim0"
	expect_true [ "$(ask_program main move dram | cut -d' ' -f1)" -ge "$MIB" ]
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=cxl=256K
	go_live main
	wait_passes main 2
	expect_room 64
	expect_move cxl 0 64 0 $((2 * MIB - 64))
	wait_passes main 2
	expect_move cxl 0 64 0 $((2 * MIB - 64))
	expect_move dram 64 $((2 * MIB - 64)) 0 0
	configure_workload main limits=cxl=512K
	wait_passes main 2
	expect_room 128
	go_idle main
	expect_move cxl $((2 * MIB - 128)) 128 0 0
	finish_program other
	finish_program main
}

modes()
{
	local pids

	load_hmt
	expect_eq "$(stat -c %a /dev/hmt)" 666 "mode of /dev/hmt"
	create_workload main "pids=$$"
	pids=$config/workloads/main/pids
	expect_eq "$(stat -c %a "$pids")" 600 "mode of pids"
	expect_eq "$(stat -c %a "${pids%/*}/stats/pids")" 400 "mode of stats/pids"
	expect_eq "$(stat -c %a "$config/workloads/main/limits")" 644 \
		"mode of limits"
	# Other users see the workload without them.
	hmt_permission run hmtctl list --workloads >"$work/list"
	expect_eq "$(jq -c '.workloads[0] | [has("live"), has("pids")]' "$work/list")" \
		"[true,false]" "members of the workload"
	rmdir "$config/workloads/main"
	modprobe -r hmt_accessed hmt
	! modprobe hmt device_mode=0777 2>/dev/null || fail "mode 0777 is accepted"
	modprobe hmt device_mode=0660
	expect_eq "$(stat -c %a /dev/hmt)" 660 "mode of /dev/hmt"
}
