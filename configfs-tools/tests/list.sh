# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl list": classes, names, JSON, units, tables, DOT.
. "$(dirname "$0")/lib.sh"

# json TEXT FILTER: a filter of the array of one class, or of all classes
json()
{
	check "$1" jq -e "if .schema == 1 then del(.schema) else error end |
		if length == 1 then .[] else . end | $2" "$scratch/out"
}

demo_root
unset=$(cd "$config" && find . | sort | sha256sum)

gives 0 'list everything' list
json 'three classes without a choice' \
	'keys == ["memories", "tiers", "workloads"]'
json 'all memories' '.memories | map(.name) ==
	["node0", "node1", "node2", "sim0"]'
json 'all tiers' '.tiers | map(.name) == ["cxl", "dram", "pmem"]'
json 'all workloads' '.workloads | map(.name) == ["db", "web"]'

gives 0 'list memories' list -M
check 'an object with one array' jq -e 'keys == ["memories", "schema"] and
	(.memories | length) == 4' "$scratch/out"
cp "$scratch/out" "$scratch/plain"
gives 0 'the same with --json' list -M --json
check 'is the same' cmp "$scratch/plain" "$scratch/out"
json 'raw numbers' '.[0] | .size == 8589934592 and .available == 2362232012
	and .read_latency == 80 and .write_bandwidth == 204800'
json 'a UID above 31 bits' '.[3].uid == 2147483649'
json 'a negative node' '.[3].numa_node == -1'
json 'targets in order' '.[0].demotes_to == ["node1", "node2"]'
json 'no target is an empty list' '.[2].demotes_to == []'

put "$class/node2" origin nvdimm dax_device dax0.0 dax_region namespace0.0 \
	movable 0 unmovable_permille 125
gives 0 'list a dax memory' list -M node2
json 'what it is' '.[0] | .origin == "nvdimm" and .dax_device == ["dax0.0"]
	and .dax_region == ["namespace0.0"] and .movable == false
	and .unmovable_permille == 125'
gives 0 'the same as a table' list --table -M node2
check 'has device and share' grep -qE ' dax0\.0 +125 +-$' "$scratch/out"
gives 0 'list memories, long option' list --memories node1 sim0
json 'names choose' 'map(.name) == ["node1", "sim0"]'

gives 0 'list tiers' list --tiers dram
json 'a tier' '. == [{ name: "dram", memories: ["node0"], weights: [], low_watermark: 20,
	high_watermark: 40, demotes_to: ["cxl", "pmem"] }]'

gives 0 'list workloads' list --workloads db
json 'a workload' '. == [{ name: "db", live: true, pids: [812, 813],
	cgroup: "/db/main", providers: { accessed: 1, counter: 4 },
	scan_interval_ms: 1000, scan_interval_min_ms: 0,
	scan_interval_max_ms: 8000, samples: 5, promote_mib_per_s: 1024,
	demote_mib_per_s: "max", limits: { dram: 2147483648 },
	protect: { dram: 1073741824 }, dry_run: false,
	promote_in_fault: false, spread_load: true }]'

# The same below tier and workload.
same_as()
{
	cp "$scratch/out" "$scratch/want"
	gives 0 "$*" "$@"
	check "$* prints the same" cmp "$scratch/want" "$scratch/out"
}

hmt list --tiers
same_as tier list
hmt list --tiers dram
same_as tier show dram
hmt list --workloads --human db
same_as workload show -u db
hmt list --workloads --table
same_as workload list --table
gives 2 'show without a name' tier show
gives 3 'show of a name that is not there' workload show nosuch
gives 3 'show of a name of another class' workload show dram
hmt tier list --json --table
check 'list in two forms: exit code 2' test "$code" -eq 2

gives 0 'list edges' list --edges
json 'all edges' 'length == 4'
json 'demotion has an order' '.[1] | .from == "node0" and .to == "node2" and
	.direction == "demote" and .order == 1 and .moved == 0'
json 'promotion has none' '.[3] | .from == "node1" and .to == "node0" and
	.direction == "promote" and (has("order") | not) and .moved == 12000'
json 'edge counters' '.[0] | .bytes == 32768000 and .ns == 51000000 and
	.failed_pinned == 2 and .failed_busy == 1 and .failed_nomem == 0 and
	.failed_raced == 4'
gives 0 'edges of a memory' list -E node2
json 'edges to it' 'map(.from) == ["node0", "node1"]'

gives 0 'list with units' list -u -M node0
json 'sizes, times and rates' '.[0] | .size == "8 GiB" and
	.available == "2.20 GiB" and .read_latency == "80 ns" and
	.read_bandwidth == "204.80 GB/s"'
gives 0 'unknown rate' list --human -M node2
json 'says unknown' '.[0].read_bandwidth == "unknown"'
gives 0 'limits with units' list -u -W db
json 'limit' '.[0].limits.dram == "2 GiB"'

gives 0 'tables' list --table -MTWE
check 'a table each' test "$(grep -c '^$' "$scratch/out")" -eq 3
prints 'TIER  MEMORIES  LOW  HIGH  DEMOTES-TO'
prints 'dram  node0      20    40  cxl pmem'
# shellcheck disable=SC2016 # fields of awk
check 'columns are aligned' awk '/^MEMORY/ { at = index($0, "DEMOTES-TO") }
	/^node0 .*GB/ { exit substr($0, at) != "node1 node2" }' "$scratch/out"
check 'no blanks at line ends' test -z "$(grep ' $' "$scratch/out")"

put "$config/workloads/db" pids "$(seq -s ' ' 1000 1500)"
put "$config/workloads/web" cgroup "/$(printf 'ü%.0s' {1..60})/end"
gives 0 'long cells' list --table -W
prints ' 1499 1500'
# On a terminal of 120 columns, cells are cut, and characters are whole.
cat >"$scratch/terminal.py" <<'END'
import fcntl, os, pty, struct, sys, termios

pid, fd = pty.fork()
if not pid:
    os.environ["LC_ALL"] = "C.UTF-8"
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 25, 120, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
text = b""
try:
    while True:
        text += os.read(fd, 4096)
except OSError:
    os.waitpid(pid, 0)
sys.stdout.write(text.decode().replace("\r", ""))
sys.exit(not text or any(len(line) > 120 for line in text.decode().split("\r\n")))
END
check 'are cut on a terminal' python3 "$scratch/terminal.py" "$HMTCTL" \
	list --table -W
put "$config/workloads/web" cgroup $'/x\xc2\x9b31m\e[31m'
gives 0 'controls in an attribute' list -W web
json 'are those of the name, unless C1' '.[0].cgroup == "/x??31m\u001b[31m"'
check 'and masked on a terminal' test -z "$(tr -d '[:print:]\n' <"$scratch/out")"
gives 0 'controls in a table' list -W web --table
check 'and masked in a table' test -z "$(tr -d '[:print:]\n' <"$scratch/out")"

gives 0 'graph' list --dot
cp "$scratch/out" "$scratch/graph"
check 'Graphviz takes it' dot -Tsvg -o "$scratch/svg" "$scratch/graph"
check 'tiers are boxes, and one has the memories that are in none' test \
	"$(grep -c 'class="cluster"' "$scratch/svg")" -eq 4
prints 'label="in no tier"; style="rounded,dashed";'
check 'memories are nodes' test "$(grep -c 'class="node"' "$scratch/svg")" -eq 4
check 'edges' test "$(grep -c 'class="edge"' "$scratch/svg")" -eq 4
prints '"node0" -> "node2" [color="#0072b2", label="#1, demoted 0"];'
prints 'node0" [label="\N\ndram 8 GiB, 2.20 GiB free\nread 80 ns, write 80 ns"];'

put "$class/node2" tier 'a"b\c'
gives 0 'graph with quotes in a name' list --dot
check 'Graphviz takes that' dot -Tsvg -o "$scratch/svg" "$scratch/out"
gives 2 'graph of some' list --dot node0
gives 2 'graph as a table' list --dot --table
hmt list --dot --json
check 'graph as JSON: exit code 2' test "$code" -eq 2
hmt list --json nosuch
check 'an error as JSON: exit code 3' test "$code" -eq 3
check 'has the same text' jq -e ". == { schema: 1, status: 3,
	message: \"'nosuch': nothing listed has this name (see 'hmtctl list')\" }" \
	"$scratch/err"
hmt list --json $'a"b\\c\x01\xc2\x9b'
check 'an error with quotes and controls is JSON' jq -e '.message |
	startswith("\u0027a\"b\\c???\u0027: ")' "$scratch/err"

gives 3 'unknown name' list nosuch
says "'nosuch': nothing listed has this name"
gives 3 'name of another class' list -T node0
gives 3 'one known name' list -M node0 nosuch
json 'the known one is listed' 'map(.name) == ["node0"]'

check 'listing changes nothing' test "$unset" = \
	"$(cd "$config" && find . | sort | sha256sum)"

# Things that are missing or in the way.
rm "$config/tiers/dram/low_watermark" "$class/node0/size"
gives 0 'attributes that are gone' list
json 'are left out' '(.tiers[1] | has("low_watermark") | not) and
	(.memories[0] | has("size") | not)'
mkdir "$config/tiers/dram/low_watermark"
gives 1 'an attribute that cannot be read' list -T
says "tier 'dram': reading low_watermark: Is a directory"
json 'the rest is listed' 'map(.name) == ["cxl", "dram", "pmem"]'
mkdir "$class/node0/size"
gives 1 'the same in sysfs' list -M
says "memory 'node0': reading size"

rm -r "$config/tiers/dram/low_watermark" "$class/node0/size"
put "$config/tiers/dram" low_watermark "$(printf %09000d 0)"
gives 1 'an attribute of 9000 bytes' list -T
says "tier 'dram': reading low_watermark: File too large"
rm "$config/tiers/dram/low_watermark"
rm -r "$config/tiers/dram/demotion" "$class/node0/edges"
gives 0 'tier without links, memory without counters' list -TE dram node0
json 'edges without counters' '.edges[0] | .order == 0 and
	(has("moved") | not)'

for i in 10 9 11; do
	memory "node$i" $i dram 1 1 none '' 1 1 driver $i
done
gives 0 'many nodes' list -M
json 'in the order of their numbers' 'map(.name)[2:6] ==
	["node2", "node9", "node10", "node11"]'

bare_root
gives 0 'nothing configured' list
json 'empty lists' '.tiers == [] and .workloads == []'
gives 0 'nothing configured, table' list --table -T
gives 0 'nothing configured, graph' list --dot
check 'Graphviz takes it' dot -Tsvg -o "$scratch/svg" "$scratch/out"

plan
