"""Files of a restricted report: all of them, or none.

Put here: where they are written until all are whole. Keep out: what they hold.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jpt_pipeline.restricted import restricted_folder
from jpt_pipeline.store.discreet import discreet
from jpt_pipeline.store.files import private_folder, replacing, sync_dir
from reports.order import RestrictedOrder

_MAKING = ".making."


@contextmanager
def all_or_none(order: RestrictedOrder) -> Iterator[Path]:
    """A private folder beside the files; what lies there at the end is moved into `order.out`, or removed on an error.

    Raises:
        jpt_pipeline.restricted.NotRestricted: `order.out` does not lie in the restricted place.
        Withheld: a fault of ours inside, without its words.
    """
    out = restricted_folder(order.settings, order.out)
    for left in out.glob(f"{_MAKING}*"):
        if not Path(f"/proc/{left.name.removeprefix(_MAKING)}").exists():  # its process was killed
            shutil.rmtree(left)
    folder = out / f"{_MAKING}{os.getpid()}"
    private_folder(folder)
    try:
        with discreet("a restricted report"):
            yield folder
        for path in sorted(folder.iterdir()):
            os.replace(path, out / path.name)
        sync_dir(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_bytes(path: Path, content: bytes) -> Path:
    """A file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path
