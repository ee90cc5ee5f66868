# SPDX-License-Identifier: GPL-2.0
"""Run one setting of a workload in a guest of its own."""

import os
import pathlib
import random
import shlex
import subprocess
import tempfile

import output
import store

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
# Link address of the load, see Makefile.
TEXT = "10000000-18000000"
# Step of the guest's clock; a job may have another one.
QUANTUM_NS = 20000
# Settings whose guests have HMT's modules and tools.
HMT_SETTINGS = ("hmt", "direct", "threshold", "watch")
# Memory of all guests for them, in MiB.
HMT_MIB = 8
# Of the host: a busy machine is several times slower.
TIMEOUT_S = "14400"
# First-level cache of programs: as of a core since 2019.
FIRST_CACHE = "first=32:8"
# Most by which the load starts after the placer, in ms, and the data after its usual address, in pages.
DELAY_MS, OFFSET_PAGES = 1000, 1 << 16
# The same as PRICES_DEFAULT of plugin/prices.h.
PRICES = {"instruction_ps": 500, "hit_ps": 10000, "load_percent": 100, "overlap_percent": 200,
          "walk_ns": 15, "accessed_ns": 130, "copy_overlap_percent": 1000}


def memories(topology):
    """Return the RAM blocks of a topology, read from its file.

    With each its latency in ns and its bandwidth in MB/s.
    """
    latency, bandwidth, blocks = {}, {}, {}
    for line in (ROOT / "vm" / "topology" / topology).read_text().splitlines():
        words = line.split()
        if words[:1] == ["node"]:
            blocks[words[1]] = f"ram{words[1]}"
        elif words[:1] == ["nvdimm"]:
            blocks[words[1]] = f"pmem{words[1]}"
        elif words[:2] == ["performance", "0"]:
            latency[words[2]] = int(words[3])
            bandwidth[words[2]] = int(words[4].removesuffix("G")) * 1000
    return [(blocks[node], latency[node], bandwidth[node]) for node in blocks]


def has_pmem(topology):
    return any(block.startswith("pmem") for block, *_ in memories(topology))


def drawn(seed, huge):
    """Return what a seed decides besides the accesses: delay and address."""
    draw = random.Random(seed)
    delay, offset = draw.randrange(DELAY_MS), draw.randrange(OFFSET_PAGES)
    return delay, offset // 512 * 512 if huge else offset


def kind(setting):
    """Return the name of a setting without its options."""
    return setting.partition(":")[0]


def plugin(job, out):
    """Return the plugin's argument of QEMU."""
    words = [str(BUILD / "model.so")]
    words += [f"memory={block}:{ns}:{ns}:{mbps}" for block, ns, mbps in memories(job["topology"])]
    words += job["model"]
    # The server's addresses are not known: watch all programs, the load marks the data.
    words.append("text=0-800000000000" if job["pattern"] in output.SERVERS else f"text={TEXT}")
    words += [f"{name.replace('_', '-')}={value}" for name, value in job["prices"].items() if name in PRICES]
    words += [f"quantum={job.get('quantum', QUANTUM_NS)}", f"out={out}"]
    if job["program"]:
        # The load has accesses beyond all caches only, a program has others.
        words += [f"client={TEXT}", FIRST_CACHE]
    if job["pattern"] == "program":
        # Its fill takes most of the instructions, whose accesses are the host's time.
        words.append("watch=0")
    if job["bound"]:
        words.append(f"bound={job['epochs'] - max(1, job['epochs'] // 4)}")
        # Without a node, the slowest memory holds nothing.
        words.append(f"boundaries={len(job['prices']['memory_ns']) - 1 - (not job['pmem'] and has_pmem(job['topology']))}")
    return ",".join(words)


def folder(job):
    """Return the folder with the files of the guest."""
    name = job["program"] or ("redis" if job["pattern"] == "redis" else None)
    return BUILD / (f"guest-{name}" if name else "guest")


def machine(job):
    """Return the arguments of vm/run that decide what is in the guest.

    The guests of rivals have no file of HMT, but as much memory as the others, so
    that no change of HMT changes their results.
    """
    hmt = kind(job["setting"]) in HMT_SETTINGS
    return ["--kernel", job["kernel"], "--topology", job["topology"], "--smp", "1", "--files", str(folder(job)),
            *(["--files", str(BUILD / "hmt")] if hmt else []), "--build", "product" if hmt else "none",
            "--pad", str(HMT_MIB)]


def command(job, out):
    """Return the command that boots the guest.

    A virtio device without ioeventfd works while the guest waits, and the seed
    is that of the guest's random numbers, so that nothing depends on the host.
    """
    delay, offset = drawn(job["seed"], job["huge"])
    qemu = (f"-seed {job['seed']} -rtc base=2026-01-01,clock=vm -global virtio-serial-pci.ioeventfd=off "
            f"-icount shift=0,sleep=off -plugin {plugin(job, out)}")
    setting, words = job["setting"], ["--seed", str(job["seed"])]
    if not job["program"]:
        words += ["--offset", str(offset)]
    if setting == "interleave":
        setting, words = "none", [*words, "--interleave", "1"]
    elif setting.startswith("split"):
        setting, words = "none", [*words, "--split", setting.removeprefix("split")]
    if job["program"]:
        words = ["--program", str(job["seed"]), setting, "--", *job["arguments"], *words]
    else:
        words = [setting, "--", *job["arguments"], *words]
    return ["vm/run", *machine(job), "--timeout", TIMEOUT_S,
            "--cmdline", f"transparent_hugepage={job['huge_pages']}", "--qemu", qemu, "--",
            "./run.sh", *(["--pmem"] if job["pmem"] else []), "--delay", str(delay), *words]


def environment(log, cost=""):
    """Return the environment of the command. QEMU has no time of day, see still.c."""
    return dict(os.environ, HMT_VM_LOG=str(log), HMT_BENCH_COST=str(cost), LD_PRELOAD=str(BUILD / "still.so"))


def identity(job):
    """Return a digest of the guest's machine, kernel and files."""
    done = subprocess.run(["vm/run", *machine(job), "--identity", "--", "true"], cwd=ROOT, capture_output=True, text=True,
                          env=dict(os.environ, HMT_VM_LOG=os.devnull), check=False)
    if done.returncode:
        raise output.Broken(f"vm/run --identity: exit status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout.strip()


class Keys:
    """Keys of results: all that decides them, and nothing else.

    These are the command, without the folder of this tree, and the content of
    the guest, the model, and the library for QEMU.
    """

    def __init__(self):
        self.guests = {}
        self.model = store.digest([BUILD / "model.so", BUILD / "still.so"])

    def guest(self, job):
        words = tuple(machine(job))
        if words not in self.guests:
            self.guests[words] = identity(job)
        return self.guests[words]

    def key(self, job):
        words = [word.replace(str(BUILD), "") for word in command(job, "out") if word != TIMEOUT_S]
        return {"command": words, "guest": self.guest(job), "model": self.model}


def stats(messages):
    """Return the counters of the workload that settings of HMT print at the end."""
    lines = [line[2:].partition(":") for line in messages.splitlines() if line.startswith("# ")]
    return {name: int(value) for name, _, value in lines if value.isdigit()}


def run(job, log):
    """Run a job and return its parsed output; raise output.Broken if it failed.

    `log` is a path for the console and the messages, without a suffix.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        model, printed, said = (pathlib.Path(name, file) for file in ("model.jsonl", "out", "err"))
        words = command(job, model)
        with open(printed, "w") as out, open(said, "w") as err:
            running = subprocess.Popen(words, cwd=ROOT, env=environment(f"{log}.console", f"{model}.cost"),
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            # The usage of this child, while others run.
            _, status, usage = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        messages = said.read_text()
        log.with_name(log.name + ".err").write_text(shlex.join(words) + "\n" + messages)
        if running.returncode:
            raise output.Broken(f"exit status {running.returncode}, see {log}.err")
        result = output.gather(printed.read_text(), model.read_text(), load_of(job))
        return {**result, "stats": stats(messages),
                "cost": costs(pathlib.Path(f"{model}.cost").read_text(), usage.ru_utime + usage.ru_stime)}


def load_of(job):
    """Return what the checks of the output need."""
    return {"epochs": job["epochs"], "pattern": job["pattern"], "instruction_ps": job["prices"]["instruction_ps"]}


def costs(text, whole):
    """Return the CPU time of the host by part, in s: what the model wrote, and the rest of the command."""
    begins = [("boot", 0.0), *((name, float(at)) for name, at in (line.split() for line in text.splitlines()))]
    parts = {}
    for (name, begin), (_, end) in zip(begins, begins[1:]):
        name = "epochs" if name.isdigit() else name
        parts[name] = round(parts.get(name, 0) + end - begin, 3)
    parts["rest"] = round(whole - begins[-1][1], 3)
    return parts
