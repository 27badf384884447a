"""A file that is written anew is there whole, or as it was."""

from __future__ import annotations

import os
import tempfile
from errno import EINVAL
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step; what fails leaves it as it was and nothing beside it.

    Raises `OSError`, also for what is no file: a device or a folder is never replaced.
    """
    if path.exists() and not path.is_file():
        raise OSError(EINVAL, "not a plain file", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
