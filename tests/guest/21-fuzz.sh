# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Random changes of the configuration and random requests. With kcov, those that
# reach new code are repeated with changes; the output has their number.

tests=(
	"changes    random directories, links, attributes, starts and stops leave nothing behind"
	"requests   random requests do no harm"
)

seed=1

# expect_coverage - on the debug kernel, whose modules record it
expect_coverage()
{
	[ "${HMT_KERNEL-}" != debug ] ||
		expect_match "$(<"$work/fuzzed")" "* blocks, *" "output with coverage"
}

changes()
{
	load_hmt
	modprobe hmt_accessed
	modprobe hmt_counter
	make_cgroup fuzz
	start_program main hmt_regions name=cold,mib=2
	hmt_config_fuzz "$seed" "$(soak_amount $((4000 / scale / scale)) 500000)" \
		"$(pid_of main)" >"$work/fuzzed"
	note "$(cat "$work/fuzzed")"
	expect_gt "$(sed -nE 's/.* ([0-9]+) accepted.*/\1/p' "$work/fuzzed")" 300 \
		"accepted changes"
	expect_coverage
	expect_eq "$(find "$config"/{tiers,workloads} -mindepth 1 | wc -l)" 0 \
		"directories that are left"
	finish_program main
}

requests()
{
	commit_chain
	hmt_ioctl_fuzz "$seed" "$(soak_amount $((3000 / scale / scale)) 1000000)" >"$work/fuzzed"
	note "$(cat "$work/fuzzed")"
	expect_gt "$(sed -nE 's/^([0-9]+) accepted.*/\1/p' "$work/fuzzed")" 20 \
		"accepted requests"
	expect_coverage
}
