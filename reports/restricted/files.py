"""Files of a restricted report: all of them, or none.

Put here: where they are written until all are whole. Keep out: what they hold.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jpt_pipeline.listing.places import Piece
from jpt_pipeline.restricted import restricted_folder
from jpt_pipeline.store.discreet import discreet
from jpt_pipeline.store.files import private_folder, sync_dir
from reports.order import Restricted, RestrictedOrder

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


def by_piece(
    order: RestrictedOrder, found: Sequence[Piece], write: Callable[[Path, Piece], tuple[list[Path], int]]
) -> Restricted:
    """The files of all pieces of an area, told piece by piece; `write` gives the files of one and its households.

    Raises: as `all_or_none`, and what `write` raises; then nothing is written.
    """
    files: list[Path] = []
    households_n = 0
    with all_or_none(order) as folder:
        for number, piece in enumerate(found, start=1):
            written, listed_n = write(folder, piece)
            files += [order.out / path.name for path in written]
            households_n += listed_n
            order.progress(number, len(found))
    return Restricted(files, households_n)
