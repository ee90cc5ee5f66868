# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What "make install" installs, under systemd and udev as a machine has them.

tests=(
	"boots    tiers are restored at boot, a dax device goes back to its tier, and hmtd comes with the module, works in its sandbox, is started again when killed and goes with the module"
)

# is_active UNIT
is_active()
{
	vm-system run systemctl --quiet is-active "$1"
}

# property NAME - of hmtd.service
property()
{
	vm-system run systemctl show --value --property "$1" hmtd.service
}

is_idle()
{
	[ "$(property ActiveState)" = inactive ]
}

# was_started_again COUNT - times in all
was_started_again()
{
	[ "$(property NRestarts)" -ge "$1" ] && hmtd_is ready
}

# The three tiers, and nothing else of HMT; the memory of the last is a dax device
# again.
leave_saved()
{
	chain
	modprobe hmt_dax
	hmtctl save "$work/saved.json"
	hmtctl unload --force
	daxctl reconfigure-device -f -m devdax dax0.0
}

is_restored()
{
	shows node0 tier dram && shows node1 tier cxl && shows node2 tier pmem &&
		shows node2 dax_device dax0.0
}

# all_on NODE - the huge pages and those of the file
all_on()
{
	on_most 0 $((1 - $1)) main place huge &&
		on_most 0 $((1 - $1)) main place file
}

damon_reports()
{
	[ "$(provider_stat damon 3)" -gt 0 ]
}

boots()
{
	local i

	at_end vm-pmem
	leave_saved
	vm-system prepare "$work/saved.json"
	at_end vm-system stop
	vm-system start
	wait_until "$limit" is_restored
	wait_until "$limit" hmtd_is ready
	is_active hmtd.service

	start main vm-system run /guest/usr/bin/hmt_regions name=huge,place=0,kind=thp,mib=8 \
		name=file,place=0,kind=file,mib=4,file=/dev/shm/moved
	workload main "pids=$(pgrep -x hmt_regions)" "providers=accessed:1 damon:1" \
		scan_interval_ms=50 samples=2 promote_mib_per_s=max demote_mib_per_s=max \
		limits=dram=0
	[ "$(cat "$config/workloads/main/pids")" = "$(pgrep -x hmt_regions)" ]
	[ "$(vm-system run cat "$config/workloads/main/pids")" = \
		"$(vm-system run pgrep -x hmt_regions)" ]
	go_live main
	wait_until "$limit" all_on 1

	# More often than systemd takes for a service that is worth starting.
	for i in {1..6}; do
		kill -9 "$(pgrep -x hmtd | head -n 1)"
		wait_until "$limit" was_started_again "$i"
	done
	[ "$(property StartLimitIntervalUSec)" = 0 ]
	tell main hot huge
	tell main hot file
	configure main limits=
	wait_until "$limit" all_on 0
	wait_until "$limit" damon_reports

	finish main
	remove_workloads
	vm-system run systemctl stop hmtd.service
	hmtctl unload --force
	wait_until "$limit" is_idle
	modprobe hmt
	wait_until "$limit" hmtd_is ready
}
