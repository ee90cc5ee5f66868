# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl heat" and "hmtctl replay", on traces.
. "$(dirname "$0")/lib.sh"

trace=$scratch/trace

# repeat COUNT TEXT
repeat()
{
	local text

	printf -v text '%*s' "$1" ''
	echo -n "${text// /$2}"
}

# chunk SECONDS PID ADDR HEAT PLACE: as trace_pipe has it
chunk()
{
	echo " hmt/db-77      [001] .....   $1: hmt_heat: workload=${workload:-db} pid=$2 addr=$3 heat=$4 place=$5"
}

# tiers SECONDS FREE: a fast tier of 8 pages and a slow one
tiers()
{
	local text="hmt/db-77 [001] ..... $1: hmt_tier: workload=${workload:-db}"

	echo "$text tier=dram index=0 tiers=2 capacity=8 free=$2 low=0 high=0 limit=9223372036854775807 promote=${promote:-100} demote=100 targets=01"
	echo "$text tier=cxl index=1 tiers=2 capacity=800 free=700 low=0 high=0 limit=9223372036854775807 promote=${promote:-100} demote=100 targets="
}

# Four cold pages in dram, which is full, four hot ones below it, and others
# that cannot move; a process that is another.
pass()
{
	chunk "$1" 812 0x7f0000000000 "" 0000
	chunk "$1" 812 0x7f0000200000 "$(repeat 4 ff)0000" 1111-.
	chunk "$1" 813 0x7f0000200000 "c8c8" 11
	tiers "$1" 0
}

{
	pass 10.5
	pass 11.5
} >"$trace"

gives 0 'heat' heat 812 --from "$trace" --passes 1
prints '0x7f0000000000      4     0     0    0      -        -  dram'
prints '0x7f0000200000      5     4   204  255      -        -  cxl'
check 'one pass' test "$(grep -c ADDRESS "$scratch/out")" -eq 1
gives 0 'all passes' heat 812 --from "$trace"
check 'two passes' test "$(grep -c ADDRESS "$scratch/out")" -eq 2
gives 0 'JSON' heat 812 --from "$trace" --json
check 'a line a pass' test "$(wc -l <"$scratch/out")" -eq 2
check 'with each page' jq -es '.[1] | .schema == 1 and .workload == "db" and .pid == 812 and
	.seconds == 11.5 and .ranges[1].heat == [255,255,255,255,0,0] and
	.ranges[1].tier == "cxl"' "$scratch/out"
gives 0 'a map' heat 812 --from "$trace" --map
check 'is a line a pass' test "$(grep -cxE ' +[01]\.0: \.#' "$scratch/out")" -eq 2
gives 0 'SVG' heat 812 --from "$trace" --svg
check 'has four cells' test "$(grep -c '<title>' "$scratch/out")" -eq 4
check 'of an address, a time and a heat each' grep -qF \
	'<title>0x7f0000200000, 1.0 s: heat 204</title>' "$scratch/out"
check 'the hotter the redder' test "$(grep -c 'fill="#ffff' "$scratch/out")" \
	-lt "$(grep -c 'fill="#ff' "$scratch/out")"
check 'has axes' grep -qF '>0x7f0000000000</text>' "$scratch/out"
check 'is XML' python3 -c 'import sys, xml.dom.minidom as dom
dom.parse(sys.argv[1])' "$scratch/out"
prints '</svg>'
gives 0 'recording' heat 813 --from "$trace" --record "$scratch/copy"
gives 0 'what was recorded' heat 812 --from "$scratch/copy" --json
check 'is the same' test "$(wc -l <"$scratch/out")" -eq 2

# clean SECONDS BITS: a chunk of three pages and a hole
clean()
{
	echo " hmt/db-77 [001] ..... $1: hmt_heat: workload=db pid=812 addr=0x7f0000000000 heat= place=000. clean=00000000,0000000$2"
	tiers "$1" 0
}
{
	clean 1.0 7
	clean 2.0 1
	clean 3.0 6
} >"$scratch/clean"
gives 0 'what is clean' heat 812 --from "$scratch/clean" --json
check 'and was written' jq -es '[.[].ranges[0].clean] == [3, 1, 2] and
	[.[].ranges[0].written] == [null, 2, 1]' "$scratch/out"
gives 0 'the same as a table' heat 812 --from "$scratch/clean"
prints 'CLEAN  WRITTEN  TIER'
check 'has no number for the first pass' grep -q ' 3        -  dram$' "$scratch/out"
gives 0 'an older trace' heat 812 --from "$trace" --json
check 'does not tell' jq -es 'all(.[].ranges[]; has("clean") or has("written") | not)' \
	"$scratch/out"

# A hole with heat, as recorded of a page that is gone, counts nothing.
{
	chunk 1.0 812 0x7f0000000000 ff10 .0
	tiers 1.0 0
} >"$scratch/hole"
gives 0 'a hole with heat' heat 812 --from "$scratch/hole"
prints '0x7f0000000000      1     1    16   16 '
gives 0 'a map of it' heat 812 --from "$scratch/hole" --map
check 'is a line of shades' grep -qx ' *0\.0: \.' "$scratch/out"
gives 0 'an image of it' heat 812 --from "$scratch/hole" --svg
prints ': heat 16</title>'

# A recording replaces an older one when it has a pass, and nothing before.
echo precious >"$scratch/kept"
chmod 640 "$scratch/kept"
gives 3 'recording of a process that is not there' heat 99 --from "$trace" \
	--record "$scratch/kept"
gives 1 'recording of a file that is not there' heat 812 --from "$scratch/nosuch" \
	--record "$scratch/kept"
check 'older recording is as it was' grep -qx precious "$scratch/kept"
check 'no other file is left' test "$(find "$scratch" -name 'kept*' | wc -l)" -eq 1
ln -s kept "$scratch/link"
gives 0 'recording through a link' heat 812 --from "$trace" --record "$scratch/link"
check 'leaves the link' test -L "$scratch/link"
check 'replaces the file' cmp "$scratch/kept" "$scratch/copy"
check 'with its mode' test "$(stat -c %a "$scratch/kept")" = 640
cp "$trace" "$scratch/both"
ln "$scratch/both" "$scratch/hard"
gives 2 'recording of a recording into itself' heat 812 --from "$scratch/both" \
	--record "$scratch/hard"
says 'a recording cannot be read and written at once'
check 'recording is as it was' cmp "$trace" "$scratch/both"
ln -s "$scratch/nosuch" "$scratch/dangling"
gives 1 'recording into a link to nowhere' heat 812 --from "$trace" \
	--record "$scratch/dangling"
says "dangling': a link that leads to no file; create the file first, or name it"
check 'the link stays' test -L "$scratch/dangling"
mkfifo "$scratch/fifo"
cat "$scratch/fifo" >"$scratch/piped" &
gives 0 'recording into a FIFO' heat 812 --from "$trace" --record "$scratch/fifo"
wait
check 'is written to it' cmp "$scratch/piped" "$scratch/copy"
check 'and it stays' test -p "$scratch/fifo"
"$HMTCTL" heat 812 --from "$trace" --record /dev/stdout --svg >"$scratch/out"
check 'recording on standard output' grep -q '^hmt_trace: version=2$' "$scratch/out"
gives 1 'recording on a full disk' heat 812 --from "$trace" --record /dev/full
says '/dev/full: No space left on device'

# Events that the kernel lost, as trace_pipe has it.
{
	pass 1.0
	echo 'CPU:1 [LOST 12 EVENTS]'
	echo 'CPU:0 [LOST EVENTS]'
	pass 2.0
} >"$scratch/lossy"
hmt heat 812 --from "$scratch/lossy" --json --record "$scratch/lost"
check 'lost events: exit code 0' test "$code" -eq 0
says 'heat: the kernel lost 13 events'
check 'are those of a pass' jq -es 'map(.lost) == [0, 13]' "$scratch/out"
hmt replay "$scratch/lost"
check 'lost events of a recording: exit code 0' test "$code" -eq 0
says 'replay: the kernel lost 13 events'

# Controls in names of a recording.
sed $'s/dram/\e[31mR\xc2\x9bD/' "$trace" >"$scratch/red"
gives 0 'a tier with controls in its name' heat 812 --from "$scratch/red"
prints '?[31mR??D'
gives 1 'a line with controls' heat 812 --from \
	<(sed $'s/addr=/x=\xc2\x9b/' "$trace")
check 'prints none' test -z "$(grep -a $'\x9b' "$scratch/err")"

gives 3 'a process that is not there' heat 99 --from "$trace"
gives 1 'no such file' heat 812 --from "$scratch/nosuch"
gives 1 'no place for a record' heat 812 --from "$trace" --record /nosuch/x
gives 2 'no process' heat db --from "$trace"
gives 2 'two forms' heat 812 --from "$trace" --map --svg
gives 2 'no passes' heat 812 --from "$trace" --passes 0
gives 2 'no time' heat 812 --timeout 0
for size in x 1K 65G; do
	gives 2 "--buffer $size" heat 812 --buffer "$size"
done
empty_root
echo precious >"$scratch/kept"
gives 1 'no tracefs' heat 812 --record "$scratch/kept"
says 'mount tracefs'
check 'recording is as it was, without tracefs' grep -qx precious "$scratch/kept"

# Instances of processes that were killed; a lock shows that one lives.
instances=$HMT_ROOT/sys/kernel/tracing/instances
mkdir -p "$instances/hmtctl.1" "$instances/hmtctl.2" "$instances/other"
exec 9<"$instances/hmtctl.2"
flock 9
gives 1 'no events in tracefs' heat 812 --passes 1
says '/sys/kernel/tracing/.../buffer_size_kb: '
check 'instances of the dead are removed' test "$(echo "$instances"/*)" = \
	"$instances/hmtctl.2 $instances/other"
exec 9<&-

# Heat that is known now, without a pass.
gives 3 'heat of a process that is not there' heat 812
says 'process 812: no such process'
demo_root
put "$HMT_ROOT/proc/812" smaps '400000-402000 r-xp 00000000 00:00 0
Rss:                   8 kB
7f0000000000-7f0000200000 rw-p 00000000 00:00 0
Rss:                   0 kB
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
Rss:                   4 kB'
gives 4 'heat without a device' heat 812
says '/dev/hmt: does not exist, although HMT is loaded'
put "$HMT_ROOT/dev" hmt ''
for option in --map --svg; do
	gives 1 "heat of a file, $option" heat 812 $option
	says 'process 812: '
done
check 'no trace instance is needed' test ! -e "$HMT_ROOT/sys/kernel/tracing"
gives 1 'heat of the next pass' heat 812 --timeout 1
says 'mount tracefs'
empty_root
put "$HMT_ROOT/proc/812" smaps ''
gives 4 'heat without HMT' heat 812
says 'HMT is not loaded'

# json TEXT FILTER: a filter of the policies of a replay
json()
{
	check "$1" jq -e "if .schema == 1 then .policies else error end | $2" \
		"$scratch/out"
}

gives 0 'replay' replay "$trace" --json
json 'as recorded: hot pages rise in exchange, once' '. == [{ policy: "recorded",
	passes: 2, promoted: 4, demoted: 4, shares: "359 640" }]'
gives 0 'replay with other settings' replay "$trace" --policy "promote=1" --json
json 'promotes one page a pass' '.[1].promoted == 2 and .[1].demoted == 2 and
	.[0].promoted == 4'
gives 0 'replay with a limit' replay "$trace" --policy limit:dram=0 --json
json 'empties the tier' '.[1].demoted == 4 and .[1].promoted == 0'
gives 0 'replay as a table' replay "$trace" --policy "low=500 high=500 demote=0"
prints 'low=500 high=500 demote=0       2'
gives 3 'a decay, without the samples of a pass' replay "$trace" \
	--policy decay=8
says 'lacks the samples of a pass'
# Cold pages in a cold tier, of which four are seen at every sample from the
# second pass on. With a faster decay they are warm enough one pass earlier.
warming()
{
	local second

	for ((second = 1; second <= 4; second++)); do
		chunk "$second" 812 0x7f0000000000 "" 00000000
		chunk "$second" 812 0x7f0000200000 "$(repeat 4 "${heats[second]}")" 1111
		tiers "$second" 0 | sed 's/ targets=/ samples=2 targets=/'
	done
}
heats=([1]=00 [2]=11 [3]=21 [4]=2f)
warming >"$scratch/warming"
gives 0 'replay with a faster decay' replay "$scratch/warming" \
	--policy decay=8 --json
json 'has more heat in it, and moves no more' '.[0].promoted == 4 and
	.[1].promoted == 4 and .[0].shares != .[1].shares'
gives 0 'replay with the decay of the kernel' replay "$scratch/warming" \
	--policy decay=32 --json
json 'changes nothing' '.[0] + { policy: "" } == .[1] + { policy: "" }'
gives 3 'a limit for a tier that is not there' replay "$trace" \
	--policy limit:hbm=1G
says "replay: limit:hbm: the trace has no such tier, but "
for bad in x low=1000 low=x promote= limit:dram limit:=1 limit:dram=x decay=1 \
	decay=129 decay=x; do
	gives 2 "--policy $bad" replay "$trace" --policy "$bad"
done
sed 's/low=0 high=0/low=1 high=-9223372036854775808/' "$trace" >"$scratch/low"
gives 1 'a watermark below zero' replay "$scratch/low"
says 'trace: not understood: '
gives 3 'a workload that is not there' replay "$trace" --workload web
says "' has no complete pass of workload 'web'"
gives 1 'a trace that is not there' replay "$scratch/nosuch"
says "'$scratch/nosuch': no such file; record one with 'hmtctl heat PID --record FILE'"
head -n 3 "$trace" >"$scratch/cut"
gives 3 'a trace without a whole pass' replay "$scratch/cut"
says "'$scratch/cut' has no complete pass; record more"

# decayed HEAT HITS: by one sample, as the kernel has it
decayed()
{
	echo $(($1 - ($1 + 31) / 32 + $2))
}

# Four pages in dram that a sees at every sample, worth 7 of 9 then, and four in
# cxl that b sees, worth 3. Two samples a pass; b pushes.
evidence()
{
	local a=0 b=0 second sample

	echo "hmt_trace: version=2"
	for second in 1 2 3 4 5 6 7 8; do
		for ((sample = 2 * second; sample < 2 * second + 2; sample++)); do
			a=$(decayed "$a" 7)
			b=$(decayed "$b" 3)
			echo "$second.0: hmt_hits: workload=db provider=a pid=812 addr=0x7f0000000000 sample=$sample pages=$(repeat 15 00000000,)0000000f"
			echo "$second.1: hmt_scores: workload=db provider=b pid=812 addr=0x7f0000200000 sample=$sample scores=$(repeat 4 40)$(repeat 508 00)"
		done
		chunk "$second.2" 812 0x7f0000000000 "$(repeat 4 "$(printf %02x "$a")")" 0000
		chunk "$second.2" 812 0x7f0000200000 "$(repeat 4 "$(printf %02x "$b")")" 1111
		echo "$second.3: hmt_provider: workload=db provider=a weight=3 sample=$sample"
		echo "$second.3: hmt_provider: workload=db provider=b weight=1 sample=$sample"
		tiers "$second.3" 0 | sed 's/ targets=/ samples=2 targets=/'
	done
}
evidence >"$scratch/evidence"
gives 0 'replay with evidence' replay "$scratch/evidence" --json
json 'tells what serves whom' '.[0].hits == { a: "1000 0", b: "0 1000" } and
	.[0].promoted == 0 and (.[0] | has("fused") | not)'
gives 0 'replay with the recorded weights' replay "$scratch/evidence" \
	--policy "weight:a=3 weight:b=1" --json
json 'makes the recorded heat of the evidence' '.[1].unexplained == 0 and
	.[1].fused == 64 and .[0].shares == .[1].shares and .[0].hits == .[1].hits'
gives 0 'replay with other weights' replay "$scratch/evidence" \
	--policy "weight:a=1 weight:b=99" --json
json 'moves what the other provider sees' '.[1].promoted == 4 and
	.[1].demoted == 4 and .[0].promoted == 0 and .[1].unexplained == 0'
json 'so that it is served by the fast tier' '(.[1].hits.b | split(" ")[0] |
	tonumber) > 300'
gives 0 'replay without one of them' replay "$scratch/evidence" \
	--policy weight:a=0 --json
json 'does, too' '.[1].promoted == 4'
gives 0 'replay with evidence and the decay of the kernel' \
	replay "$scratch/evidence" --policy decay=32 --json
json 'changes nothing here' '.[0].shares == .[1].shares'
gives 0 'replay with weights as a table' replay "$scratch/evidence" \
	--policy weight:b=2
prints 'recorded    a         1000 0'
check 'has a line a policy and provider' test "$(grep -c ' [ab]  ' "$scratch/out")" -eq 4
gives 0 'evidence is recorded anew' heat 812 --from "$scratch/evidence" \
	--record "$scratch/copy"
gives 0 'and read' replay "$scratch/copy" --policy weight:b=2 --json
json 'whole' '.[1].unexplained == 0 and .[1].fused == 64'
sed '/hmt_hits.*sample=7/d' "$scratch/evidence" >"$scratch/lossy"
hmt replay "$scratch/lossy" --policy weight:b=2 --json
check 'evidence that was lost is told' test "$code" -eq 0
json 'as numbers' '.[1].unexplained > 0'
says 'heats are not what the evidence makes'
sed 's/sample=8 /sample=x /; s/sample=9 /sample=8 /; s/=x /=9 /' "$scratch/evidence" \
	>"$scratch/mixed"
gives 3 'samples that are mixed up' replay "$scratch/mixed" --policy weight:b=2
says 'contradict'
sed 's/sample=10$/sample=1/' "$scratch/evidence" >"$scratch/anew"
hmt replay "$scratch/anew" --policy weight:b=2 --json
check 'a workload that begins anew' test "$code" -eq 0
gives 3 'weights without evidence' replay "$trace" --policy weight:a=2
says 'lacks evidence of providers'
sed '/hmt_provider.*sample=10$/d' "$scratch/evidence" >"$scratch/unproved"
gives 3 'a pass without evidence' replay "$scratch/unproved" --policy decay=8
says 'a pass lacks evidence of providers'
gives 3 'a provider that is not there' replay "$scratch/evidence" \
	--policy weight:c=2
says "replay: weight:c: the recorded workload does not use this provider"
gives 3 'no weight at all' replay "$scratch/evidence" \
	--policy "weight:a=0 weight:b=0"
for bad in weight:a weight:=1 weight:a=101 weight:a=x; do
	gives 2 "--policy $bad" replay "$scratch/evidence" --policy "$bad"
done
{
	echo "hmt_trace: version=3"
	cat "$trace"
} >"$scratch/new"
gives 1 'a trace of the future' replay "$scratch/new"
says 'version 3; this hmtctl reads up to 2'

# Two workloads whose lines mix.
{
	workload=web pass 10.1
	pass 10.5
} >"$scratch/two"
gives 0 'the other workload' replay "$scratch/two" --workload db
gives 0 'the first workload' replay "$scratch/two"

# Lines that are cut or lie are refused, not believed.
for bad in 'hmt_heat: workload=db pid=1 addr=0 heat=f place=1' \
	'hmt_heat: workload=db pid=1 addr=0 heat=ffff place=1' \
	'hmt_heat: workload=db pid=1 addr=0 heat= place=' \
	'hmt_heat: workload=db pid=1 addr=0 heat= place=z' \
	'hmt_heat: workload=db pid=1 heat= place=1' \
	"hmt_heat: workload=db pid=1 addr=0 heat= place=$(repeat 513 1)" \
	'hmt_tier: workload=db tier=a index=2 tiers=2 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 targets=' \
	'hmt_tier: workload=db tier=a index=0 tiers=99 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 targets=' \
	'hmt_tier: workload=db tier=a index=1 tiers=2 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 targets=00' \
	'hmt_tier: workload=db tier=a index=0 tiers=1 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 samples=257 targets=' \
	'hmt_tier: workload=db tier=a index=0 tiers=1 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 intervals=0 targets=' \
	'hmt_tier: workload=db tier=a index=0 tiers=1 capacity=1 free=1 low=0 high=0 limit=1 promote=1 demote=1 intervals=257 targets=' \
	'hmt_tier: workload=db tier=a index=0 tiers=1 capacity=1 free=1 low=0 high=0 limit=1 demand=-1 promote=1 demote=1 targets=' \
	'hmt_tier: workload=db tier=a index=0 tiers=2' \
	'hmt_heat: workload=db pid=1 addr=0x1ff000 heat= place=11' \
	'hmt_heat: workload=db pid=1 addr=0x1000 heat= place=11 clean=0' \
	'hmt_heat: workload=db pid=1 addr=0x1000 heat= place=11 clean=00000000,0000000g' \
	'hmt_heat: workload=db pid=1 addr=0x1000 heat= place=11 clean=0,00000000,00000000' \
	'hmt_hits: workload=db provider=a pid=1 addr=0 sample=1 pages=f' \
	"hmt_hits: workload=db provider=a pid=1 addr=0 sample=1 pages=$(repeat 129 f)" \
	"hmt_hits: workload=db provider=a pid=1 addr=0 sample=1 pages=$(repeat 128 g)" \
	"hmt_hits: workload=db provider=a pid=1 addr=4096 sample=1 pages=$(repeat 128 0)" \
	"hmt_hits: workload=db pid=1 addr=0 sample=1 pages=$(repeat 128 0)" \
	"hmt_hits: workload=db provider=a pid=1 addr=0 sample=-1 pages=$(repeat 128 0)" \
	'hmt_scores: workload=db provider=a pid=1 addr=0 sample=1 scores=40'; do
	echo "1.0: $bad" >"$scratch/bad"
	gives 1 "'${bad:0:60}'" replay "$scratch/bad"
	gives 1 "'${bad:0:60}' for heat" heat 1 --from "$scratch/bad"
done
# Bad events of providers are refused once the workload has been seen.
for bad in 'weight=0 sample=1' 'weight=101 sample=1' 'weight=1 sample=-1' \
	'weight=1' 'sample=1'; do
	{
		chunk 1.0 1 0x1000 ff 1
		echo "1.0: hmt_provider: workload=db provider=a $bad"
	} >"$scratch/bad"
	gives 1 "a provider of $bad" replay "$scratch/bad"
done
{
	chunk 1.0 1 0x1000 ff 1
	for name in a b c d e f g h i; do
		echo "1.0: hmt_provider: workload=db provider=$name weight=1 sample=2"
	done
} >"$scratch/bad"
gives 1 'more providers than there can be' replay "$scratch/bad"
# A tier beyond those of the pass: the page counts as outside.
{
	chunk 1.0 1 0x1000 ff f
	tiers 1.0 8
} >"$scratch/high"
gives 0 'a page in a tier that is not there' replay "$scratch/high"
gives 0 'and its heat' heat 1 --from "$scratch/high"

plan
