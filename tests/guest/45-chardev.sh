# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# /dev/hmt.

tests=(
	"refusals   each field of each request is refused when it is wrong"
	"access     whoever may not call move_pages(2) on a process is refused"
	"signals    a signal ends a request early, and nothing is lost"
	"vast       a range of a tebibyte takes no memory to speak of"
	"best       the best memory for CPUs is the fastest one with room"
	"report     heat that a program reports raises pages that nobody touches"
	"fuzz       random requests do no harm"
)

refusals()
{
	chain
	hmt_ioctl refusals "$(pgrep -x kthreadd)"
}

access()
{
	load
	hmt_ioctl access
}

signals()
{
	load
	note "$(hmt_ioctl signals)"
}

vast()
{
	load
	hmt_ioctl vast
}

best()
{
	load
	hmt_ioctl best
}

report()
{
	local range

	chain
	start main hmt_regions name=cold,mib=8,place=2 name=other,mib=8,place=2
	range=$(ask main range cold)
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		providers=report
	go_live main
	hmt_ioctl heat "$(pid_of main)" "${range%-*}" "${range#*-}" &
	at_end kill $!
	wait_until "$limit" on_least 0 2000 main place cold
	[ "$(on 2 main place other)" -eq 2048 ]
	finish main
}

fuzz()
{
	chain
	hmt_ioctl fuzz $((3000 / scale))
}
