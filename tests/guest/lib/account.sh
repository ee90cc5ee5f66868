# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Whether a test file leaves the guest as it was: modules, threads, processes, and
# every page.

# poisoned_memory - of each node, in the format of meminfo; Linux 6.1 does not report
# it there
poisoned_memory()
{
	local dir pages

	for dir in /sys/devices/system/node/node[0-9]*; do
		read -r pages 2>/dev/null <"$dir/memory_failure/total" || pages=0
		echo "Node ${dir##*node} Poisoned: $((pages * 4)) kB"
	done
}

# account_memory_once - fails if CPUs returned free pages of their lists to a node while
# it was read: those are counted twice. The lists of node 0 always change a little.
account_memory_once()
{
	poisoned_memory | awk '
		BEGIN { later = 0 }
		/^Node [0-9]*,/ { node = $2 + 0 }
		$1 == "count:" { kept[node, later] += $2 }
		/^Node [0-9]* / { kib[$2, $3] = $4; later = later || $3 == "MemTotal:" }
		function pages(node, name) { return kib[node, name ":"] / 4 }
		END {
			for (node = 0; (node, "MemTotal:") in kib; node++) {
				lost = pages(node, "MemTotal") - kept[node, 0]
				count = split("MemFree FilePages AnonPages Slab " \
					"KernelStack PageTables SecPageTables " \
					"Poisoned", names, " ")
				for (i = 1; i <= count; i++)
					lost -= pages(node, names[i])
				change = kept[node, 0] - kept[node, 1]
				moved += change > (node ? 0 : 512) ||
					change < (node ? 0 : -512)
				printf "%d %d %d %d\n", node, lost, \
					pages(node, "AnonPages"), \
					pages(node, "MemTotal")
			}
			exit moved > 0
		}' - /proc/zoneinfo /sys/devices/system/node/node[0-9]*/meminfo \
		/proc/zoneinfo
}

# account_memory - print for each node: its number, pages that no counter of the
# kernel explains (lost pages are neither free nor in use), anonymous pages, and
# all pages
account_memory()
{
	local lines

	for _ in {1..50}; do
		! lines=$(account_memory_once) || break
	done
	echo "$lines"
}

# account_slack NODE - tolerated difference in pages. Node 0 has all of the kernel's own
# memory, which is not counted page by page (vmalloc, modules, per-CPU areas).
# Other nodes have only pages of the tests, and free pages in lists of the CPUs.
account_slack()
{
	if [ "$1" -eq 0 ]; then
		echo $((8 * MIB))
	else
		echo $((1 * MIB))
	fi
}

# same_account FILE - memory is as account_memory has written it there
same_account()
{
	local node lost anon total node2 lost2 anon2 total2 demoted=0

	drop_caches
	while read -r node lost anon total node2 lost2 anon2 total2; do
		[ "$node" = "$node2" ] && [ "$total" = "$total2" ] || return 1
		[ $((lost2 - lost)) -le "$(account_slack "$node")" ] || return 1
		[ $((anon2 - anon - demoted)) -le "$(account_slack "$node")" ] ||
			return 1
		# Reclaim may have demoted pages of the shell from node 0, which comes first.
		[ "$anon2" -ge "$anon" ] || demoted=$((demoted + anon - anon2))
	done < <(paste -d' ' "$1" <(account_memory))
	[ "$(vmstat_of nr_isolated_anon)" -eq 0 ] &&
		[ "$(vmstat_of nr_isolated_file)" -eq 0 ] &&
		[ "$(vmstat_of nr_mlock)" -eq 0 ]
}

no_modules()
{
	! grep -q '^hmt' /proc/modules
}

no_threads()
{
	! pgrep '^hmt/' >/dev/null
}

# as_before FILE - nothing of HMT is left, and memory is as in FILE
as_before()
{
	modprobe -r -a hmt_hintfault hmt_sampler hmt_counter hmt_ats hmt_accessed hmt_sim hmt_device hmt_dax hmt_router hmt || show_stuck
	no_modules || fail "still loaded: $(grep '^hmt' /proc/modules); processes: $(pgrep -fl "$programs")"
	no_threads || fail "threads: $(pgrep -l '^hmt/')"
	no_programs || fail "processes are left"
	wait_until 20 same_account "$1"
}
