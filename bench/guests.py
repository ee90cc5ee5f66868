# SPDX-License-Identifier: GPL-2.0
"""Run one setting of a workload in a guest of its own."""

import os
import pathlib
import random
import shlex
import subprocess
import tempfile

import output

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
# Link address of the load, see Makefile.
TEXT = "10000000-18000000"
QUANTUM_NS = 20000
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


def plugin(job, out):
    """Return the plugin's argument of QEMU."""
    words = [str(BUILD / "model.so")]
    words += [f"memory={block}:{ns}:{ns}:{mbps}" for block, ns, mbps in memories(job["topology"])]
    words += job["model"]
    # The server's addresses are not known: watch all programs, the load marks the data.
    words.append("text=0-800000000000" if job["pattern"] in output.SERVERS else f"text={TEXT}")
    words += [f"{name.replace('_', '-')}={value}" for name, value in job["prices"].items() if name in PRICES]
    words += [f"quantum={QUANTUM_NS}", f"out={out}"]
    if job["program"]:
        # The load has accesses beyond all caches only, a program has others.
        words += [f"client={TEXT}", FIRST_CACHE]
    if job["bound"]:
        words.append(f"bound={job['epochs'] - max(1, job['epochs'] // 4)}")
        # Without a node, the slowest memory holds nothing.
        words.append(f"boundaries={len(job['prices']['memory_ns']) - 1 - (not job['pmem'] and has_pmem(job['topology']))}")
    return ",".join(words)


def command(job, out):
    """Return the command that boots the guest.

    A virtio device without ioeventfd works while the guest waits, and the seed
    is that of the guest's random numbers, so that nothing depends on the host.
    The CPU lacks string instructions, which QEMU emulates byte by byte.
    """
    delay, offset = drawn(job["seed"], job["huge"])
    qemu = (f"-seed {job['seed']} -rtc base=2026-01-01,clock=vm -global virtio-serial-pci.ioeventfd=off "
            f"-cpu max,la57=off,-erms,-fsrm -icount shift=0,sleep=off -plugin {plugin(job, out)}")
    setting, words, files = job["setting"], ["--seed", str(job["seed"])], BUILD / "guest"
    if not job["program"]:
        words += ["--offset", str(offset)]
    if setting == "interleave":
        setting, words = "none", [*words, "--interleave", "1"]
    elif setting.startswith("split"):
        setting, words = "none", [*words, "--split", setting.removeprefix("split")]
    if job["program"]:
        files = files.with_name(f"guest-{job['program']}")
        words = ["--program", str(job["seed"]), setting, "--", *job["arguments"], *words]
    else:
        words = [setting, "--", *job["arguments"], *words]
    return ["vm/run", "--kernel", job["kernel"], "--topology", job["topology"], "--smp", "1", "--timeout", "5400",
            "--cmdline", f"transparent_hugepage={job['huge_pages']}",
            "--files", str(files), "--qemu", qemu, "--",
            "./run.sh", *(["--pmem"] if job["pmem"] else []), "--delay", str(delay), *words]


def environment(log):
    """Return the environment of the command. QEMU has no time of day, see still.c."""
    return dict(os.environ, HMT_VM_LOG=str(log), LD_PRELOAD=str(BUILD / "still.so"))


def stats(messages):
    """Return the counters of the workload that settings of HMT print at the end."""
    lines = [line[2:].partition(":") for line in messages.splitlines() if line.startswith("# ")]
    return {name: int(value) for name, _, value in lines if value.isdigit()}


def run(job, log):
    """Run a job and return its parsed output; raise output.Broken if it failed.

    `log` is a path for the console and the messages, without a suffix.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        model = pathlib.Path(folder) / "model.jsonl"
        words = command(job, model)
        done = subprocess.run(words, cwd=ROOT, env=environment(f"{log}.console"), capture_output=True, text=True, check=False)
        log.with_name(log.name + ".err").write_text(shlex.join(words) + "\n" + done.stderr)
        if done.returncode:
            raise output.Broken(f"exit status {done.returncode}, see {log}.err")
        result = output.gather(done.stdout, model.read_text(),
                               {"epochs": job["epochs"], "pattern": job["pattern"],
                                "instruction_ps": job["prices"]["instruction_ps"]})
        return {**result, "stats": stats(done.stderr)}
