# SPDX-License-Identifier: GPL-2.0
"""Results on disk: one file for each run, so that nothing is run twice."""

import hashlib
import json
import os


class Store:
    """Results in a directory, found by all that decides them."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key):
        """Return the file of a key, a dictionary of strings and numbers."""
        text = json.dumps(key, sort_keys=True)
        return self.folder / (hashlib.sha256(text.encode()).hexdigest()[:20] + ".json")

    def load(self, key):
        """Return the result, None: there is none, or its file is damaged."""
        try:
            data = json.loads(self.path(key).read_text())
        except (OSError, ValueError):
            return None
        return data["result"] if data.get("key") == key else None

    def save(self, key, result):
        """Write a result, whole or not at all."""
        path = self.path(key)
        draft = path.with_suffix(f".{os.getpid()}.{id(result)}")
        draft.write_text(json.dumps({"key": key, "result": result}))
        draft.rename(path)


def digest(paths):
    """Return a digest of files, with those of folders."""
    total = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:20]
