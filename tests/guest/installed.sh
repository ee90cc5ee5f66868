#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packages in a system of Debian, run as its last service by tests/installed. Prints
# "ok TEXT" and "not ok TEXT" lines.
#
# usage: installed.sh install | manage | update, one a boot, in this order

set -uo pipefail

export LC_ALL=C PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive
config=/sys/kernel/config/hmt
efivars=/sys/firmware/efi/efivars
owner=605dab50-e046-4300-abb6-3dd810dd8b23
before=/var/tmp/before
failed=0
out=$(mktemp)

# The compiler uses the results that vm/disk has left on the disk.
# shellcheck disable=SC1091
. /var/cache/ccache.sh

# check TEXT COMMAND...
check()
{
	local text=$1

	shift
	if "$@" >"$out" 2>&1; then
		echo "ok $text"
	else
		failed=1
		echo "not ok $text"
		printf '# failed: %s\n' "$*"
		tail -n 25 "$out" | sed 's/^/# /'
		! command -v hmtctl >/dev/null ||
			{ hmtctl status; hmtctl stat; hmtctl explain db; } 2>&1 | sed 's/^/# /'
	fi
}

# is TEXT COMMAND... - the output of COMMAND is TEXT
is()
{
	local expected=$1 result

	shift
	result=$("$@" 2>&1)
	[ "$result" = "$expected" ] || {
		echo "'$*' prints '$result', not '$expected'"
		return 1
	}
}

# fails_with TEXT COMMAND... - COMMAND fails and prints TEXT
fails_with()
{
	local text=$1

	shift
	if "$@" >"$out.said" 2>&1 || ! grep -qF -e "$text" "$out.said"; then
		cat "$out.said"
		return 1
	fi
}

# waits COMMAND... - until it succeeds, at most 100 minutes of the guest
#
# A guest that measures its clock at boot while the host is busy has one that runs
# several times too fast.
waits()
{
	local tries

	for ((tries = 0; tries < 12000; tries++)); do
		! "$@" || return 0
		sleep 0.5
	done
	return 1
}

# install VERSION - all packages; apt-get would set PATH, in which the compiler is
install()
{
	apt-get install -y -o DPkg::Path= "$PWD"/*_"$1"_*.deb
}

# state - files that are no data of their own, units, and the modules of the kernel
#
# Caches of programs change, and logs grow. DKMS keeps its key.
state()
{
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \
		-o -path /var/tmp -o -path /var/cache -o -path /var/log -o -path /root \
		-o -path /var/lib/systemd -o -path '/var/lib/dpkg/*-old' \
		-o -path '/var/lib/dpkg/triggers' -o -path '/var/lib/apt' \
		-o -name 'mok.*' -o -path '/etc/systemd/system/load.service' \
		-o -path '/etc/*-' \) -prune -o -printf '%y %p\n' | sort
	systemctl list-unit-files --no-legend --plain | awk '{ print "unit", $1, $2 }' |
		grep -v ' load.service ' | sort
}

is_as_before()
{
	state | diff "$before" -
}

# dkms_status - without complaints about a pipe that dkms itself closes
dkms_status()
{
	dkms status -m hmt 2>/dev/null
}

# dkms_has VERSION - the modules of this version alone are installed, for this kernel
dkms_has()
{
	is "hmt/$1, $(uname -r), x86_64: installed" dkms_status
}

# enrol - what shim does with the list of keys that MokManager has enrolled: give it
# to the kernel in a variable of the firmware
#
# The kernel reads the variable with Secure Boot only, and its keys are in the
# keyring .machine after the next boot.
#
# EFI_SIGNATURE_LIST: type (X.509), size, size of the header, size of a signature
# with its owner.
enrol()
{
	local size

	size=$(stat -c %s /var/lib/dkms/mok.pub)
	mountpoint -q "$efivars" || mount -t efivarfs efivarfs "$efivars"
	{
		printf '\x07\0\0\0'
		printf '\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72'
		little $((size + 44))
		little 0
		little $((size + 16))
		printf '%016d' 0
		cat /var/lib/dkms/mok.pub
	} >"$out.list"
	dd if="$out.list" of="$efivars/MokListRT-$owner" bs=1M
}

# little NUMBER - four bytes, the lowest first
little()
{
	# shellcheck disable=SC2059 # the format is the content
	printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) \
		$(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}

# be_patient - no time limit for hmt.service, which starts in seconds elsewhere
#
# With ten other guests on the host it took more than its five minutes.
be_patient()
{
	mkdir -p /etc/systemd/system/hmt.service.d
	printf '[Service]\nTimeoutStartSec=infinity\n' \
		>/etc/systemd/system/hmt.service.d/patient.conf
}

# The kernel is locked down, and does not know the key of DKMS.
do_install()
{
	be_patient
	state >"$before"
	check 'Secure Boot is enabled' is 'SecureBoot enabled' mokutil --sb-state
	check 'the kernel is locked down' is 'none [integrity] confidentiality' \
		cat /sys/kernel/security/lockdown
	check 'the packages are installed' install "$old"
	check 'DKMS has built the modules' dkms_has "$old"
	check 'they are signed' is 'DKMS module signing key' modinfo -F signer hmt
	check 'hmt.service is enabled' is enabled systemctl is-enabled hmt.service
	check 'hmt.service has nothing to do' is inactive systemctl is-active hmt.service
	check 'no unit has failed' is '' systemctl --failed --no-legend
	check 'the tool has the version of the packages' is "hmtctl $old" hmtctl --version
	check 'without the key: the kernel refuses, and the way to enrol it is printed' \
		fails_with "mokutil --import /var/lib/dkms/mok.pub" hmtctl load
	check 'without the key: hmt is not loaded' test ! -e /sys/module/hmt
	check 'the key is enrolled' enrol
}

# write_load - a service whose hot pages are in slow memory at first
write_load()
{
	cp hmt_regions /root
	cat >/etc/systemd/system/load.service <<-'END'
		[Service]
		ExecStart=/bin/sh -c 'sleep infinity | /root/hmt_regions name=hot,hot,mib=8,place=1'
		[Install]
		WantedBy=multi-user.target
	END
	systemctl daemon-reload
	systemctl enable --now load.service
}

# counter NAME - of the workload
counter()
{
	cat "$config/workloads/db/stats/$1"
}

is_promoting()
{
	[ "$(counter promoted)" -gt 1000 ]
}

is_live()
{
	is 1 cat "$config/workloads/db/live"
}

# has_workload - the workload of the units is live and manages the process of its service
has_workload()
{
	is "1 $(systemctl show --value -p MainPID redis-server.service)" \
		sh -c "echo \$(cat $config/workloads/redis-server/live $config/workloads/redis-server/stats/pids)"
}

# check_units - those of services.rst tie a workload to a service
check_units()
{
	local dir=/etc/systemd/system

	cp -r units/. "$dir"
	printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$dir/redis-server.service"
	systemctl daemon-reload
	check 'units: the service starts' systemctl start redis-server.service
	check 'units: its workload manages it' waits has_workload
	check 'units: it is restarted' systemctl restart redis-server.service
	check 'units: the workload manages the new process' waits has_workload
	check 'units: it is stopped' systemctl stop redis-server.service
	check 'units: the workload is gone' waits test ! -e "$config/workloads/redis-server"
	check 'units: none has failed' is '' systemctl --failed --no-legend
	rm -r "$dir"/redis-server.service{,.d} "$dir/hmt-workload@.service"
	systemctl daemon-reload
}

# The first boot with the key enrolled.
do_manage()
{
	check 'the kernel trusts the key' grep -F 'DKMS module signing key' /proc/keys
	check 'mokutil finds the key' fails_with 'already enrolled' \
		mokutil --test-key /var/lib/dkms/mok.pub
	check 'with the key: the modules are loaded' hmtctl load
	check 'a module that is not installed: where it comes from is printed' \
		fails_with 'install its headers and hmt-dkms' hmtctl load nosuch
	check 'the kernel demands signatures' is Y cat /sys/module/module/parameters/sig_enforce
	check 'hmtd is started' waits systemctl -q is-active hmtd.service
	check 'tiers' sh -c 'hmtctl tier create cxl --memories node1 &&
		hmtctl tier create dram --memories node0 --demote-to cxl && hmtctl commit'
	write_load
	check 'a workload' hmtctl workload create db --cgroup /system.slice/load.service \
		--start
	check 'its hot pages are promoted' waits is_promoting
	check 'the configuration is saved' hmtctl save /etc/hmt/saved.json
	check_units
}

# pid_changed PID - hmtd is another process now
pid_changed()
{
	local pid

	pid=$(systemctl show --value -p MainPID hmtd.service)
	[ "$pid" -gt 0 ] && [ "$pid" != "$1" ]
}

# After a reboot, without a command of the administrator.
do_update()
{
	local pid

	check 'after a reboot: hmt.service is active' is active systemctl is-active hmt.service
	check 'after a reboot: no unit has failed' is '' systemctl --failed --no-legend
	check 'after a reboot: the workload is live' waits is_live
	check 'after a reboot: its hot pages are promoted' waits is_promoting
	check 'after a reboot: hmtd is started' waits systemctl -q is-active hmtd.service

	pid=$(systemctl show --value -p MainPID hmtd.service)
	check 'update: installed' install "$new"
	check 'update: DKMS has replaced the modules' dkms_has "$new"
	check 'update: they are signed with the same key' is 'DKMS module signing key' \
		modinfo -F signer hmt
	check 'update: no sources of the old version' test ! -e "/usr/src/hmt-$old"
	check 'update: the workload is still live' is_live
	check 'update: hmtd is a new one' waits pid_changed "$pid"
	check 'update: hmt.service is still enabled' is enabled systemctl is-enabled hmt.service
	check 'update: no unit has failed' is '' systemctl --failed --no-legend
	check 'update: the modules are replaced' sh -c 'hmtctl save --pids /run/hmt.json &&
		systemctl stop hmtd && hmtctl unload --force && hmtctl load dax && hmtctl restore /run/hmt.json'
	check 'update: the new ones' is "$new" cat /sys/module/hmt/version
	check 'update: they manage the workload' waits is_live

	check 'removal' apt-get remove -y hmt-tools hmt-dkms libhmt-dev libhmt1 hmt-doc
	check 'removal: HMT is not loaded' test ! -e /sys/module/hmt
	check 'removal: DKMS knows no modules' is '' sh -c 'dkms status -m hmt 2>/dev/null'
	check 'removal: the configuration stays' test -s /etc/hmt/saved.json
	check 'purge' apt-get purge -y hmt-tools
	systemctl disable --now load.service
	check 'purge: no file and no unit is left' is_as_before
	check 'purge: no unit has failed' is '' systemctl --failed --no-legend
}

old=$2
new=$3
case $1 in
install) do_install ;;
manage) do_manage ;;
update) do_update ;;
esac
exit "$failed"
