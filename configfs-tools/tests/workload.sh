# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl workload".
. "$(dirname "$0")/lib.sh"

bare_root
gives 0 'create without options' workload create idle
check 'makes the directory' test -d "$config/workloads/idle"

gives 0 'create with all options' workload create db --add-pid 3 --pids '1 2' \
	-p 4 --cgroup /db/main --providers 'accessed:1 counter' \
	--interval 10 --interval-min 0 --interval-max 3600000 \
	--samples 64 --promote-mib-per-s 0 --demote-mib-per-s max \
	--limits 'dram=2G cxl=512M' --limits pmem=1048576 \
	--protect dram=1G --protect cxl=512M --plan-only \
	--promote-in-fault --no-spread-load --start
holds workloads/db/pids '1 2 3 4'
holds workloads/db/cgroup /db/main
holds workloads/db/providers 'accessed:1 counter'
holds workloads/db/scan_interval_ms 10
holds workloads/db/scan_interval_min_ms 0
holds workloads/db/scan_interval_max_ms 3600000
holds workloads/db/samples 64
holds workloads/db/promote_mib_per_s 0
holds workloads/db/demote_mib_per_s max
holds workloads/db/limits 'dram=2G cxl=512M pmem=1048576'
holds workloads/db/protect 'dram=1G cxl=512M'
holds workloads/db/dry_run 1
holds workloads/db/promote_in_fault 1
holds workloads/db/spread_load 0
holds workloads/db/live 1

gives 0 'set some' workload set db -i 3600000 -s 1 -c '' --no-plan-only \
	--no-promote-in-fault --spread-load --pids ''
holds workloads/db/scan_interval_ms 3600000
holds workloads/db/samples 1
holds workloads/db/cgroup ''
holds workloads/db/dry_run 0
holds workloads/db/promote_in_fault 0
holds workloads/db/spread_load 1
holds workloads/db/pids ''
holds workloads/db/promote_mib_per_s 0
gives 0 'add processes' workload set db --add-pid 7
gives 0 'add processes' workload set db -p 8 --add-pid 9
holds workloads/db/pids '7 8 9'
gives 0 'replace processes' workload set db --pids 5
holds workloads/db/pids 5
gives 0 'replace and add processes' workload set db --add-pid 6 --pids 4
holds workloads/db/pids '4 6'
gives 2 'a word as process' workload set db --add-pid init
says "workload 'db': pids 'init': not a list of process IDs"
holds workloads/db/pids '4 6'
for old in --dry-run --no-dry-run; do
	gives 2 "$old, which is --plan-only" workload set db "$old"
done
gives 0 'set and start' workload set idle --start
holds workloads/idle/live 1

gives 0 'stop' workload stop db
holds workloads/db/live 0
gives 0 'start' workload start db
holds workloads/db/live 1
gives 1 'remove while live' workload remove db
says "workload 'db': it is live; stop it first, or remove it with --force"
check 'it is still there' test -d "$config/workloads/db"
gives 0 'remove by force' workload remove db --force
absent workloads/db
gives 0 'stop before removal' workload stop idle
gives 0 'remove' workload remove idle
absent workloads/idle

# Values.
demo_root
bad_value()
{
	gives 2 "$1 '$2'" workload set web "$1=$2"
}

for bad in 0 -1 x 99999999999 '1 x' 1,2; do bad_value --pids "$bad"; done
for bad in db ./db ' /db' $'/a\nb' /sys/fs/cgroup/db; do bad_value --cgroup "$bad"; done
for bad in '' a:0 a:101 :1 a:x a:1:2 'a b c d e f g h i'; do
	bad_value --providers "$bad"
done
for bad in '' 9 3600001 -10 x 1e3; do bad_value --interval "$bad"; done
for bad in '' 9 3600001 -10 00; do
	bad_value --interval-min "$bad"
	bad_value --interval-max "$bad"
done
for bad in '' 0 65 x; do bad_value --samples "$bad"; done
for bad in '' -1 Max 1M 18446744073709551616; do
	bad_value --promote-mib-per-s "$bad"
	bad_value --demote-mib-per-s "$bad"
done
for bad in dram =1 dram= dram=x dram=-1 dram=1Q dram=1GB \
	dram=18446744073709551615T; do
	bad_value --protect "$bad"
	bad_value --limits "$bad"
done
says "workload 'web': limits 'dram=18446744073709551615T': not a list of TIER=SIZE"
hmt list -W web
json 'nothing was changed' '.workloads[0] | .samples == 5 and
	.scan_interval_ms == 1000 and .limits == { dram: 2147483648 }'
gives 2 'create with a bad value' workload create new --samples 65
absent workloads/new

gives 3 'set of no workload' workload set nosuch --samples 1
says "workload 'nosuch': no such workload (see 'hmtctl list --workloads')"
gives 3 'start of no workload' workload start nosuch
gives 3 'stop of no workload' workload stop nosuch
gives 3 'remove of no workload' workload remove nosuch
gives 1 'create again' workload create db
says "workload 'db': exists already"

# Too long for one write.
gives 1 'a list that the kernel would cut off' workload set web \
	--pids "$(seq -s ' ' 10000 11000)"
says 'an attribute takes 4094 characters; use a cgroup'
holds workloads/web/pids '812 813'
gives 1 'a path that the kernel would cut off' workload set web \
	--cgroup "$(printf '/%.0s' {1..4095})"
says 'has at most 4094 characters; use a cgroup nearer to the root'
gives 1 'limits that the kernel would cut off' workload set web \
	--limits "$(printf 'tier-%s=1G ' {1..400})"
says 'an attribute takes 4094 characters; leave some words out'

# refuse ATTRIBUTE ERROR: writing the attribute of workload web fails so
refuse()
{
	local file=$config/workloads/web/$1

	rm -rf "$file"
	case $2 in
	ENXIO) perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) and
		bind(S, pack_sockaddr_un($ARGV[0])) or die' "$file" ;;
	ENOENT) ln -s /nonexistent/file "$file" ;;
	EINVAL) ln -s /proc/self/oom_score_adj "$file" ;;
	EINVAL-1) ln -s /proc/self/setgroups "$file" ;;
	ENOTDIR) ln -s /proc/self/comm/file "$file" ;;
	ENOSPC) ln -s /dev/full "$file" ;;
	esac
}

demo_root
rm "$config/workloads/web/dry_run"
mkdir "$config/workloads/web/dry_run"
gives 1 'set, last attribute refused' workload set web --pids 5 \
	--samples 9 --interval 77 --plan-only
says "workload 'web': dry_run '1': Is a directory"
holds workloads/web/pids '812 813'
holds workloads/web/samples 5
holds workloads/web/scan_interval_ms 1000

# All of them can be read, so that earlier ones are written.
stub=$scratch/stub.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC -o "$stub" \
	"$here/attributes.c"

# stubbed ARGUMENT...: as hmt, with the stub
stubbed()
{
	# A build with the address sanitizer does not mind libraries in front of it.
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$stub \
		"$HMTCTL" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	code=$?
}

demo_root
put "$config/workloads/web" dry_run 0
STUB_REFUSED=1 stubbed workload set web --pids 5 --samples 9 --interval 77 --plan-only
check 'set, last attribute refused: exit code 1' test "$code" -eq 1
check 'one line' one_error_line
says "workload 'web': dry_run '1'"
holds workloads/web/pids '812 813'
holds workloads/web/samples 5
holds workloads/web/scan_interval_ms 1000

# refused NUMBER TEXT OPTION... - the kernel refuses an attribute with this error
refused()
{
	STUB_ERROR=$1 STUB_REFUSED=${*: -1} stubbed workload set web "${@:3}"
	check "$3, error $1: exit code 1" test "$code" -eq 1
	check 'one line' one_error_line
	says "$2"
}

# E2BIG and ENAMETOOLONG.
refused 7 'a graph has at most 16 tiers; leave some limits out' --limits dram=1G
refused 7 'a workload has at most 8 providers; leave some out' --providers accessed
refused 36 'has at most 4094 characters; use a cgroup nearer to the root' --cgroup /web

STUB_ENDED=813 STUB_REFUSED=1 stubbed workload set web --pids 5 --samples 9 --plan-only
check 'set refused, and a process has ended: exit code 1' test "$code" -eq 1
check 'one line' one_error_line
holds workloads/web/pids 812
holds workloads/web/samples 5

refuse live ENXIO
STUB_REFUSED=0 stubbed workload set web --plan-only --start
check 'set, and undoing it refused: exit code 1' test "$code" -eq 1
says "workload 'web': cannot start: no graph is committed"
says "workload 'web': undoing the changes failed in part; see 'hmtctl list'"

# An attribute that cannot be read back cannot be undone. Nothing is written.
demo_root
printf '%0200000d' 0 >"$config/workloads/web/dry_run"
gives 1 'set, an attribute cannot be read' workload set web --pids 5 --plan-only
says "workload 'web': dry_run '1'"
holds workloads/web/pids '812 813'

demo_root
refuse live ENXIO
gives 1 'set, start refused' workload set web --samples 9 --add-pid 5 --start
says "workload 'web': cannot start: no graph is committed"
holds workloads/web/samples 5
holds workloads/web/pids '812 813'
gives 1 'start without a graph' workload start web
says "workload 'web': cannot start: no graph is committed; run 'hmtctl commit'"
mv "$config/tiers" "$scratch/tiers"
mkdir "$config/tiers"
gives 1 'start without tiers' workload start web
says "workload 'web': cannot start: there are no tiers; run 'hmtctl setup'"
rmdir "$config/tiers"
mv "$scratch/tiers" "$config/tiers"
# It takes other words than 1.
refuse live EINVAL-1
gives 1 'start without processes' workload start web
says "workload 'web': cannot start: it has no processes; run 'hmtctl workload set web --add-pid PID --start'"
refuse live ENOENT
gives 1 'start with an unknown provider' workload start web
says "workload 'web': cannot start: providers 'accessed:1 counter:4': no such provider"
put "$config/workloads/web" limits 'dram=1G gone=2G'
gives 1 'start with an unknown tier' workload start web
says "workload 'web': cannot start: limits 'gone': no such tier in the live graph"
put "$config/workloads/web" limits 'dram=1G' protect 'dram=1G gone=2G'
gives 1 'start with an unknown tier' workload start web
says "workload 'web': cannot start: protect 'gone': no such tier in the live graph"
refuse live ENOSPC
gives 1 'any other error' workload stop web
says "workload 'web': cannot stop: No space left on device"
refuse cgroup ENOTDIR
gives 1 'file' workload set web --cgroup /db/cgroup.procs
says "workload 'web': cgroup '/db/cgroup.procs': a file, not a cgroup"
refuse cgroup EINVAL
gives 1 'malformed path' workload set web --cgroup /db/..
says "workload 'web': cgroup '/db/..': not a path of a cgroup from the root of cgroup v2"
refuse limits ENOENT
gives 1 'unknown tier in limits' workload set web --limits nosuch=1G
says 'no such tier in the live graph'
refuse protect ENOENT
gives 1 'unknown tier in protect' workload set web --protect nosuch=1G
says 'no such tier in the live graph'
refuse pids EINVAL
gives 1 'a kernel thread' workload set web --pids '2 3'
says "workload 'web': pids '2 3': not user processes"

# Creation is all or nothing: mkdir is followed by a refusal.
gives 1 'create with too long a list' workload create new \
	--pids "$(seq -s ' ' 10000 11000)"
absent workloads/new

# Names.
for bad in '' . .. a/b '*' $'\t'; do
	for command in create set start stop remove; do
		gives 2 "$command of '$bad'" \
			workload "$command" -- "$bad"
	done
done

plan
