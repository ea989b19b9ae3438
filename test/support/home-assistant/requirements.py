"""Prints what the named integrations, and those that they depend on, need to have installed."""

import json
import pathlib
import sys

import homeassistant.components

root = pathlib.Path(homeassistant.components.__path__[0])
pending, visited, requirements = sys.argv[1:], set(), set()
while pending:
    name = pending.pop()
    if name in visited:
        continue
    visited.add(name)
    manifest = json.loads((root / name / "manifest.json").read_text())
    requirements.update(manifest.get("requirements", []))
    pending += manifest.get("dependencies", [])
print("\n".join(sorted(requirements)))
