# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Functions that no command is needed to test: programs of tests/unit, which
# print TAP themselves. The plan is that of all of them.
HMTCTL=${HMTCTL:?the tool to test}

count=0
for source in "$(dirname "$0")"/unit/*.c; do
	name=$(basename "$source" .c)
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			count=$((count + 1))
			echo "${line%%ok *}ok $count - $name: ${line#* - }"
			;;
		'1..'*) planned=$((${planned:-0} + ${line#1..})) ;;
		*) echo "$line" ;;
		esac
	done < <("$(dirname "$HMTCTL")/unit/$name")
done
echo "1..${planned:-0}"
