# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# hmtd: signals, errors, messages and exit statuses, with a device that is made
# up (hmtd.c).
. "$(dirname "$0")/lib.sh"

hmtd=${HMTCTL%/*}/hmtd
stub=$scratch/stub.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -I "$top/../include/uapi" \
	-shared -fPIC -o "$stub" "$here/hmtd.c" -lpthread

# A build with the address sanitizer does not mind libraries in front of it.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0

# serve MODE ARGUMENT...: run hmtd with the stub; leaves $code, out and err
serve()
{
	STUB_SERVE=$1 LD_PRELOAD=$stub timeout -k 1 20 "$hmtd" --device=/dev/null "${@:2}" \
		>"$scratch/out" 2>"$scratch/err" </dev/null
	code=$?
}

# ends CODE TEXT: what serve() left
ends()
{
	check "$2: exit code $1" test "$code" -eq "$1"
}

# stops MODE SIGNAL: an hmtd that is at work ends with status 0 on SIGNAL
stops()
{
	start_hmtd "$scratch/err" "$1" env STUB_SERVE="$1" LD_PRELOAD="$stub" "$hmtd" \
		--device=/dev/null
	[ "$1" != busy ] || check "$1: plans are there" wait_for took_time "$pid"
	kill "-$2" "$pid"
	check "$1: $2 ends hmtd" wait_for gone "$pid"
	kill -KILL "$pid" 2>/dev/null
	wait "$pid"
	code=$?
	ends 0 "$1: $2"
}

# took_time PID: it has used CPU time since it is ready
took_time()
{
	local fields

	read -r -a fields <"/proc/$1/stat" && [ $((fields[13] + fields[14])) -gt 5 ]
}

gone()
{
	[ "$(sed -n 's/^State:\t//p' "/proc/$1/status" 2>/dev/null | cut -c 1)" = Z ] ||
		[ ! -e "/proc/$1" ]
}

stops idle TERM
stops idle INT
stops busy TERM
stops busy INT

serve closed --foreground
ends 1 'the kernel closes the connection'
says 'the kernel has closed the connection'

# Reasons that stay: systemd does not try again.
serve 16 --foreground
ends 3 'another hmtd'
says 'another hmtd is at work'
serve 1 --foreground
ends 3 'no capability'
serve 25 --foreground
ends 3 'another device'
says '/dev/null: not the device of HMT'
serve 12 --foreground
ends 1 'no memory'
serve idle --foreground --device="$scratch/nothing"
ends 3 'no device'
touch "$scratch/reserved"
chown nobody:daemon "$scratch/reserved"
for mode in 0660 0600; do
	chmod "$mode" "$scratch/reserved"
	setpriv --bounding-set=-dac_override,-dac_read_search \
		"$hmtd" --foreground --device="$scratch/reserved" 2>"$scratch/err"
	code=$?
	ends 3 "a device of others, mode $mode"
	if [ "$mode" = 0660 ]; then
		says "only group 'daemon' may open it; see SupplementaryGroups= in hmtd(8)"
	else
		says 'reserved: Permission denied'
	fi
done
check 'systemd tries again otherwise' grep -qx 'RestartPreventExitStatus=2 3' \
	"$top/boot/hmtd.service.in"

# The command line.
for words in -x --nonsense --damon=1 --stop-damon-stat --device operand; do
	serve idle --foreground "$words"
	ends 2 "hmtd $words"
	check "hmtd $words: one line" test "$(wc -l <"$scratch/err")" -eq 1
	check "hmtd $words: names it" grep -q "^hmtd: '$words'" "$scratch/err"
done
for words in --help --version; do
	check "hmtd $words" "$hmtd" "$words"
	"$hmtd" "$words" 2>"$scratch/err" >/dev/full
	code=$?
	ends 1 "hmtd $words: the output cannot be written"
done

# In the background nothing is written to the terminal.
STUB_SERVE=closed LD_PRELOAD=$stub "$hmtd" --device=/dev/null >"$scratch/out" 2>&1
code=$?
ends 0 'in the background'
sleep 0.5
check 'in the background: nothing on the terminal' test ! -s "$scratch/out"

# The journal takes levels.
: >"$scratch/err"
stream=$(stat -c %d:%i "$scratch/err")
JOURNAL_STREAM=$stream STUB_SERVE=16 LD_PRELOAD=$stub \
	"$hmtd" -f --device=/dev/null 2>>"$scratch/err"
check 'a message for the journal has its level' \
	grep -q '^<3>/dev/null: another hmtd is at work' "$scratch/err"

# systemd is told when hmtd is ready, and then that it is alive.
cat >"$scratch/listen.pl" <<-'END'
	use IO::Socket::UNIX;
	$| = 1;
	my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
	print "listening\n";
	while (defined $s->recv(my $text, 4096)) { print "$text\n" }
	END
perl "$scratch/listen.pl" "$scratch/notify" >"$scratch/heard" &
listener=$!
check 'a listener' wait_for grep -q listening "$scratch/heard"
NOTIFY_SOCKET=$scratch/notify WATCHDOG_USEC=200000 STUB_SERVE=idle LD_PRELOAD=$stub \
	"$hmtd" -f --device=/dev/null &
pid=$!
check 'systemd hears READY' wait_for grep -q '^READY=1' "$scratch/heard"
check 'systemd hears the watchdog' wait_for grep -q '^WATCHDOG=1' "$scratch/heard"
kill "$pid"
wait "$pid"
check 'systemd hears STOPPING' wait_for grep -q '^STOPPING=1' "$scratch/heard"
kill "$listener"
wait "$listener" 2>/dev/null

plan
