# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl save" and "hmtctl restore".
. "$(dirname "$0")/lib.sh"

full_root()
{
	demo_root
	machine
}

unchanged()
{
	state >"$scratch/after"
	check "$1: nothing is changed" diff "$scratch/before" "$scratch/after"
}

file=$scratch/saved

full_root
chmod a-w "$config/workloads/db/demote_mib_per_s"
gives 0 'save' save "$file"
check 'save is silent' test ! -s "$scratch/out"
check 'a file that others may read' test "$(stat -c %a "$file")" = 644
cp "$file" "$scratch/out"
json 'the format' '.hmt == 1 and (keys == ["hmt", "memories", "providers",
	"tiers", "workloads"])'
json 'a tier' '.tiers.dram == { memories: "node0", weights: "", low_watermark: "20",
	high_watermark: "40", demotion: { "0": "cxl", "1": "pmem" } }'
json 'a workload' '.workloads.db.limits == "dram=2G" and
	.workloads.db.protect == "dram=1G" and
	.workloads.db.live == "1" and .workloads.web.live == "0"'
json 'no counters' '.workloads.db | has("state") or has("stats") | not'
json 'not what cannot be set' '.workloads.db | has("demote_mib_per_s") | not'
json 'no pids' '.workloads.db | has("pids") or has("started") | not'
json 'providers' '.providers == { accessed: { flush: "1" },
	counter: { threshold: "16" } }'
gives 0 'save to standard output' save -
check 'the same' cmp "$file" "$scratch/out"
gives 0 'save the tiers' save -T -
json 'nothing else' 'keys == ["hmt", "memories", "tiers"]'

full_root
gives 0 'save with pids' save --pids "$file"
state >"$scratch/before"
gives 0 'restore what is' restore "$file"
unchanged 'restore what is'
holds commit 1

# From anything else to the same.
ln -sfn ../../pmem "$config/tiers/dram/demotion/0"
rm "$config/tiers/dram/demotion/1" "$config/tiers/cxl/demotion/0"
put "$config/tiers/cxl" memories 'node1 sim0' low_watermark 7
rm -r "$config/workloads/web"
put "$config/workloads/db" live 0 samples 9
put "$config/providers/accessed" flush 0
gives 0 'another tier' tier create more --memories sim0 --demote-to dram
gives 0 'another workload' workload create more
rm "$config/commit"
gives 0 'restore' restore "$file"
unchanged 'restore'
holds commit 1
gives 0 'save what was restored' save --pids -
check 'the round trip is identical' cmp "$file" "$scratch/out"

bare_root
# A workload waits for its cgroup.
machine
gives 0 'restore into nothing' restore "$file"
gives 0 'save' save --pids -
check 'the round trip is identical' cmp "$file" "$scratch/out"

# Names of cgroups come back as they are, with all but line ends.
full_root
name=$'/ends in \t tab\001, \033[1m "quoted" '
put "$config/workloads/web" cgroup "$name"
gives 0 'save the name of a cgroup' save "$file"
gives 0 'list it' list -W web
check 'it is listed as it is' test "$(jq -r '.workloads[0].cgroup' "$scratch/out"; echo .)" = "$name
."
put "$config/workloads/web" cgroup /other
gives 0 'a change of it' restore "$file" --dry-run
check 'it is masked for a terminal' grep -qF "$(tr '\t\001\033' '???' <<<"$name")" "$scratch/out"
gives 0 'restore it' restore "$file"
check 'it is restored as it is' test "$(cat "$config/workloads/web/cgroup"; echo .)" = "$name
."

# Orders of links are kept as they are.
full_root
rm "$config/tiers/dram/demotion/"*
ln -s ../../pmem "$config/tiers/dram/demotion/10"
ln -s ../../cxl "$config/tiers/dram/demotion/9"
gives 0 'save orders' save "$file"
rm "$config/tiers/dram/demotion/"*
gives 0 'restore orders' restore "$file"
check 'numbers' test "$(cd "$config/tiers/dram/demotion" && echo *)" = '10 9'
"$HMTCTL" restore - <"$file" >"$scratch/out" 2>"$scratch/err"
check 'from standard input' test $? -eq 0

# Classes that a file does not have are left alone.
full_root
state >"$scratch/before"
echo '{ "hmt": 1, "tiers": { "one": { "memories": "sim0" } } }' >"$file"
gives 0 'restore tiers only' restore "$file"
check 'one tier' test "$(ls "$config/tiers")" = one
holds workloads/db/live 1
holds providers/accessed/flush 1
echo '{ "hmt": 1 }' >"$file"
gives 0 'restore nothing' restore "$file"
check 'still one tier' test "$(ls "$config/tiers")" = one

# Every object that the machine lacks is named, and nothing is changed.
full_root
gives 0 'save' save --pids "$file"
put "$config/tiers/dram" low_watermark 11
state >"$scratch/before"
mv "$class/node2" "$scratch/node2"
mv "$HMT_ROOT/proc/813" "$scratch/813"
mv "$config/providers/counter" "$scratch/counter"
state >"$scratch/before"
gives 3 'things are missing' restore "$file"
says "nothing is changed, because this machine lacks memory 'node2' (tier 'pmem') [pmem, 64 GiB], "
says "memory 'node2' (tier 'pmem')"
says "process 813 (workload 'db')"
says "provider 'counter' (workload 'db')"
says "provider 'counter', "
unchanged 'things are missing'
mv "$scratch/813" "$HMT_ROOT/proc/813"
gives 3 'a memory and a provider are missing' restore "$file"
mv "$scratch/counter" "$config/providers/counter"
# hmt.service succeeds then.
gives 7 'only a memory is missing' restore "$file"
gives 7 'only a memory is missing, dry run' restore "$file" --dry-run
mv "$scratch/node2" "$class/node2"
mv "$config/providers/counter" "$scratch/counter"
gives 3 'only a provider is missing' restore "$file"
mv "$scratch/counter" "$config/providers/counter"
check 'units succeed without memories only' test "$(grep -lx 'SuccessExitStatus=7' \
	"$top"/boot/*.service.in | wc -l)" -eq 2
gives 0 'they are back' restore "$file"
holds tiers/dram/low_watermark 20

# A restore that the kernel refuses is undone.
full_root
gives 0 'save' save --pids "$file"
put "$config/tiers/dram" low_watermark 11
rm -r "$config/tiers/cxl/demotion" "$config/workloads/web"
gives 0 'another tier' tier create more --memories sim0 --demote-to dram
gives 0 'another workload' workload create more
mkdir -p "$config/tiers/cxl/demotion"
ln -s ../../pmem "$config/tiers/cxl/demotion/4"
state >"$scratch/before"

# obstruct FILE MESSAGE: a directory in the place of an attribute
obstruct()
{
	local old

	old=$(cat "$config/$1")
	rm "$config/$1"
	mkdir "$config/$1"
	state >"$scratch/before"
	gives 1 "$1 cannot be written" restore "$file"
	says "$2: Is a directory"
	unchanged "$1 cannot be written"
	rmdir "$config/$1"
	echo "$old" >"$config/$1"
}

obstruct tiers/dram/high_watermark "tier 'dram': high_watermark '40'"
obstruct tiers/pmem/memories "tier 'pmem': memories 'node2'"
obstruct providers/accessed/flush "provider 'accessed': flush '1'"
put "$config/workloads/db" samples 9
obstruct workloads/db/cgroup "workload 'db': cgroup '/db/main'"

rm "$config/commit"
ln -s /dev/full "$config/commit"
put "$config" status "generation 7, refused: tier 'cxl': cycle cxl -> cxl"
state >"$scratch/before"
gives 1 'commit refused' restore "$file"
says "commit refused: tier 'cxl': cycle cxl -> cxl"
unchanged 'commit refused'
rm "$config/commit"

jq '.workloads.db.scan_interval_ms = "17" | .workloads.db["n/a"] = "1"' \
	"$file" >"$scratch/bad"
state >"$scratch/before"
gives 2 'an attribute that is none' restore "$scratch/bad"
says "workloads db n/a: not the name of an attribute"
unchanged 'an attribute that is none'

# A directory where an attribute shall be written.
jq '.workloads.db.scan_interval_ms = "17" | .workloads.zz.stats = "1"
	| .workloads.zz.pids = ""' "$file" >"$scratch/bad"
mkdir -p "$config/workloads/zz/stats"
state >"$scratch/before"
gives 1 'a write that fails' restore "$scratch/bad"
says "workload 'zz': stats '1': Is a directory"
unchanged 'a write that fails'

# Files that are no configuration.
gives 3 'no file' restore "$scratch/nosuch"
gives 1 'a directory' restore "$scratch"
gives 2 'save without a file' save
gives 2 'restore without a file' restore
gives 1 'save to nowhere' save "$scratch/nosuch/file"
ln -s /dev/full "$scratch/full"
gives 1 'a file in no directory' save /proc/nosuch
head -c 5000000 /dev/zero | tr '\0' ' ' >"$scratch/bad"
gives 1 'a file too large' restore "$scratch/bad"

full_root
put "$config/tiers/dram" low_watermark 11
state >"$scratch/before"

# refused TEXT FILTER...: the saved file, changed by jq, is refused
refused()
{
	jq "$2" "$file" >"$scratch/bad"
	gives 2 "$1" restore "$scratch/bad"
	says "$1"
	unchanged "$1"
}

refused 'file: not an object' '[.]'
refused 'no "hmt": 1' '.hmt = 2'
refused 'no "hmt": 1' 'del(.hmt)'
refused 'no "hmt": 1' '.hmt = "1"'
refused 'promote_mbps: is called promote_mib_per_s now' \
	'.workloads.db.promote_mbps = "1024"'
refused 'demote_mbps: is called demote_mib_per_s now' \
	'.workloads.web.demote_mbps = "max"'
refused 'policies: not memories, tiers, providers or workloads' '.policies = {}'
refused 'tiers: not an object' '.tiers = []'
refused 'tiers dram: not an object' '.tiers.dram = "node0"'
refused 'tiers ../x: not a name' '.tiers["../x"] = {}'
refused 'tiers ..: not a name' '.tiers[".."] = {}'
refused 'not a text that an attribute can hold' '.tiers.dram.low_watermark = 20'
refused 'not a text that an attribute can hold' \
	'.tiers.dram.low_watermark = "2\u001b"'
refused 'not a text that an attribute can hold' \
	'.tiers.dram.memories = "node0 " * 1000'
refused 'not a text that an attribute can hold' '.workloads.db.cgroup = "/a\nb"'
refused 'not a text that an attribute can hold' '.workloads.db.cgroup = "/a\u0000b"'
refused 'tiers dram ../x: not the name' '.tiers.dram["../x"] = "1"'
refused 'demotion: not an object' '.tiers.dram.demotion = ["cxl"]'
refused 'is not a tier of the file' '.tiers.dram.demotion["0"] = "nosuch"'
refused 'is not a tier of the file' '.tiers.dram.demotion["0"] = null'
refused 'not a number below 16' '.tiers.dram.demotion["16"] = "cxl"'
refused 'not a number below 16' '.tiers.dram.demotion["../0"] = "cxl"'
refused 'cannot demote to itself' '.tiers.dram.demotion["5"] = "dram"'
refused 'two demotion links lead to one tier' '.tiers.dram.demotion["5"] = "cxl"'
refused 'more than 16 tiers' '.tiers += ([range(14) | { ("t\(.)"): {} }] | add)'

# Text that json-c would accept, with another meaning than the file's.
# refused_text TEXT WHY: a file of that text
refused_text()
{
	printf '%b' "$1" >"$scratch/bad"
	gives 2 "$2" restore "$scratch/bad"
	says "$2"
	unchanged "$2"
}

refused_text '{"hmt":1}\0x' 'not JSON: it contains a NUL'
refused_text '{"hmt":1}\0' 'not JSON: it contains a NUL'
refused_text '{"hmt":"\xff"}' 'not JSON: it contains bytes that are not UTF-8'
for control in '\001' '\t' '\n' '\037'; do
	refused_text '{"hmt":1,"workloads":{"a":{"cgroup":"/'"$control"'b"}}}' \
		'a string contains a control character'
done
refused_text '{"hmt":1,"tiers":{},"hmt":1}' "an object has the key 'hmt' twice"
refused_text '{"hmt":1,"tiers":{"a":{"memories":"node0"},"b":{},"a":{}}}' \
	"an object has the key 'a' twice"
refused_text '{"hmt":1,"tiers":{"a":{},"\\u0061" : {}}}' \
	"an object has the key 'a' twice"
refused_text '{"hmt":1,"tiers":{"a":{"memories":"\\"","memories":"x"}}}' \
	"an object has the key 'memories' twice"
printf '{"hmt":1,"providers":{"accessed":{"flush":"1"},"counter":{"threshold":"1"}}}' \
	>"$scratch/good"
gives 0 'one key in two objects, a value like a key' restore "$scratch/good"
put "$config/providers/counter" threshold 16

# Fuzz: cut anywhere, and with a byte changed, it is refused or it is valid.
size=$(stat -c %s "$file")
broken=0
for cut in $(seq 0 37 $((size - 3))); do
	head -c "$cut" "$file" >"$scratch/bad"
	hmt restore "$scratch/bad"
	[ "$code" -eq 2 ] && one_error_line || broken=$((broken + 1))
done
check 'cut anywhere it is refused' test "$broken" -eq 0
unchanged 'cut anywhere'
RANDOM=7
for _ in $(seq 60); do
	cp "$file" "$scratch/bad"
	# shellcheck disable=SC2059 # an octal escape
	printf "\\$(printf '%03o' $((RANDOM % 256)))" |
		dd of="$scratch/bad" bs=1 seek=$((RANDOM % size)) conv=notrunc 2>/dev/null
	hmt restore "$scratch/bad"
	case $code in
	0)
		jq -e . "$scratch/bad" >"$scratch/out" 2>&1 ||
			broken=$((broken + 1))
		hmt restore "$file"
		put "$config/tiers/dram" low_watermark 11
		;;
	1 | 2 | 3 | 7) one_error_line || broken=$((broken + 1)) ;;
	*) broken=$((broken + 1)) ;;
	esac
done
check 'with a byte changed it is refused or valid' test "$broken" -eq 0

empty_root
gives 4 'save, not loaded' save -
echo '{ "hmt": 1 }' >"$file"
gives 4 'restore, not loaded' restore "$file"

plan
