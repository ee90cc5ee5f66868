# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# An installation by "make install" under systemd and udev.

tests=(
	"boots    tiers are restored at boot, two dax devices return to their tiers, also later, but not while hmt.service is disabled, a damaged file is reported, and hmtd starts with the module, works in its sandbox, is restarted when it is killed or hangs, gives up beside another hmtd and without access to its device, and stops with the module"
	"metrics  hmtd-metrics is off until it is enabled, serves its socket without a privilege, with and without the modules, is restarted when it is killed, serves a port of the loopback interface with the drop-in of hmtd(8), gives up at another address, and leaves no socket behind"
)

# PID of systemd.
system=

# run_system - "vm-system start"
run_system()
{
	vm-system start
	for system in $(pgrep -x systemd); do
		[ ! /system -ef "/proc/$system/root" ] || return 0
	done
	fail "there is no systemd with the root /system"
}

# in_system COMMAND... - as "vm-system run", which looks for systemd each time: a program
# costs an emulated CPU a tenth of a second
in_system()
{
	nsenter --target "$system" --mount --pid --root --wd=/ "$@"
}

# is_active UNIT
is_active()
{
	in_system systemctl --quiet is-active "$1"
}

# property NAME [UNIT] - of hmtd.service
property()
{
	in_system systemctl show --value --property "$1" "${2-hmtd.service}"
}

# is_inactive UNIT
is_inactive()
{
	result=$(property ActiveState "$1")
	[ "$result" = inactive ]
}

# has_failed UNIT
has_failed()
{
	result=$(property ActiveState "$1")
	[ "$result" = failed ]
}

# runs_as UNIT - print its user and its effective capabilities
runs_as()
{
	in_system sed -n 's/^Uid:\t\([0-9]*\).*/\1/p; s/^CapEff:\t0*//p' \
		"/proc/$(property MainPID "$1")/status" | xargs
}

# was_restarted COUNT - at least, in all
was_restarted()
{
	hmtd_is ready && result=$(property NRestarts) && [ "$result" -ge "$1" ]
}

# end_hmtd SIGNAL - send it to the process of hmtd.service, and wait for its end
#
# Questions to systemd are expensive, so that it is asked after that only.
end_hmtd()
{
	local pid

	pid=$(pgrep -f 'hmtd --foreground$')
	kill "-$1" "$pid"
	wait_until "$limit" is_dead "$pid"
}

# make_second_node - node 3 of the second NVDIMM
make_second_node()
{
	[ -e /sys/bus/dax/devices/dax1.0 ] ||
		ndctl create-namespace -f -m devdax -M mem -e namespace1.0
	[ "$(daxctl list -d dax1.0 | jq -r '.[0].mode')" = system-ram ] ||
		daxctl reconfigure-device -m system-ram dax1.0
}

# drop_second_node - and its namespace, as before make_second_node
drop_second_node()
{
	daxctl reconfigure-device -f -m devdax dax1.0
	ndctl destroy-namespace -f namespace1.0
}

# save_and_unload - save four tiers, unload HMT, and make the memories of the last two
# dax devices
save_and_unload()
{
	make_second_node
	commit_chain dram=node0 cxl=node1 pmem=node2 far=node3
	modprobe hmt_dax
	hmtctl save "$work/saved.json"
	hmtctl unload --force
	daxctl reconfigure-device -f -m devdax dax0.0
	daxctl reconfigure-device -f -m devdax dax1.0
}

# is_restored_without_far - the tiers but the last one
is_restored_without_far()
{
	attribute_is node0 tier dram && attribute_is node1 tier cxl &&
		attribute_is node2 tier pmem && attribute_is node2 dax_device dax0.0
}

is_restored()
{
	is_restored_without_far && attribute_is node3 tier far &&
		attribute_is node3 dax_device dax1.0
}

restored=

# report_restoration - print what the units of a system did that restores no tiers
report_restoration()
{
	[ -z "$restored" ] || return 0
	in_system systemctl --no-pager list-jobs
	in_system systemctl --no-pager list-units --all "hmt*" "seen@*"
	in_system journalctl --quiet --no-pager -o short-monotonic -u "hmt*"
	in_system udevadm info /sys/bus/dax/devices/dax0.0
}

# start_system - with four tiers saved, and without HMT
start_system()
{
	at_end vm-pmem
	at_end drop_second_node
	save_and_unload
	vm-system prepare "$work/saved.json"
	at_end vm-system stop
	mark_devices
	let_damon_stop
	run_system
	at_end report_restoration
	wait_until "$limit" is_restored
	restored=1
}

# all_are_on NODE - the huge pages and those of the file; NODE is 0 or 1
all_are_on()
{
	pages_on_most 0 $((1 - $1)) main place huge &&
		pages_on_most 0 $((1 - $1)) main place file
}

damon_reports()
{
	result=$(provider_stat damon reports)
	[ "$result" -gt 0 ]
}

# gives_up - hmtd.service cannot work while another hmtd does, and does not try again
gives_up()
{
	in_system systemctl stop hmtd.service
	wait_until "$limit" is_inactive hmtd-damon.service
	hmtd --foreground &
	other=$!
	at_end kill -9 "$other"
	wait_until "$limit" hmtd_is ready
	! in_system systemctl start hmtd.service 2>/dev/null ||
		fail "hmtd.service starts beside another hmtd"
	wait_until "$limit" has_failed hmtd.service
	expect_eq "$(property ExecMainStatus)" 3 "exit status of hmtd.service"
	expect_eq "$(property NRestarts)" 0 "restarts of hmtd.service"
	kill "$other"
	wait "$other"
}

# is_reserved - with the device for a group, hmtd.service works in the group, and
# does not try again without it
#
# Reading all units again is expensive: is_watched() needs a setting as well.
is_reserved()
{
	local dir=/system/etc/systemd/system/hmtd.service.d

	echo hmt:x:900: >>/system/etc/group
	in_system chgrp hmt /dev/hmt
	in_system chmod 0660 /dev/hmt
	! in_system systemctl start hmtd.service 2>/dev/null ||
		fail "hmtd.service starts without access to its device"
	wait_until "$limit" has_failed hmtd.service
	expect_eq "$(property ExecMainStatus)" 3 "exit status of hmtd.service"
	expect_eq "$(property NRestarts)" 0 "restarts of hmtd.service"
	mkdir -p "$dir"
	printf '[Service]\nSupplementaryGroups=hmt\nWatchdogSec=5\n' >"$dir/group.conf"
	in_system systemctl daemon-reload
	in_system systemctl start hmtd.service
	expect_true hmtd_is ready
}

# is_watched - systemd kills an hmtd that does not run, and starts another one
is_watched()
{
	expect_eq "$(property WatchdogUSec)" 5s "WatchdogUSec of hmtd.service"
	end_hmtd STOP
	wait_until "$limit" was_restarted 1
}

# let_damon_stop - as hmtd(8) explains, for kernels that start DAMON_STAT at boot
let_damon_stop()
{
	local dir=/system/etc/systemd/system/hmtd-damon.service.d

	mkdir -p "$dir"
	printf '[Service]\nExecStart=\nExecStart=%s\n' \
		"/usr/local/sbin/hmtd --foreground --damon --stop-damon-stat" >"$dir/stat.conf"
}

# tiers_property NAME - of hmt.service
tiers_property()
{
	in_system systemctl show --value --property "$1" hmt.service
}

# mark_devices - let systemd create /run/seen-DEVICE when a dax device appeared and the
# job of its other unit, if any, has ended
#
# The rule of daxctl sets SYSTEMD_WANTS instead of adding to it. Debian 12 has another
# one, so that this test has a rule of that number as well.
mark_devices()
{
	mkdir -p /system/etc/udev/rules.d
	cat >/system/etc/udev/rules.d/90-other.rules <<-'END'
		ACTION=="add", SUBSYSTEM=="dax", TAG+="systemd", ENV{SYSTEMD_WANTS}="other@$kernel.service"
	END
	cat >/system/etc/udev/rules.d/99-seen.rules <<-'END'
		ACTION=="add", SUBSYSTEM=="dax", KERNEL=="dax*", ENV{SYSTEMD_WANTS}+="seen@$kernel.service"
	END
	cat >/system/etc/systemd/system/seen@.service <<-'END'
		[Unit]
		After=hmt-memory@%i.service
		[Service]
		Type=oneshot
		ExecStart=/bin/touch /run/seen-%i
	END
}

far_was_seen()
{
	in_system test -e /run/seen-dax1.0
}

# return_far - remove the second dax device, let it appear again, and wait for the
# units that systemd starts then
return_far()
{
	in_system rm -f /run/seen-dax1.0
	ndctl disable-namespace namespace1.0
	ndctl enable-namespace namespace1.0
	wait_until "$limit" far_was_seen
}

# check_units - hmt.service with a damaged file, disabled, and without a memory
check_units()
{
	local code=0

	echo '{' >/system/etc/hmt/saved.json
	in_system systemctl restart hmt.service 2>"$work/said" || code=$?
	expect_eq "$code" 1 "exit status of systemctl restart hmt.service"
	expect_eq "$(tiers_property ActiveState)" failed "ActiveState of hmt.service"
	expect_eq "$(tiers_property ExecMainStatus)" 2 "ExecMainStatus of hmt.service"
	expect_true is_restored

	# A provider that is missing does not come by itself.
	jq '.providers.nosuch = { }' "$work/saved.json" >/system/etc/hmt/saved.json
	! in_system systemctl restart hmt.service 2>/dev/null ||
		fail "hmt.service succeeds without a provider"
	expect_eq "$(tiers_property ExecMainStatus)" 3 "ExecMainStatus of hmt.service"

	# Node 1 is another memory than the saved one: nothing is guessed at boot.
	jq '.memories.node1.initiators = "1"' "$work/saved.json" >/system/etc/hmt/saved.json
	! in_system systemctl restart hmt.service 2>/dev/null ||
		fail "hmt.service succeeds with other memories"
	expect_eq "$(tiers_property ExecMainStatus)" 1 "ExecMainStatus of hmt.service"
	expect_true is_restored

	cp "$work/saved.json" /system/etc/hmt/saved.json
	in_system systemctl disable hmt.service
	in_system systemctl reset-failed hmt.service
	hmtctl memory offline dax1.0
	return_far
	expect_eq "$(tiers_property ActiveState)" inactive "ActiveState of hmt.service"
	expect_no_path "$class/node3"

	# A memory that is missing is no failure.
	in_system systemctl enable --now hmt.service
	expect_eq "$(tiers_property ExecMainStatus)" 7 "ExecMainStatus of hmt.service"
	expect_eq "$(tiers_property ActiveState)" active "ActiveState of hmt.service"
	expect_true is_restored_without_far
	return_far
	expect_true is_restored
}

boots()
{
	local i user caps other

	start_system
	check_units
	wait_until "$limit" hmtd_is ready
	is_active hmtd.service

	start_program main vm-system run /guest/usr/bin/hmt_regions name=huge,place=0,kind=thp,mib=8 \
		name=file,place=0,kind=file,mib=4,file=/dev/shm/moved
	create_workload main "pids=$(pgrep -x hmt_regions)" "providers=accessed:1 damon:1" \
		scan_interval_ms=50 samples=2 promote_mib_per_s=max demote_mib_per_s=max \
		limits=dram=0
	expect_eq "$(cat "$config/workloads/main/pids")" "$(pgrep -x hmt_regions)" \
		"pids of workload main"
	expect_eq "$(in_system cat "$config/workloads/main/pids")" \
		"$(in_system pgrep -x hmt_regions)" \
		"pids of workload main, in the namespace of the system"
	go_live main
	wait_until "$limit" all_are_on 1

	# An emulated CPU is too slow for the default start limit, five within 10 s.
	for i in 1 2; do
		end_hmtd KILL
		wait_until "$limit" was_restarted "$i"
	done
	expect_eq "$(property StartLimitIntervalUSec)" 0 "StartLimitIntervalUSec of hmtd.service"
	read -r user caps <<<"$(runs_as hmtd.service)"
	expect_ne "$user" 0 "user of hmtd.service"
	expect_eq "$caps" 880000 "capabilities of hmtd.service, CAP_SYS_NICE and CAP_SYS_PTRACE"
	wait_until "$limit" is_active hmtd-damon.service
	expect_eq "$(runs_as hmtd-damon.service)" "0 80000" \
		"user and capabilities of hmtd-damon.service, CAP_SYS_PTRACE"
	tell_program main hot huge
	tell_program main hot file
	configure_workload main limits=
	wait_until "$limit" all_are_on 0
	wait_until "$limit" damon_reports

	finish_program main
	remove_workloads
	gives_up
	is_reserved
	is_watched
	in_system systemctl stop hmtd.service
	wait_until "$limit" is_inactive hmtd-damon.service
	hmtctl unload --force
	wait_until "$limit" is_inactive hmtd.service
	modprobe hmt
	wait_until "$limit" hmtd_is ready
}

metrics_socket=/run/hmt-metrics/metrics.sock

# scrape ARGUMENT... - what the exporter answers to curl
scrape()
{
	in_system curl --silent --show-error --max-time 60 "$@"
}

# has_metric LINE ARGUMENT... - the exporter answers with this line
has_metric()
{
	local line=$1

	shift
	scrape "$@" >"$work/metrics" 2>"$work/said" && grep -qxF "$line" "$work/metrics"
}

# configure_metrics LINE... - a drop-in of hmtd-metrics.service, and another one that
# lets refuses_address() change the address without the expensive daemon-reload
configure_metrics()
{
	local dir=/system/etc/systemd/system/hmtd-metrics.service.d

	mkdir -p "$dir"
	printf '%s\n' '[Service]' "$@" >"$dir/port.conf"
	printf '%s\n' '[Service]' EnvironmentFile=-/etc/hmt/address >"$dir/refused.conf"
	in_system systemctl daemon-reload
}

# metrics_were_restarted PID - the exporter is another process now, and answers
metrics_were_restarted()
{
	[ "$(property MainPID hmtd-metrics.service)" != "$1" ] &&
		has_metric 'hmt_loaded 1' --unix-socket "$metrics_socket" http://hmt/metrics
}

# refuses_address WHERE - the unit fails at once and is not started again
refuses_address()
{
	echo "HMTD_METRICS=--listen=$1" >/system/etc/hmt/address
	! in_system systemctl start hmtd-metrics.service 2>/dev/null ||
		fail "hmtd-metrics.service listens at $1"
	wait_until "$limit" has_failed hmtd-metrics.service
	expect_eq "$(property ExecMainStatus hmtd-metrics.service)" 2 \
		"exit status of hmtd-metrics.service at $1"
	expect_eq "$(property NRestarts hmtd-metrics.service)" 0 \
		"restarts of hmtd-metrics.service at $1"
}

metrics()
{
	local pid user caps

	commit_chain
	vm-system prepare
	at_end vm-system stop
	run_system
	expect_eq "$(property UnitFileState hmtd-metrics.service)" disabled \
		"hmtd-metrics.service after the installation"
	expect_true is_inactive hmtd-metrics.service
	expect_no_path "/system$metrics_socket"

	in_system systemctl enable --now hmtd-metrics.service 2>/dev/null
	expect_true is_active hmtd-metrics.service
	expect_true has_metric 'hmt_loaded 1' --unix-socket "$metrics_socket" http://hmt/metrics
	expect_true grep -q '^hmt_memory_.*memory="node0"' "$work/metrics"
	read -r user caps <<<"$(runs_as hmtd-metrics.service)"
	expect_ne "$user" 0 "user of hmtd-metrics.service"
	expect_eq "$caps" "" "capabilities of hmtd-metrics.service"

	pid=$(property MainPID hmtd-metrics.service)
	in_system kill -9 "$pid"
	wait_until "$limit" metrics_were_restarted "$pid"

	# As hmtd(8) explains.
	configure_metrics Environment=HMTD_METRICS=--listen=127.0.0.1:9977 PrivateNetwork=no \
		"RestrictAddressFamilies=AF_UNIX AF_INET" IPAddressAllow=localhost
	in_system systemctl restart hmtd-metrics.service
	expect_true has_metric 'hmt_loaded 1' http://127.0.0.1:9977/metrics
	expect_no_path "/system$metrics_socket"
	in_system systemctl stop hmtd.service
	wait_until "$limit" is_inactive hmtd-damon.service
	hmtctl unload --force
	wait_until "$limit" has_metric 'hmt_loaded 0' http://127.0.0.1:9977/metrics
	in_system systemctl stop hmtd-metrics.service

	refuses_address 0.0.0.0:9977
	refuses_address 192.0.2.1:9977
	in_system systemctl reset-failed hmtd-metrics.service
	in_system systemctl disable hmtd-metrics.service 2>/dev/null
	expect_eq "$(property UnitFileState hmtd-metrics.service)" disabled \
		"hmtd-metrics.service after systemctl disable"
}
