# SPDX-License-Identifier: GPL-2.0
"""Results on disk: one file for each run, so that nothing is run twice.

They are outside of the tree, so that all clones share them.
"""

import datetime
import hashlib
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def folder():
    """Return the folder of the results, in the cache of vm/common.sh."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path(os.environ.get("HOME", "/root"), ".cache")
    return pathlib.Path(os.environ.get("HMT_CACHE") or pathlib.Path(home, "hmt"), "bench")


def commit():
    """Return the commit of the tree, with "+" if there are changes."""
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if git("status", "--porcelain", "-uno") else "")


class Store:
    """Results in a directory, found by all that decides them."""

    def __init__(self, where=None):
        self.folder = where or folder()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.commit = commit()

    def path(self, key):
        """Return the file of a key, a dictionary of strings, numbers and lists."""
        text = json.dumps(key, sort_keys=True)
        return self.folder / (hashlib.sha256(text.encode()).hexdigest()[:20] + ".json")

    def load(self, key):
        """Return the result, None: there is none, or its file is damaged."""
        try:
            data = json.loads(self.path(key).read_text())
        except (OSError, ValueError):
            return None
        return {**data["result"], "commit": data["commit"]} if data.get("key") == key else None

    def save(self, key, job, result):
        """Write a result, whole or not at all, with its job, the commit and the date for readers."""
        path = self.path(key)
        draft = path.with_suffix(f".{os.getpid()}.{id(result)}")
        draft.write_text(json.dumps({"commit": self.commit, "date": datetime.date.today().isoformat(), "job": job,
                                     "key": key, "result": result}))
        draft.rename(path)
        return {**result, "commit": self.commit}


def digest(paths):
    """Return a digest of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:20]
