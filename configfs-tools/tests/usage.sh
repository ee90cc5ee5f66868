# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The command line itself: help, wrong words, garbage, closed output.
. "$(dirname "$0")/lib.sh"

demo_root

# every_command: each command as its words, groups included
every_command()
{
	local command sub

	for command in $("$HMTCTL" --list-cmds); do
		echo "$command"
		for sub in $("$HMTCTL" --list-cmds "$command"); do
			echo "$command $sub"
		done
	done
}

check 'there are commands' test "$(every_command | wc -l)" -ge 17
while read -r -a words; do
	gives 0 "help ${words[*]}" help "${words[@]}"
	prints "Usage: hmtctl ${words[*]}"
	cp "$scratch/out" "$scratch/help"
	for option in --help -h; do
		gives 0 "${words[*]} $option" "${words[@]}" "$option"
		check 'the same as help' cmp "$scratch/help" "$scratch/out"
	done
	"$HMTCTL" --list-opts "${words[@]}" >"$scratch/options"
	[ -n "$("$HMTCTL" --list-cmds "${words[@]}")" ] ||
		while read -r option; do
			check "help of ${words[*]} has $option" \
				grep -qE -- "^ .*$option( |\$)" "$scratch/help"
		done <"$scratch/options"
done < <(every_command)

gives 0 'help' help
while read -r command; do
	prints "  $command "
done < <("$HMTCTL" --list-cmds)
gives 0 '--help' --help
gives 0 '-h' -h
check 'a letter means one option' test -z "$(while read -r -a words; do
	"$HMTCTL" help "${words[@]}" | grep -oE '^  -[a-zA-Z], --[a-z-]+'
done < <(every_command) | sort -u | cut -c 1-4 | uniq -d)"
gives 0 '-V' -V
cp "$scratch/out" "$scratch/version"
gives 0 '--version' --version
check 'the same as -V' cmp "$scratch/version" "$scratch/out"
check 'version' grep -qE '^hmtctl [0-9.]+$' "$scratch/out"

gives 2 'no command'
gives 2 'unknown command' nosuch
says "unknown command 'nosuch' (see 'hmtctl help')"
gives 2 'group without a command' tier
gives 2 'unknown command of a group' workload nosuch
says "unknown command 'workload nosuch' (see 'hmtctl help workload')"
gives 2 'help of an unknown command' help nosuch
gives 2 'help of a word too many' help list all
gives 2 'unknown option' list --nosuch
says "list: unknown option '--nosuch' (see 'hmtctl help list')"
gives 2 'unknown letter' list -x
says "list: unknown option '-x'"
gives 2 'unknown global option' --nosuch list
gives 2 'value missing' tier set dram --low
says "tier set: a value is missing after '--low'"
gives 2 'value missing, letter' tier set dram -m
gives 2 'value missing, global' --root
gives 2 'value of a flag' list --human=yes
gives 2 'name missing' tier create
says "tier create: a word is missing, as in 'hmtctl tier create NAME [OPTION...]' (see 'hmtctl help tier create')"
gives 2 'name too many' workload start db web
gives 2 'words after status' status now
gives 2 'words after unload' unload now
gives 2 'command names of an unknown command' --list-cmds nosuch
gives 2 'options of an unknown command' --list-opts nosuch

# Garbage as a name, a value and in attributes.
garbage=$(head -c 4096 /dev/urandom | tr -d '\0')
long=$(printf '%04096d' 0)
for text in "$garbage" "$long" "/$long" "../../../../etc" $'\e[2J\n\r'; do
	gives 2 'garbage as command' "=$text"
	gives 2 'garbage as option' "--=$text" list
	gives 2 'garbage as name of a tier' tier set -- "$text"
	gives 2 'garbage as name of a workload' workload create -- "$text"
	gives 2 'garbage as name to stat' stat -- "$text"
	gives 2 'garbage as number' tier set dram "--low=$text."
	gives 2 'garbage as size' workload set db "--limits=dram=$text."
	gives 3 'garbage as name to list' list -- "/$text"
	word=${text//[[:space:]]/}
	gives 3 'garbage as memory' tier set dram "--memories=/$word"
	gives 3 'garbage as target' tier set dram "--demote-to=/$word"
	check 'no escapes on standard error' test \
		"$(tr -d '\n' <"$scratch/err" | tr -cd '[:cntrl:]' | wc -c)" -eq 0
done

find "$config/tiers/dram" "$config/workloads/db" "$class/node0" -type f |
	while read -r file; do
		head -c 4096 /dev/urandom >"$file"
	done
gives 0 'garbage in attributes' list -MTWE
json 'is JSON' '.memories | length >= 4'
gives 0 'garbage in attributes, with units' list -u -MTWE
gives 0 'garbage in attributes, tables' list --table -MTWE
gives 0 'garbage in attributes, graph' list --dot
gives 0 'garbage in counters' stat --count 1
gives 0 'garbage in counters, JSON' stat --json --count 1
json 'is JSON' '.workloads | length == 2'

# Standard output that takes nothing.
demo_root
before=$(find "$HMT_ROOT" -type f -exec sha256sum {} + | sort)
no_output()
{
	check "$1: exit code 1" test "$code" -eq 1
	check "$1: says so" grep -q '^hmtctl: standard output: ' "$scratch/err"
}

"$HMTCTL" list >&- 2>"$scratch/err"
code=$?
no_output 'closed standard output'
"$HMTCTL" list >/dev/full 2>"$scratch/err"
code=$?
no_output 'full standard output'
"$HMTCTL" stat --watch 0.05 >/dev/full 2>"$scratch/err"
code=$?
no_output 'full standard output of stat'
(
	trap '' PIPE
	{
		sleep 0.2
		"$HMTCTL" list 2>"$scratch/err"
		echo $? >"$scratch/code"
	} | true
)
code=$(cat "$scratch/code")
no_output 'reader that is gone, SIGPIPE ignored'
# shellcheck disable=SC2016 # for the shell that is started
check 'reader that is gone: silent' bash -c '{ sleep 0.2; "$0" list; } 2>&1 >&3 |
	cat' "$HMTCTL" 3> >(true)
"$HMTCTL" list >/dev/null 2>&- <&-
check 'other descriptors closed' test $? -eq 0
"$HMTCTL" tier set dram --low 7 <&- >&- 2>&-
check 'nothing to print needs no output' test $? -eq 0
check 'and writes what it should' grep -qx 7 "$config/tiers/dram/low_watermark"
put "$config/tiers/dram" low_watermark 20
check 'no output went into attributes' test "$before" = \
	"$(find "$HMT_ROOT" -type f -exec sha256sum {} + | sort)"

plan
