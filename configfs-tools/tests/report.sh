# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl report": pictures and pages of a recorded trace.
. "$(dirname "$0")/lib.sh"

trace=$scratch/trace
python3 "$here/trace.py" >"$trace"
demo_root

# drawn: the last output is an image that a renderer takes; leaves $scratch/png
drawn()
{
	check "$1 is XML" python3 -c \
		'import sys, xml.dom.minidom as dom; dom.parse(sys.argv[1])' "$scratch/out"
	check "$1 can be drawn" rsvg-convert -o "$scratch/png" "$scratch/out"
}

for picture in heat residency cdf; do
	gives 0 "picture $picture" report --picture $picture --from "$trace"
	drawn "$picture"
	for tier in dram cxl pmem; do
		prints ">$tier</text>"
	done
	check 'tiers have three colours' test "$(grep -oE '#(d55e00|0072b2|009e73)' \
		"$scratch/out" | sort -u | wc -l)" -eq 3
	check 'a title' grep -q "<title>.*'db'" "$scratch/out"
	check 'no network' test "$(grep -c 'href\|src=\|url(' "$scratch/out")" -eq 0
	check 'is small' test "$(stat -c %s "$scratch/out")" -lt 200000
done
gives 0 'heat' report --picture heat --from "$trace"
prints '>Time (s)</text>'
prints '>Addresses (MiB, without gaps)</text>'
prints '>255 (hottest)</text>'
gives 0 'residency' report --picture residency --from "$trace"
prints '>Memory (MiB)</text>'
gives 0 'distribution' report --picture cdf --from "$trace"
prints '>Share of all heat (%)</text>'
# The hot ten ranges are in dram at the end, and others are warm.
# shellcheck disable=SC2016 # fields of awk
check 'the share of the fast tier' awk -F'[>%]' '/[0-9] %</ && !seen++ {
	found = $2 + 0 } END { exit !(found > 80 && found < 95) }' "$scratch/out"
gives 0 'some passes' report --picture heat --from "$trace" --passes 3
check 'are few cells' test "$(stat -c %s "$scratch/out")" -lt 20000
gives 0 'one pass' report --picture heat --from "$trace" --passes 1
drawn 'one pass'
gives 0 'a process' report --picture heat --from "$trace" 812
gives 0 'one pass of residency' report --picture residency --from "$trace" --passes 1
drawn 'one pass of residency'
gives 3 'no pass' report --picture heat --from /dev/null
says "report: no pass in '/dev/null'; record some"
gives 3 'a process that is not there' report --picture cdf --from "$trace" 99
says "report: no pass with process 99 in '$trace'; record some with 'hmtctl heat PID --record FILE'"
sed 's/dram/<d>\&"/' "$trace" >"$scratch/odd"
gives 0 'names with controls of XML' report --picture heat --from "$scratch/odd"
drawn 'a picture of odd names'
# Names of cgroups may have any character.
printf 'x\e[31m\302\233\377<&"\n' >"$config/workloads/db/cgroup"
gives 0 'a page with odd names' report --html -
check 'is text' python3 - "$scratch/out" <<'CHECK'
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    text = page.read()
assert all(c == "\n" or c.isprintable() for c in text)
assert "<td>x?[31m???&lt;&amp;&quot;</td>" in text, text
CHECK
put "$config/workloads/db" cgroup /db/main
# More passes and ranges than columns and rows.
python3 "$here/trace.py" 300 >"$scratch/long"
gives 0 'many passes' report --picture heat --from "$scratch/long"
drawn 'many passes'

# A page.
page=$scratch/page.html
gives 0 'a page' report --html "$page" --from "$trace"
check 'prints nothing' test ! -s "$scratch/out"
check 'three pictures' test "$(grep -c '<svg ' "$page")" -eq 3
check 'every element is closed' python3 - "$page" <<'CHECK'
import html.parser
import sys

VOID = {"meta", "rect", "path", "circle"}


class Check(html.parser.HTMLParser):
    stack = []
    tables = 0

    def handle_starttag(self, tag, attrs):
        self.tables += tag == "table"
        for name, value in attrs:
            assert name not in ("src", "href"), value
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.stack.pop() == tag, tag


check = Check()
with open(sys.argv[1], encoding="utf-8") as page:
    check.feed(page.read())
check.close()
assert not check.stack and check.tables == 5, (check.stack, check.tables)
CHECK
check 'no network' test "$(grep -c 'https\?://' "$page")" -eq "$(grep -c \
	'xmlns="http://www.w3.org/2000/svg"' "$page")"
for text in 'generation 7' 'hmtd absent' "512 pages of workload 'db'" \
	'<td>scan_interval_ms</td><td>1000</td><td>1000</td>' '<td>8 GiB</td>' \
	'<td>STAR (&#8240;)</td><td>34</td><td>34</td>' '<h2>Advice</h2>'; do
	check "page has $text" grep -qF -- "$text" "$page"
done
check 'settings as in attributes' grep -q '<td>accessed=1 counter=4</td>' "$page"

# Headless Chromium shows it, wide and as narrow as a telephone, in a frame:
# windows have a minimum width.
{
	cat "$page"
	echo '<script>'
	echo 'const width = document.documentElement.scrollWidth;'
	echo 'const count = document.querySelectorAll("svg").length;'
	echo 'parent.postMessage(width + " of " + innerWidth + ", " + count + " pictures", "*");'
	echo '</script>'
} >"$scratch/shown.html"
for width in 1200 390; do
	{
		echo '<title>none</title><script>'
		echo 'onmessage = event => { document.title = event.data; };'
		echo "</script><iframe src=shown.html width=$width height=900 style=border:0>"
	} >"$scratch/frame.html"
	timeout 120 chromium --headless --no-sandbox --disable-gpu \
		--hide-scrollbars --user-data-dir="$scratch/chromium" \
		--virtual-time-budget=5000 --dump-dom \
		"file://$scratch/frame.html" >"$scratch/dom" 2>/dev/null
	check "fits $width pixels" grep -o "<title>$width of $width, 3 pictures</title>" \
		"$scratch/dom"
done
# An error leaves the old page, and a link stays one.
cp "$page" "$scratch/old"
hmt report --html "$page" --from "$scratch/nosuch"
check 'no trace: the old page stays' cmp "$page" "$scratch/old"
(
	ulimit -f 1
	trap '' XFSZ
	hmt report --html "$page" --from "$trace"
	exit "$code"
)
check 'no space: exit code 1' test $? -eq 1
check 'the old page stays' cmp "$page" "$scratch/old"
ln -s page.html "$scratch/link"
chmod 640 "$page"
gives 0 'a page behind a link' report --html "$scratch/link"
check 'the link stays' test -L "$scratch/link"
check 'the mode stays' test "$(stat -c %a "$page")" = 640
check 'without other files' test "$(find "$scratch" -name 'page.html*' |
	wc -l)" -eq 1
ln -s nosuch/page "$scratch/broken"
gives 1 'a link to nothing' report --html "$scratch/broken"
says "report: '$scratch/broken': a link that leads to no file; create the file first, or name it"
gives 0 'a page without passes' report --html "$page"
check 'no picture' test "$(grep -c '<svg ' "$page")" -eq 0
gives 0 'a page on standard output' report --html -
prints '<h2>Settings</h2>'

# advice TEXT: the page gives it
advice()
{
	hmt report --html -
	check "advice: $1" grep -qF -- "<li>$1" "$scratch/out"
}

put "$config/workloads/db/stats" tiers "$(printf 'dram 300000 9 9 9\ncxl 5 9 9 9')" \
	skipped_huge 0 skipped_file 0 skipped_hugetlb 0 skipped_shared 0 \
	skipped_excluded 0 \
	histogram "$(printf 'dram 5 5 0 0 0 0 0 0 0 0 0 0 0 0 0 5')"
advice "workload 'db' gains nothing: 99 % of its memory is in tier 'dram' already"
check 'of the stopped one none' test "$(grep -c "<li>workload 'web' gains" \
	"$scratch/out")" -eq 0
put "$config/workloads/db/stats" tiers "$(printf 'dram 3 9 9 9\ncxl 5 9 9 9')" \
	skipped_huge 4
advice "4 pages of workload 'db' (50 %) are of kinds that HMT does not move now"
put "$config/workloads/db/stats" histogram \
	'cxl 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 500000'
advice "tier 'dram' has 8 GiB, and 1.91 GiB of hot pages are in slower tiers"
advice "workload 'db' gains little: 100 % of its pages are equally hot"
put "$config/workloads/db/stats" histogram \
	'dram 900000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 500000'
advice "tier 'dram' has 8 GiB, of which 5.63 GiB are free or cold, and no slower tier has hot pages"
gives 2 'no such picture' report --picture x --from "$trace"
says "report: --picture 'x': not heat, residency or cdf"
gives 2 'a picture of nothing' report --picture heat
says 'report: a picture needs a process or --from FILE'
gives 2 'passes without a picture' report --from "$trace"
gives 2 'both' report --picture heat --html "$page" --from "$trace"
gives 2 'no process' report --picture heat --from "$trace" db
gives 2 'no passes' report --picture heat --from "$trace" --passes 0
hmt report --json --picture heat --from "$trace"
check 'JSON of a picture: exit code 2' test "$code" -eq 2
gives 2 'nothing' report
gives 1 'no such trace' report --picture heat --from "$scratch/nosuch"
gives 1 'a page in no directory' report --html "$scratch/nosuch/page"
says 'no such directory; name another file'
gives 1 'a full disk' report --html /dev/full
says "report: '/dev/full': no space left on device; free some space"
gives 1 'no tracefs' report --picture heat 812
empty_root
gives 4 'HMT not loaded' report --html "$page"
gives 0 'pictures without HMT' report --picture heat --from "$trace"

plan
