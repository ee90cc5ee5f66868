# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What drivers of devices may offer, besides copies one after the other: copies from
# device to device and copies that are waited for later.

tests=(
	"peers     pages move from device to device in large jobs, straight where the driver can"
	"views     the best memory for a device is chosen by its own figures; unknown ones win nothing"
	"advised   a device that touches a page of its program brings no neighbour that has no advice"
	"fences    copies are submitted, and several are waited for at once; failures lose nothing"
)

# jobs_of N - jobs of the copy engine of device N
jobs_of()
{
	knob_of "$1" jobs
}

# knob_of N NAME
knob_of()
{
	echo "$(</sys/kernel/debug/hmt_sim"$1/$2")"
}

# whole_chunk - 512 pages of the array that begin at a multiple of 2 MiB
whole_chunk()
{
	local start

	start=$(ask_program main range)
	start=$((16#${start%-*} / 4096))
	array_part $(((512 - start % 512) % 512)) 512
}

# expect_bounced - 512 pages move from device 0 to device 1 in jobs of 64 pages
expect_bounced()
{
	local from to

	from=$(jobs_of 0)
	to=$(jobs_of 1)
	hmtctl move --to sim1 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 1)" 512 "pages on sim1"
	expect_le $(($(jobs_of 0) - from)) 8 "jobs of sim0 for 512 pages to sim1"
	expect_le $(($(jobs_of 1) - to)) 8 "jobs of sim1 for 512 pages from sim0"
}

peers()
{
	local from

	load_hmt
	load_sims 4 4
	start_program main hmt_sim_app 4 sim0 sim1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 0)" 512 "pages on sim0"
	expect_bounced
	# A copy that fails leaves its page where it was, and no other.
	set_knob 0 fail_copies 1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 1)" 1 "pages on sim1"
	tell_program main "sum 1"
	finish_program main
	modprobe -r hmt_sim

	options=peers=1 modprobe_sims 4 4
	start_program main hmt_sim_app 4 sim0 sim1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	from=$(jobs_of 0)
	expect_bounced
	expect_eq "$(jobs_of 0)" "$from" "jobs of sim0 for 512 pages to sim1"
	expect_eq "$(knob_of 1 peer_copies)" 512 "peer copies of sim1"
	tell_program main "sum 1"
	tell_program main touch
	finish_program main
}

# expect_best DEVICE... - first the memory that is best for sim0
expect_best()
{
	expect_eq "$(hmtctl best --devices sim0 "${@:2}")" "$1" \
		"output of hmtctl best --devices sim0 ${*:2}"
}

views()
{
	load_hmt
	# CPUs see coherent memory at 500 ns, the device its own at 50 ns.
	load_sims 4
	expect_attribute sim0 device_read_latency 50
	expect_attribute sim0 system_read_latency 0
	expect_best sim0
	expect_eq "$(hmtctl list -M sim0 |
		jq -c '.memories[0] | [.device_read_latency, .system_read_latency]')" \
		"[50,null]" "latencies for sim0 that hmtctl list prints"
	hmtctl list --table -M | grep -q '^sim0 ' || fail "no line of sim0"
	expect_best node0 --cpus 0
	modprobe -r hmt_sim
	options=system_ns=20 modprobe_sims 4
	expect_attribute sim0 system_read_latency 20
	expect_best node0
	modprobe -r hmt_sim
	options="system_ns=20 omit=perf" modprobe_sims 4
	expect_attribute sim0 device_read_latency 0
	# Its own figures are not known, so kinds decide.
	expect_best sim0
	expect_eq "$(hmtctl list -u -M sim0 |
		jq -r '.memories[0].device_read_latency')" unknown \
		"latency of sim0 that hmtctl list -u prints"
}

advised()
{
	local pid

	load_hmt
	load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	hmtctl follow "$pid" "$(array_part 19 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 1 "pages on sim0"
	hmtctl follow "$pid" "$(array_part 32 16)"
	hmtctl read-mostly "$pid" "$(array_part 40 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	finish_program main
}

fences()
{
	local i pid jobs waits

	load_hmt
	at_end modprobe -r hmt_sim hmt_device
	expect_refused "'sim0' refused: operation 'wait' is missing" \
		megabytes=2 "base=${HMT_RESERVED:-0}" omit=wait
	options=async=1 load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	for i in {0..7}; do
		hmtctl exclude "$pid" "$(array_part $((i * 8 + 7)) 1)"
	done
	jobs=$(jobs_of 0)
	waits=$(knob_of 0 waits)
	hmtctl move --to sim0 "$pid" "$(array_part 0 64)"
	expect_eq "$(pages_on_sim 0)" 56 "pages on sim0"
	expect_eq $(($(jobs_of 0) - jobs)) 8 "jobs of sim0 for 8 parts of 64 pages"
	expect_eq $(($(knob_of 0 waits) - waits)) 1 "waits of the driver for them"
	hmtctl exclude --clear "$pid"
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" 256 "pages on sim0"
	tell_program main touch
	set_knob 0 fail_copies 100
	tell_program main "sum 0 move"
	tell_program main touch
	tell_program main discard
	set_knob 0 fail_copies 0
	set_knob 0 lose_interrupts 1
	tell_program main "sum 0 move"
	set_knob 0 lose_interrupts 0
	expect_ge "$(knob_of 0 timeouts)" 1 "timeouts of sim0"
	tell_program main rewrite
	tell_program main "sum 0 move"
	set_knob 0 hang Y
	tell_program main "sum 0"
	set_knob 0 hang N
	tell_program main touch
	tell_program main "storm 1 0"
	finish_program main
}
