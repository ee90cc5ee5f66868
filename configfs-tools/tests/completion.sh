# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion in an interactive shell: names of files, values of options, --root.
. "$(dirname "$0")/lib.sh"

demo_root
mkdir "$scratch/bin" "$scratch/files"
ln -s "$(realpath "$HMTCTL")" "$scratch/bin/hmtctl"
cp "$top/completion/hmtctl" "$scratch/completion"

# type.py SCRATCH TEXT: print the command line of a shell after TEXT was typed; a
# "|" stands for the tab key
cat >"$scratch/type.py" <<'END'
import os, pty, select, sys, time

scratch, text = sys.argv[1:]
os.chdir(scratch + "/files")
os.environ.update(PATH=scratch + "/bin:" + os.environ["PATH"],
		  INPUTRC="/dev/null", TERM="dumb", PS1="", PS2="")
pid, fd = pty.fork()
if not pid:
	os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

def read_until(mark):
	seen, end = b"", time.monotonic() + 60
	while mark not in seen and time.monotonic() < end:
		if not select.select([fd], [], [], 1)[0]:
			continue
		try:
			seen += os.read(fd, 65536)
		except OSError:
			break
	return seen

# The last argument of printf is split, so that its echo does not match.
os.write(fd, b". ../completion; bind 'set bell-style none'; "
	 b"bind 'set page-completions off'; "
	 b"bind 'set completion-query-items 0'; "
	 b"bind -x '\"\\C-x\\C-p\": printf \"<<%s>>\" \"$READLINE_LINE\"'; "
	 b"printf '%s' rea'dy'\n")
read_until(b"ready")
os.write(fd, text.replace("|", "\t").encode() + b"\x18\x10")
line = read_until(b">>").rpartition(b"<<")[2].partition(b">>")[0]
os.write(fd, b"\x15exit\n")
os.close(fd)
os.waitpid(pid, 0)
print(line.decode())
END

typed()
{
	python3 "$scratch/type.py" "$scratch" "$1"
}

# becomes WANT TEXT
becomes()
{
	check "'$2' becomes '$1'" test "$(typed "$2")" = "$1"
}

# A name of a file is completed and quoted. It is not executed.
# shellcheck disable=SC2016 # the name of a file
touch "$scratch/files/"'$(touch PWNED; echo a)' "$scratch/files/b c.json"
becomes 'hmtctl restore \$\(touch\ PWNED\;\ echo\ a\) ' 'hmtctl restore \$|'
typed 'hmtctl restore ||' >/dev/null
typed 'hmtctl save ||' >/dev/null
check 'no name was executed' test ! -e "$scratch/files/PWNED"
becomes 'hmtctl restore b\ c.json ' 'hmtctl restore b|'
becomes 'hmtctl save b\ c.json ' 'hmtctl save b\ |'
becomes 'hmtctl replay b\ c.json ' 'hmtctl replay b|'
mkdir "$scratch/files/dir"
becomes 'hmtctl restore dir/' 'hmtctl restore d|'

becomes 'hmtctl heat 812 --record b\ c.json ' 'hmtctl heat 812 --record b|'
becomes 'hmtctl heat 812 --from b\ c.json ' 'hmtctl heat 812 --from b|'
becomes 'hmtctl heat 812 --from=b\ c.json ' 'hmtctl heat 812 --from=b|'
becomes 'hmtctl --root dir/' 'hmtctl --root |'

# Names of workloads, tiers and memories, and processes that workloads manage.
put "$config/workloads/db/stats" pids "7812 812"
mkdir -p "$HMT_ROOT/proc/4711"
becomes 'hmtctl workload stop web ' 'hmtctl workload stop w|'
becomes 'hmtctl stat db ' 'hmtctl stat d|'
becomes 'hmtctl top web ' 'hmtctl top w|'
becomes 'hmtctl tier set pmem ' 'hmtctl tier set p|'
becomes 'hmtctl list sim0 ' 'hmtctl list s|'
becomes 'hmtctl tier create new --memories sim0 ' 'hmtctl tier create new --memories s|'
becomes 'hmtctl tier set dram --demote-to cxl,pmem ' \
	'hmtctl tier set dram --demote-to cxl,p|'
becomes 'hmtctl replay --workload web ' 'hmtctl replay --workload w|'
becomes 'hmtctl query 7812 ' 'hmtctl query 78|'
becomes 'hmtctl move --to pmem 7812 ' 'hmtctl move --to p|78|'
becomes 'hmtctl explain 7812 ' 'hmtctl explain 78|'
becomes 'hmtctl prefer pmem 7812 ' 'hmtctl prefer p|78|'
becomes 'hmtctl load router ' 'hmtctl load r|'
becomes 'hmtctl workload set db --pids 4711 ' 'hmtctl workload set db --pids 47|'

# Names are those of --root.
becomes 'hmtctl tier remove pmem ' 'hmtctl tier remove p|'
other=$scratch/files/dir/sys/kernel/config/hmt
# shellcheck disable=SC2016 # the name of a directory
mkdir -p "$other/tiers/other" "$other/tiers/"'$(touch PWNED)'
becomes 'hmtctl --root dir tier remove other ' 'hmtctl --root dir tier remove |'
becomes 'hmtctl --root=dir tier remove other ' 'hmtctl --root=dir tier remove |'
becomes 'hmtctl tier set dram --demote-to=cxl ' \
	'hmtctl tier set dram --demote-to=c|'
check 'no name of a tier was executed' test ! -e "$scratch/files/PWNED"

plan
