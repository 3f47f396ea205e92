"""What a server's configuration is written for: a folder, an address, a name, its certificates."""

import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from lab.certificates import Identity
from lab.errors import LabError

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
PLACEHOLDER = re.compile(r"@([A-Z_]+)@")


@dataclass(frozen=True)
class Endpoint:
    """One door of a server; `path` instead of a port for a Unix socket."""

    name: str
    port: int
    protocol: str
    security: str
    path: str = ""


@dataclass(frozen=True)
class Site:
    """Everything a server's configuration depends on."""

    folder: Path
    address: str
    host: str
    identities: list[Identity]
    overlays: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]

    def render(self, template: str, target: Path, overlay_suffix: str = "", **values: str) -> Path:
        """Writes a template with its overlays, each `@NAME@` replaced; unknown names fail."""
        server = template.split("/")[0]
        text = (TEMPLATES / template).read_text()
        if overlay_suffix:
            names = [f"{server}/overlays/{name}{overlay_suffix}" for name in self.overlays]
            overlays = "".join((TEMPLATES / name).read_text() for name in names)
            if "@OVERLAYS@" not in text:
                text += overlays
            values["OVERLAYS"] = overlays
        known = values | {
            "FOLDER": str(self.folder),
            "ADDRESS": self.address,
            "HOST": self.host,
            "TEMPLATES": str(TEMPLATES / server),
        }
        while PLACEHOLDER.search(text):
            text = PLACEHOLDER.sub(lambda found: value_of(known, found[1], template), text)
        return self.write(target, text)

    def write(self, target: Path, text: str) -> Path:
        """Writes a file that looks an hour old: Postfix rereads younger ones for two seconds."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        an_hour_ago = time.time() - 3600
        os.utime(target, (an_hour_ago, an_hour_ago))
        return target

    def subfolder(self, name: str, owner: str = "root", mode: int = 0o755) -> Path:
        """Makes a folder in the site's own for a user."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        shutil.chown(path, owner)
        return path


def value_of(known: dict[str, str], name: str, template: str) -> str:
    """The value of a placeholder."""
    if name not in known:
        raise LabError(f"{template} uses @{name}@, which nothing sets")
    return known[name]
