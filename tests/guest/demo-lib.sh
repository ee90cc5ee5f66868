# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What the demos share. Each runs its program as $program and talks to it by
# the descriptors $ask and $told.

program=
answer=
# Seconds; generous, as this is not about speed.
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

# The command as a person would type it, and what it does.
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

# On a failure too: the kernel shall be left as it was found.
clean_up()
{
	if [ -n "$program" ]; then
		kill -KILL "$program" || :
		wait "$program" || :
	fi 2>/dev/null
	[ ! -d /sys/module/hmt ] || command hmtctl unload --force || :
}

# wait_for_answer - sets $answer to the next line that the program prints
wait_for_answer()
{
	read -r -t "$answer_limit" answer <&"$told" || die "the program does not answer"
}

# attach READ WRITE - the descriptors of a coprocess go away with it, what it
# said must not
attach()
{
	exec {told}<&"$1" {ask}>&"$2"
}

load_hmt()
{
	# What moves shall be HMT's doing alone.
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

# take_away WORKLOAD TIER...
take_away()
{
	local tier

	title "All is taken away again"
	hmtctl workload stop "$1"
	hmtctl workload remove "$1"
	for tier in "${@:2}"; do
		hmtctl tier remove "$tier"
	done
	hmtctl commit
	hmtctl unload
	! grep '^hmt' /proc/modules || die "these modules are still there"
}
