# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Metrics: their format, and hmtd --metrics with good and bad clients.
. "$(dirname "$0")/lib.sh"

hmtd=${HMTCTL%/*}/hmtd

# The module for Debian's Python.
helper()
{
	/usr/bin/python3 "$here/metrics.py" "$@"
}

# has TEXT: a line of the last output of helper parse
has()
{
	check "has: $1" grep -qxF -- "$1" "$scratch/parsed"
}

demo_root
gives 0 'metrics' metrics
cp "$scratch/out" "$scratch/text"
put "$config/workloads/db/stats" reason 'no process'
"$HMTCTL" metrics >"$scratch/all"
put "$config/workloads/db/stats" reason ''
check 'a parser of OpenMetrics accepts it' helper parse openmetrics "$scratch/text"
helper parse openmetrics "$scratch/text" >"$scratch/parsed"
check 'its names are by the conventions' helper names "$scratch/text"
has 'hmt_loaded{} 1'
has 'hmt_generation{} 7'
has 'hmt_hmtd{hmt_hmtd=absent} 1'
has 'hmt_hmtd{hmt_hmtd=ready} 0'
has 'hmt_memory_size_bytes{memory=node1,kind=cxl,tier=cxl} 1.71799e+10'
has 'hmt_memory_available_bytes{memory=sim0,kind=device-coherent,tier=} 1.07374e+09'
has 'hmt_edge_moved_pages_total{from=node1,to=node0} 12000'
has 'hmt_edge_failed_pages_total{from=node0,to=node1,reason=pinned} 2'
has 'hmt_edge_split_huge_pages_total{from=node0,to=node1} 1'
has 'hmt_workload_promoted_pages_total{workload=db} 12000'
has 'hmt_workload_returned_pages_total{workload=db} 5'
has 'hmt_workload_star_ratio{workload=db} 0.034'
has 'hmt_workload_strr_ratio{workload=db} 0.665'
has 'hmt_workload_cpu_seconds_total{workload=db} 0.17'
has 'hmt_workload_interval_seconds{workload=db} 2'
has 'hmt_workload_blind_pages{workload=db,class=huge} 512'
has 'hmt_workload_blind_pages{workload=db,class=excluded} 16'
has 'hmt_workload_pinned_pages_total{workload=db} 3'
has 'hmt_workload_tier_resident_pages{workload=db,tier=cxl} 260000'
has 'hmt_workload_tier_hot_pages{workload=db,tier=dram} 120000'
has 'hmt_workload_state{workload=db,hmt_workload_state=running} 1'
has 'hmt_workload_state{workload=db,hmt_workload_state=waiting} 0'
has 'hmt_workload_provider_cpu_seconds_total{workload=db,provider=accessed} 0.079'

gives 0 'the older format' metrics --prometheus
check 'a parser of it accepts it' helper parse prometheus "$scratch/out"
check 'it has no end' test -z "$(grep '^# EOF' "$scratch/out")"
gives 0 'JSON' metrics --json
json 'has numbers' '.schema and ([.metrics[] | select(.name == "hmt_workload_star_ratio").samples[].value] | all(. == 0.034))'
json 'has all metrics' "(.metrics | length) == $(grep -c '^# TYPE' "$scratch/text")"
hmt metrics --json --prometheus
check 'two formats: exit code 2' test "$code" -eq 2
says '--json and --prometheus: choose one of them'

# Names of others: every byte that a path of a cgroup can have.
put "$config/workloads/db/stats" state waiting \
	reason "$(printf 'cgroup /a"b\\c\nd\x01\xff\xc3\xa4\xed\xa0\x80}e does not exist')"
gives 0 'a hostile reason' metrics
check 'is accepted' helper parse openmetrics "$scratch/out"
helper parse openmetrics "$scratch/out" >"$scratch/parsed"
check 'and escaped' grep -qF 'reason="cgroup /a\"b\\c\nd??ä???}e does not exist"} 1' "$scratch/out"
put "$config/workloads/db/stats" promoted 'x' scan_ns '-1' tiers "$(printf 'dram x y\ncxl\n')"
gives 0 'broken files' metrics
check 'are left out' test -z "$(grep 'workload_promoted_pages_total{workload="db"}' "$scratch/out")"
check 'the rest is accepted' helper parse openmetrics "$scratch/out"

empty_root
gives 0 'without modules' metrics
check 'is accepted as well' helper parse openmetrics "$scratch/out"
prints 'hmt_loaded 0'

# The dashboard.
check 'each query of the dashboard names a metric' \
	helper dashboard "$top/../examples/grafana-dashboard.json" "$scratch/all"
sed 's/hmt_workload_star_ratio/hmt_workload_stra_ratio/' \
	"$top/../examples/grafana-dashboard.json" >"$scratch/board.json"
check 'a wrong one is found' test -n \
	"$(helper dashboard "$scratch/board.json" "$scratch/all" || :)"

# The exporter.

# refused TEXT WORD...: hmtd --metrics ends with 2 and this message
refused()
{
	local text=$1

	shift
	"$hmtd" --foreground "$@" 2>"$scratch/err"
	code=$?
	check "hmtd $*: exit code 2" test "$code" -eq 2
	check "hmtd $*: one line" test "$(wc -l <"$scratch/err")" -eq 1
	says "$text"
}

refused '--listen or --textfile is missing' --metrics
refused "'--listen': is for --metrics only" --listen=unix:/x
refused 'start a process for each' --metrics --damon --listen=unix:/x
refused 'not a number of seconds from 1 to 3600' --metrics --textfile=/x --interval=0
refused 'not a number of seconds from 1 to 3600' --metrics --textfile=/x --interval=3601
for where in 0.0.0.0:9977 192.0.2.1:80 '[::]:80' 127.0.0.1:0 127.0.0.1:65536 \
	127.0.0.1 unix:relative unix: :9 localhost:x "unix:/$(printf %0120d 0)"; do
	refused 'for other machines use a proxy' --metrics --listen="$where"
done
refused 'not an absolute path' --metrics --textfile=relative
touch "$scratch/file"
"$hmtd" --foreground --metrics --listen="unix:$scratch/file" 2>"$scratch/err"
code=$?
check 'a file in the way: exit code 1' test "$code" -eq 1
says 'Address already in use; stop the program that listens there'
check 'it is still there' test -f "$scratch/file"
"$hmtd" --foreground --metrics --textfile=/nowhere/x.prom 2>"$scratch/err"
code=$?
check 'no directory: exit code 1' test "$code" -eq 1
says "'--textfile=/nowhere/x.prom': No such file or directory"

# export WHERE: start hmtd; leaves $pid
export_at()
{
	start_hmtd "$scratch/log" "$*" "$hmtd" --metrics --root="$HMT_ROOT" "$@"
}

# ended: hmtd ends by SIGTERM with 0, and its messages have no error
ended()
{
	kill "$pid"
	wait "$pid"
	code=$?
	check 'SIGTERM: exit code 0' test "$code" -eq 0
	check 'it logged no error' test -z "$(grep -v ready "$scratch/log")"
}

demo_root
socket=$scratch/metrics.sock
where=unix:$socket
# A socket of a process that was killed is no obstacle.
/usr/bin/python3 -c "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$socket"
export_at --listen="$where" --textfile="$scratch/hmt.prom" --interval=1
helper get "$where" 'application/openmetrics-text; version=1.0.0' >"$scratch/answer"
check 'the type is OpenMetrics' grep -q '^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8' "$scratch/answer"
sed '1,/^\r$/d' "$scratch/answer" >"$scratch/body"
check 'the text is that of hmtctl' diff "$scratch/text" "$scratch/body"
helper get "$where" >"$scratch/answer"
check 'the type is that of Prometheus' grep -q '^Content-Type: text/plain; version=0.0.4' "$scratch/answer"
sed '1,/^\r$/d' "$scratch/answer" >"$scratch/body"
check 'the text is that of Prometheus' diff <("$HMTCTL" metrics --prometheus) "$scratch/body"
check 'the file is as well' diff "$scratch/body" "$scratch/hmt.prom"
check 'all may read it' test "$(stat -c %a "$scratch/hmt.prom")" = 644
put "$config/workloads/db/stats" promoted 13000
check 'the file is written again' wait_for grep -q 'promoted_pages_total{workload="db"} 13000' "$scratch/hmt.prom"
check 'nothing is left beside it' test "$(echo "$scratch"/hmt.prom*)" = "$scratch/hmt.prom"

# answers STATUS TEXT: what hmtd says to a request
answers()
{
	check "'${2:0:30}': $1" test "$(helper raw "$where" "$2")" = "HTTP/1.1 $1"
}

answers '200 OK' 'GET /metrics HTTP/1.0\r\n\r\n'
answers '200 OK' 'HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
answers '200 OK' 'GET /metrics?x=1 HTTP/1.1\n\n'
answers '404 Not Found' 'GET / HTTP/1.1\r\n\r\n'
answers '404 Not Found' 'GET /metrics/../../etc/passwd HTTP/1.1\r\n\r\n'
answers '405 Method Not Allowed' 'POST /metrics HTTP/1.1\r\n\r\n'
answers '400 Bad Request' 'nonsense\r\n\r\n'
answers '400 Bad Request' 'GET /metrics HTTP/1.1\r\nX: \x00\r\n\r\n'
answers '400 Bad Request' '\r\n\r\n'
answers '431 Request Header Fields Too Large' "GET /metrics HTTP/1.1\r\n$(printf 'X: %05000d' 0)"
check 'half of a request: no answer' test -z "$(helper raw "$where" 'GET')"
check 'silent clients do not block others' test "$(helper crowd "$where" 40)" = 'HTTP/1.1 200 OK'
check 'nor do clients that read nothing' test "$(helper slow "$where")" = 'HTTP/1.1 200 OK'
check 'they do not keep descriptors' wait_for test "$(find "/proc/$pid/fd" | wc -l)" -lt 30
ended
check 'the socket is gone' test ! -e "$socket"
check 'the file is gone' test ! -e "$scratch/hmt.prom"

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
where=127.0.0.1:$port
export_at --listen="$where"
answers '200 OK' 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
ended

plan
