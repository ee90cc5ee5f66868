# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Man pages, completion and the ABI documents say the same as the tool.
. "$(dirname "$0")/lib.sh"

abi=$top/../Documentation/ABI/testing

# page COMMAND...: the man page that the help of a command names
page()
{
	"$HMTCTL" help "$@" | sed -n "s/^See .*'man \([a-z-]*\)'\.$/\1/p"
}

# The pages of all commands: a build with sanitizers takes its time to start.
declare -A page_of=()

# Every command and option has its place in a man page.
check_page()
{
	local option name

	name=$(page "$@")
	check "$*: page $name exists" test -s "$top/man/$name.scd"
	[ -z "$("$HMTCTL" --list-cmds "$@")" ] || return
	check "$name names '$*'" grep -qE "\*(hmtctl )?$*\*" "$top/man/$name.scd"
	while read -r option; do
		check "$name has $option of '$*'" \
			grep -qE "^(\*-.\*, )?\*$option\*" "$top/man/$name.scd"
	done < <("$HMTCTL" --list-opts "$@")
}

mapfile -t commands < <("$HMTCTL" --list-cmds)
for command in "${commands[@]}"; do
	check_page "$command"
	page_of[$command]=$(page "$command")
	mapfile -t subs < <("$HMTCTL" --list-cmds "$command")
	for sub in "${subs[@]}"; do
		check_page "$command" "$sub"
	done
done
check 'hmtctl has --root' grep -q '^\*--root\* ' "$top/man/hmtctl.scd"
check 'hmtctl has --version' grep -q '^\*-V\*, \*--version\*' "$top/man/hmtctl.scd"

# Options that a page describes exist.
for source in "$top"/man/hmtctl-*.scd; do
	name=$(basename "$source" .scd)
	: >"$scratch/options"
	for command in "${commands[@]}"; do
		[ "${page_of[$command]}" = "$name" ] || continue
		"$HMTCTL" --list-opts "$command" >>"$scratch/options"
		for sub in $("$HMTCTL" --list-cmds "$command"); do
			"$HMTCTL" --list-opts "$command" "$sub" \
				>>"$scratch/options"
		done
	done
	while read -r option; do
		check "$option of $name exists" \
			grep -qx -- "$option" "$scratch/options"
	done < <(sed -nE 's/^(\*-.\*, )?\*(--[a-z-]+)\*.*/\2/p' "$source")
done

# The pages that were made are well-formed.
for source in "$top"/man/*.scd; do
	name=$(basename "$source" .scd)
	check "$name.1 was made" test -s "${MAN:?}/$name.1"
	check "$name.1 has no warnings" test -z \
		"$(man --warnings=w -E UTF-8 -l -Tutf8 "$MAN/$name.1" 2>&1 >/dev/null)"
done

# examples PAGE: literal blocks, each command on a line "$ command"
examples()
{
	awk '/^```/ { inside = !inside; next } inside' "$1"
}

# replay: the commands of the examples with what they print here
replay()
{
	local line

	while IFS= read -r line; do
		case $line in
		'# '* | '$ '*)
			printf '%s\n' "$line"
			(cd "$scratch" && PATH=$scratch/bin:$PATH \
				bash -c "${line#? }" 2>&1)
			;;
		esac
	done
}

mkdir -p "$scratch/bin"
ln -sf "$(realpath "$HMTCTL")" "$scratch/bin/hmtctl"
for name in commit explain list metrics run save setup stat tier top workload; do
	demo_root
	examples "$top/man/hmtctl-$name.scd" >"$scratch/shown"
	replay <"$scratch/shown" >"$scratch/real"
	check "hmtctl-$name has examples" test -s "$scratch/shown"
	check "hmtctl-$name shows what is printed" \
		diff -u "$scratch/shown" "$scratch/real"
done

# Commands that the documents show exist, with their options.
mapfile -t pages < <(find "$top/../Documentation" -name '*.rst')
check 'documents show commands that exist' python3 "$here/commands.py" "$HMTCTL" \
	"$top/../README.md" "$top/../CONTRIBUTING.md" "${pages[@]}"
cat >"$scratch/page.rst" <<'END'
::

    # hmtctl tier set x \
        --lo 3

and ``hmtctl nosuch
stop``
END
python3 "$here/commands.py" "$HMTCTL" "$scratch/page.rst" >"$scratch/out"
check 'wrong ones are found' test "$(grep -c "no option '--lo'\|no command 'nosuch'" \
	"$scratch/out")" -eq 2

# Attributes in the ABI documents: all of them are listed, none is invented.
attributes()
{
	sed -nE "s,^What:[[:space:]]+$1/([a-z_]+)\$,\1,p" "$2" | sort
}

# This root has every attribute that a kernel may have.
demo_root
while read -r name; do
	[ -e "$class/node0/$name" ] || put "$class/node0" "$name" 0
done < <(attributes '.*/hmt/<memory>' "$abi/sysfs-class-hmt")
hmt list -MTWE
same()
{
	check "$1: as documented" diff <(attributes "$2" "$3") \
		<(jq -r "$4 | keys[]" "$scratch/out" |
			grep -vxE "name|from|to|direction|order|$5" | sort)
}

same 'tier attributes' '.*/tiers/<tier>' "$abi/configfs-hmt" \
	'.tiers[0]' demotes_to
same 'workload attributes' '.*/workloads/<name>' "$abi/configfs-hmt" \
	'.workloads[0]' ''
same 'memory attributes' '.*/hmt/<memory>' "$abi/sysfs-class-hmt" \
	'.memories[0]' ''
same 'edge attributes' '.*/edges/<memory>' "$abi/sysfs-class-hmt" \
	'.edges[0]' ''
hmt stat db --json --count 1
check 'stats: as documented' diff \
	<(awk '/\/stats\/$/ { inside = 1; next } /^What:/ { inside = 0 } inside' \
		"$abi/configfs-hmt" |
		sed -nE 's/^\t\t([a-z_]+) {2,}[^ ].*/\1/p' | sort) \
	<(jq -r '.workloads[0] | keys[]' "$scratch/out" |
		grep -vxE 'name|.*_per_s' | sort)

# Completion offers what the tool knows.
# shellcheck source=SCRIPTDIR/../completion/hmtctl
. "$top/completion/hmtctl"

# completes WANT WORD...: completion of the last word
completes()
{
	local want=$1

	shift
	COMP_WORDS=("$HMTCTL" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_hmtctl
	check "'$*' completes to '$want'" test \
		"$(printf '%s\n' "${COMPREPLY[@]}" | sorted)" = "$want"
}

# sorted: lines as words
sorted()
{
	sort | paste -sd " "
}

completes "$("$HMTCTL" --list-cmds | sorted)" ''
for command in "${commands[@]}"; do
	names=$("$HMTCTL" --list-cmds "$command" | sorted)
	[ -n "$names" ] || continue
	completes "$names" "$command" ''
	completes "$names" help "$command" ''
	for sub in $names; do
		completes "$("$HMTCTL" --list-opts "$command" "$sub" | sorted)" \
			"$command" "$sub" -
	done
done
for command in load unload list commit status stat; do
	completes "$("$HMTCTL" --list-opts "$command" | sorted)" "$command" -
done
completes "$("$HMTCTL" --list-opts | sorted)" -
completes "$("$HMTCTL" --list-cmds | sorted)" help ''
completes 'stat status' sta
completes 'db web' top ''
completes '812 813 cxl db dram pmem web' explain ''
completes --workloads list --w
completes 'cxl dram pmem' tier set ''
completes 'cxl' tier remove c
completes 'db web' workload start ''
completes 'db web' stat ''
completes 'cxl db dram node0 node1 node2 pmem sim0 web' list ''
completes 'node0 node1 node2 sim0' tier set dram --memories ''
completes 'cxl dram pmem' tier create x --demote-to ''
completes 'list' --root /nosuch li

plan
