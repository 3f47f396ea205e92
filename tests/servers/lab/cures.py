"""Applies a cure to a server of the laboratory: its lines and commands word for word.

Only what differs on any machine is put in place of the usual: where files are, and how the server is
told to load them (each server's `Ways`). Afterwards all servers of the scenario start anew.
"""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.site import Site

TIMEOUT = 120.0


@dataclass(frozen=True)
class Ways:
    """How a server is changed: where its lines go, and what its commands need to reach this one."""

    file: Path | None = None
    name: str = r"([\w.-]+)\s*="
    before: str = ""
    functions: str = ""
    paths: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)


def apply(site: Site, ways: Ways, fix: dict[str, Any]) -> None:
    """Puts the lines of a cure into the server's file, then runs its commands one by one."""
    if fix["config"]:
        if ways.file is None:
            raise LabError(f"{fix['for']} has no file for lines: {fix['config']}")
        lines = [on_site(line, ways) for line in fix["config"].splitlines()]
        site.write(ways.file, placed(ways.file.read_text(), lines, ways))
    commands = [f"{on_site(command, ways)}\n[ $? -eq 0 ] || exit 1" for command in fix["commands"]]
    script = "\n".join([ways.functions, *commands])
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": str(site.folder)} | ways.env
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, env=env, cwd=site.folder,
        timeout=TIMEOUT, stdin=subprocess.DEVNULL, check=False,
    )
    if done.returncode != 0:
        raise LabError(f"the cure failed:\n{script}\n{done.stdout}{done.stderr}")


def placed(text: str, lines: list[str], ways: Ways) -> str:
    """Puts each line in place of the lines of the same name, or else where new lines go."""
    name = re.compile(ways.name)
    kept = text.splitlines()
    for line in lines:
        found = name.match(line)
        if found is None:
            raise LabError(f"a cure has a line that sets nothing: {line}")
        same = [at for at, old in enumerate(kept) if (old_name := name.match(old)) and old_name[1] == found[1]]
        ends = [at for at, old in enumerate(kept) if ways.before and old.startswith(ways.before)]
        at = same[0] if same else ends[0] if ends else len(kept)
        kept = [old for number, old in enumerate(kept) if number not in same]
        kept.insert(at, line)
    return "\n".join(kept) + "\n"


def on_site(text: str, ways: Ways) -> str:
    """The same words with the paths of this server's own files."""
    for usual, ours in ways.paths.items():
        text = text.replace(usual, ours)
    return text

