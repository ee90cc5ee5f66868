# SPDX-License-Identifier: GPL-2.0
"""Compute the numbers from the output of the guest and of the memory model.

An incomplete or inconsistent run raises Broken instead of giving wrong numbers.
"""

import json


class Broken(Exception):
    """The output of a run is incomplete or inconsistent."""


def parse_guest(text):
    """Parse the output of guest/run.sh.

    Returns the epochs by setting and the reasons of failed settings.
    """
    settings, failed = {}, {}
    name = None
    for line in text.splitlines():
        try:
            data = json.loads(line)
        except ValueError as error:
            raise Broken(f"unexpected output of the guest '{line}'") from error
        if "setting" in data:
            name = data["setting"]
            settings[name] = []
        elif "failed" in data:
            failed[data["failed"]] = f"exit status {data['status']}"
        elif name is None or data.get("epoch") != len(settings[name]):
            raise Broken(f"unexpected line '{line}'")
        else:
            settings[name].append(data)
    return settings, failed


def parse_phases(text):
    """Parse the output of the memory model, a list of phases."""
    phases = [json.loads(line) for line in text.splitlines()]
    for number, phase in enumerate(phases):
        if phase["phase"] != number:
            raise Broken(f"phase {number} of the model is missing")
        for program in phase["programs"]:
            if program["unknown"]:
                raise Broken(f"phase {number}: {program['unknown']} accesses to memory that is not modelled")
    return phases


def join(settings, phases):
    """Store the model's phase of each epoch in it."""
    epochs = [epoch for name in settings for epoch in settings[name]]
    if len(epochs) != len(phases):
        raise Broken(f"{len(epochs)} epochs and {len(phases)} phases")
    for epoch, phase in zip(epochs, phases):
        if epoch["ns"] < phase["stall_ns"]:
            raise Broken("the guest's clock does not include the modelled time")
        epoch["model"] = phase


def gather(guest, model, died=None):
    """Return the epochs by setting of one guest and the reasons of failed settings.

    `died` is the reason if the guest ended early: its last setting failed.
    """
    settings, failed = parse_guest(guest)
    phases = parse_phases(model)
    if died:
        if not settings:
            raise Broken(died)
        failed[list(settings)[-1]] = died
        # The guest may have ended before it printed the epoch of a phase.
        phases = phases[:sum(map(len, settings.values()))]
    join(settings, phases)
    return {name: epochs for name, epochs in settings.items() if name not in failed}, failed


def accesses(phase):
    return sum(p["loads"] + p["stores"] for p in phase["programs"])


def check_work(epochs, load):
    """Check that a setting is complete and that the model counted each access.

    A record consists of four accesses. For a request to a server there is only
    a lower bound, because it at least reads the value.
    """
    if len(epochs) != load["epochs"]:
        raise Broken(f"{len(epochs)} epochs of {load['epochs']}")
    for number, epoch in enumerate(epochs):
        seen, records = accesses(epoch["model"]), load["records"]
        if load["pattern"] == "redis" and seen < 16 * records:
            raise Broken(f"epoch {number}: {seen} accesses are too few for {records} requests")
        if load["pattern"] != "redis" and seen != 4 * records:
            raise Broken(f"epoch {number}: {seen} accesses, {4 * records} expected")


def fills(epoch, memory):
    return sum(sum(program["fills"][memory]) for program in epoch["model"]["programs"])


def check_memories(epochs, share):
    """Check the accesses of each memory against its pages, if no page moves.

    `share` of the accesses goes to the hot set, the others to all pages.
    """
    for number, epoch in enumerate(epochs):
        count = len(epoch["model"]["programs"][0]["fills"])
        everything = sum(fills(epoch, memory) for memory in range(count))
        for memory in range(count):
            wanted = (share * epoch["hot"][memory] / sum(epoch["hot"]) +
                      (1 - share) * epoch["all"][memory] / sum(epoch["all"]))
            seen = fills(epoch, memory) / everything
            if abs(seen - wanted) > 0.01:
                raise Broken(f"epoch {number}: memory {memory} served {seen:.3f} of the accesses, {wanted:.3f} expected")


def pages_moved(epoch):
    """Return the number of pages moved by HMT and by the kernel.

    With HMT, pgmigrate_success is not used, because it also counts the pages
    that hmtd and compaction move.
    """
    if not epoch["edges"]:
        return epoch["pgmigrate_success"]
    kernel = ("pgpromote_success", "pgdemote_kswapd", "pgdemote_direct")
    return sum(epoch["edges"].values()) + sum(epoch[key] for key in kernel)


def steady(epochs):
    """Return the last quarter of the epochs, when placement has settled."""
    return epochs[-max(1, len(epochs) // 4):]


def total(epochs, key):
    return sum(epoch[key] for epoch in epochs)


def on_top(epoch):
    """Return the number of hot pages in the top tier.

    If hot pages are not known, returns the top tier's share of the accesses.
    """
    if sum(epoch["hot"]):
        return epoch["hot"][0]
    count = len(epoch["model"]["programs"][0]["fills"])
    return fills(epoch, 0) / max(1, sum(fills(epoch, memory) for memory in range(count)))


def recall(epoch, best):
    """Return the hot pages in the top tier relative to `best`, at most 1."""
    return min(1, on_top(epoch) / best)


def reached(epochs, best, begin):
    """Return the seconds from epoch `begin` until recall is 95 %, or None."""
    ns = 0
    for epoch in epochs[begin:]:
        ns += epoch["ns"]
        if recall(epoch, best) >= 0.95:
            return ns / 1e9
    return None


def edges(epochs):
    """Return the moved pages by edge. The kernel only counts directions."""
    moved = {}
    for epoch in epochs:
        for path, pages in epoch["edges"].items():
            source, target = path.split("/")[0], path.split("/")[2]
            name = f"{source}>{target}"
            moved[name] = moved.get(name, 0) + pages
    kernel = {
        "kernel up": total(epochs, "pgpromote_success"),
        "kernel down": total(epochs, "pgdemote_kswapd") + total(epochs, "pgdemote_direct"),
    }
    moved.update(kernel)
    return {name: pages for name, pages in moved.items() if pages}


def summary(epochs, oracle, shift):
    """Return the numbers of one setting."""
    best = max(on_top(epoch) for epoch in oracle) or 1
    last = epochs[-1]
    ns = total(epochs, "ns")
    late, late_oracle = steady(epochs), steady(oracle)
    user = sum(e["model"]["user"] for e in late)
    kernel = sum(e["model"]["kernel"] for e in late)
    return {
        "ratio": ns / total(oracle, "ns"),
        "steady_ratio": total(late, "ns") / total(late_oracle, "ns"),
        "seconds": ns / 1e9,
        "recall": recall(last, best),
        "precision": last["came_hot"] / last["came"] if last["came"] and sum(last["hot"]) else None,
        "to_95_s": reached(epochs, best, 0),
        "to_95_after_shift_s": reached(epochs, best, shift) if shift is not None else None,
        "moved": sum(pages_moved(e) for e in epochs),
        "steady_moved": sum(pages_moved(e) for e in late),
        "edges": edges(epochs),
        "hint_faults": total(epochs, "numa_hint_faults"),
        "others_cpu": total(late, "others_ns") / total(late, "ns"),
        "engine_cpu": total(late, "engine_ns") / total(late, "ns"),
        "kernel_instructions": kernel / (user + kernel),
    }


def evaluate(settings, load):
    """Return the numbers by setting and the errors of the other settings.

    `load` contains the arguments of the load: epochs, records, pattern, share,
    shift. Raises Broken if the oracle is missing.
    """
    broken = {}
    for name, epochs in settings.items():
        try:
            check_work(epochs, load)
            if load["pattern"] == "hot" and name in ("none", "oracle"):
                check_memories(epochs, load["share"] / 100)
        except Broken as error:
            broken[name] = str(error)
    if "oracle" not in settings or "oracle" in broken:
        raise Broken(f"there is no oracle: {broken.get('oracle', 'it did not run')}")
    numbers = {name: summary(epochs, settings["oracle"], load["shift"])
               for name, epochs in settings.items() if name not in broken}
    return numbers, broken


def show(value, form):
    return "-" if value is None else format(value, form)


def lay_out(rows):
    """Return rows as text: two columns left-aligned, the others right-aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), row[1].ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def traffic(results):
    """Return a table of the pages moved along each edge, if any."""
    names = sorted({edge for s in results.values() for r in s.values() for edge in r["edges"]})
    rows = [("workload", "setting", *names)]
    for workload, settings in results.items():
        rows += [(workload, name, *(str(r["edges"].get(edge, 0)) for edge in names))
                 for name, r in settings.items() if r["edges"]]
    return lay_out(rows)


def table(results):
    """Return a table of the numbers, a line for each workload and setting."""
    head = ("workload", "setting", "time", "steady", "recall", "precision", "95 % s", "shift s",
            "moved", "in steady", "engine %", "kernel %")
    rows = [head]
    for workload, settings in results.items():
        for name, r in settings.items():
            rows.append((
                workload, name, show(r["ratio"], ".3f"), show(r["steady_ratio"], ".3f"),
                show(r["recall"], ".3f"), show(r["precision"], ".3f"), show(r["to_95_s"], ".1f"),
                show(r["to_95_after_shift_s"], ".1f"), str(r["moved"]), str(r["steady_moved"]),
                show(100 * r["engine_cpu"], ".1f"), show(100 * r["kernel_instructions"], ".1f")))
    return lay_out(rows)
