# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Helpers of the demos. Each demo runs its program as $program, writes commands to
# the descriptor $ask and reads answers from $told.

program=
answer=
# Seconds; generous, because the demo does not measure speed.
answer_limit=150

say()
{
	printf '%s\n' "$*"
}

title()
{
	printf '\n== %s\n' "$*"
}

die()
{
	printf '\ndemo: FAILED: %s\n' "$*" >&2
	exit 1
}

# hmtctl ARGUMENT... - print the command line, and run it
hmtctl()
{
	local word line="\$ hmtctl"

	for word; do
		case $word in
		*' '*) line+=" '$word'" ;;
		*) line+=" $word" ;;
		esac
	done
	say "$line"
	command hmtctl "$@"
}

# clean_up - also after a failure, restore the state of the kernel
clean_up()
{
	if [ -n "$program" ]; then
		kill -KILL "$program" || :
		wait "$program" || :
	fi 2>/dev/null
	[ ! -d /sys/module/hmt ] || command hmtctl unload --force || :
}

# wait_for_answer - store the next line of the program in $answer
wait_for_answer()
{
	read -r -t "$answer_limit" answer <&"$told" || die "the program does not answer"
}

# attach READ WRITE - duplicate the descriptors of a coprocess, which bash closes when it
# ends
attach()
{
	exec {told}<&"$1" {ask}>&"$2"
}

load_hmt()
{
	# Only HMT may move pages.
	say "\$ sysctl -w kernel.numa_balancing=0"
	sysctl -w kernel.numa_balancing=0
	say "\$ cat /sys/kernel/mm/numa/demotion_enabled"
	cat /sys/kernel/mm/numa/demotion_enabled
	hmtctl load
}

# make_chain TIER=MEMORY... - each tier demotes to the next
make_chain()
{
	local i below=() words=("$@")

	for ((i = $# - 1; i >= 0; i--)); do
		hmtctl tier create "${words[i]%%=*}" \
			--memories "${words[i]#*=}" "${below[@]}"
		below=(--demote-to "${words[i]%%=*}")
	done
}

commit_graph()
{
	hmtctl commit
	hmtctl status
	hmtctl list --tiers --table
}

# remove_all WORKLOAD TIER...
remove_all()
{
	local tier

	title "Workload, tiers and modules are removed"
	hmtctl workload stop "$1"
	hmtctl workload remove "$1"
	for tier in "${@:2}"; do
		hmtctl tier remove "$tier"
	done
	hmtctl commit
	hmtctl unload
	! grep '^hmt' /proc/modules || die "these modules are still loaded"
}
