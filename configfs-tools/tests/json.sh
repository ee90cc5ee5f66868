# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Every command has --json, and prints nothing else with it than one object of
# JSON, or one a line: its result, or an error.
. "$(dirname "$0")/lib.sh"

# commands [GROUP]: all commands that are no groups
commands()
{
	local name below

	while read -r name; do
		# shellcheck disable=SC2086 # words
		below=$("$HMTCTL" --list-cmds ${1-} $name)
		if [ -n "$below" ]; then
			commands "$name"
		else
			echo "${1:+$1 }$name"
		fi
	done < <("$HMTCTL" --list-cmds "$@")
}

# Arguments with which a command works on the root of the tests.
declare -A works=(
	[list]='' [status]='' [commit]='' [setup]=--dry-run [help]='' [metrics]=''
	['tier create']='new --memories sim0' ['tier set']='pmem --low 30'
	['tier list']='' ['tier show']=cxl ['tier remove']=new
	['workload create']='fresh --pids 812' ['workload set']='web --samples 9'
	['workload list']='' ['workload show']=db ['workload start']=fresh
	['workload stop']=fresh ['workload remove']=fresh
	[stat]='' [top]=--once [explain]=db [run]='--tier dram --dry-run -- true'
	[save]='- --tiers' [restore]='FILE --dry-run'
)
# Those that need a kernel are refused here.
declare -A refused=(
	[load]='' [unload]='' ['memory list']='' ['memory online']=dax0.0
	['memory offline']=dax0.0 [heat]=812 [report]='812 --from /nowhere'
	[query]=812 [move]='--to cxl 812' [exclude]='812 0-1' [follow]='812 0-1'
	[read-mostly]='812 0-1' [prefer]='cxl 812 0-1' [avoid]='cxl 812 0-1'
	[best]='--cpus 0' [replay]=/nowhere
)
# objects FILE: it has objects of JSON with a schema, and nothing else
objects()
{
	[ -s "$1" ] && jq -e 'type == "object" and (.schema or .hmt)' "$1"
}

demo_root
machine
"$HMTCTL" save "$scratch/FILE"
sed -i 's/"20"/"25"/' "$scratch/FILE"
mapfile -t all < <(commands)
check 'there are commands' test "${#all[@]}" -gt 35
for command in "${all[@]}"; do
	read -r -a words <<<"$command"
	check "$command has --json" grep -qx -- --json <("$HMTCTL" --list-opts "${words[@]}")
	check "the help of $command has it" grep -q -- '-j, --json' <("$HMTCTL" help "${words[@]}")
	if [ -n "${works[$command]+set}" ]; then
		arguments=${works[$command]/FILE/$scratch/FILE}
		# shellcheck disable=SC2086 # words
		hmt "${words[@]}" --json $arguments
		check "$command --json $arguments: exit code 0" test "$code" -eq 0
		check "$command: JSON" objects "$scratch/out"
		check "$command: nothing else" test ! -s "$scratch/err"
	elif [ -n "${refused[$command]+set}" ]; then
		# shellcheck disable=SC2086 # words
		hmt "${words[@]}" --json ${refused[$command]}
		check "$command --json: an error" test "$code" -ne 0
		check "$command: nothing on standard output" test ! -s "$scratch/out"
		check "$command: the error is JSON" objects "$scratch/err"
		check "$command: with the status" test "$(jq .status "$scratch/err")" -eq "$code"
	else
		check "$command is in this test" false
	fi
done

# Numbers are numbers.
hmt list --json
json 'list: raw numbers' '[.memories[].size, .tiers[].low_watermark, .workloads[].samples] | all(type == "number")'
hmt stat --json
json 'stat: raw numbers' '[.workloads[] | .promoted, .cpu_ns, .star_permille, .strr_permille, .returned] | all(type == "number")'
hmt restore --json --dry-run "$scratch/FILE"
json 'restore: changes' '[.changes[] | select(.attribute == "low_watermark") | .class == "tier" and .change == "set" and .old == "20" and .new == "25"] | any'
hmt run --json --tier dram,cxl --dry-run -- true
json "run: nodes" "[.nodes[].node] == [0, 1]"
hmt help --json tier
json 'help: commands' '.commands[0].name == "tier" and (.commands[0].commands | map(.name) | index("create"))'
hmt restore --json "$scratch/FILE"
json 'restore: its status' '.status == 0 and .command == "restore"'
hmt save --json "$scratch/again"
json 'save: its status' '.status == 0 and .command == "save"'
hmt tier show nothing --json
check 'an object that does not exist' jq -e '.status == 3 and (.message | test("nothing"))' "$scratch/err"

plan
