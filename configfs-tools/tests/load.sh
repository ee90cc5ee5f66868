# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl load" and "unload" as far as they go without modules, and what
# every command says when HMT is not loaded.
. "$(dirname "$0")/lib.sh"

demo_root
for command in load unload; do
	gives 2 "$command on a fake root" "$command"
	says 'fake root'
	gives 2 "$command on a fake root by option" --root "$HMT_ROOT" "$command"
done
gives 2 'unload --force on a fake root' unload --force
check 'nothing was removed' test -d "$config/workloads/db"

not_loaded()
{
	gives 4 "$* without HMT" "$@"
	says "$remedy; run 'hmtctl load'"
}

try_all()
{
	not_loaded list
	not_loaded list --tiers
	not_loaded list --workloads
	not_loaded tier create a
	not_loaded tier set a
	not_loaded tier remove a
	not_loaded commit
	not_loaded status
	not_loaded workload create a
	not_loaded workload set a
	not_loaded workload start a
	not_loaded workload stop a
	not_loaded workload remove a
	not_loaded stat
	not_loaded stat a
}

empty_root
remedy='HMT is not loaded'
try_all
not_loaded list --memories
not_loaded list --edges
not_loaded list --dot

bare_root
rm -r "$config"
remedy='configfs is not mounted'
try_all
gives 0 'memories without configfs' list --memories
gives 0 'edges without configfs' list --edges

# Commands that need no kernel.
empty_root
gives 0 'help without HMT' help
gives 0 'version without HMT' --version

# A root that is not there.
gives 2 'a root that is not there' --root "$scratch/nosuch" list
says "root '$scratch/nosuch': No such file or directory"
touch "$scratch/file"
gives 2 'a root that is a file' --root "$scratch/file" list
demo_root
real=$HMT_ROOT
HMT_ROOT=$scratch/nosuch gives 2 'a root in the environment' list
HMT_ROOT=$scratch/nosuch gives 0 'the option comes first' --root "$real" list
cd "$real" || exit
HMT_ROOT='' gives 0 'a relative root' --root . tier set dram -d pmem
gives 0 'a relative root, the other form' --root=. list

plan
