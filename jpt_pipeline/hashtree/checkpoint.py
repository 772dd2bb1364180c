"""Checkpoints of the ledger: size and root of the RFC 9162 tree over its entries, for witnesses outside of the home.

A chain of digests does not stop its keeper from writing the whole chain anew; whoever kept a checkpoint notices. The text
is that of C2SP tlog-checkpoint: origin, number of entries and root in base64, a line each; an empty line and signatures
may follow. Keep out: keys and signatures (signing); who signs appends lines to `Checkpoint.text`.
"""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from jpt_pipeline.hashtree.merkle import DIGEST_BYTES, consistency_proof, leaf_hash, root, verify_consistency
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import read_json, replacing

_SIZE = re.compile("0|[1-9][0-9]{0,8}")


class NotACheckpoint(ValueError):
    """A text is not a checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """The ledger of `origin` as it was with `size` entries."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines: what is signed, and what a witness keeps."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Extension:
    """The ledger now beside a checkpoint: whether it begins with what the checkpoint saw, and the proof of that."""

    seen: Checkpoint
    now: Checkpoint
    proof: tuple[bytes, ...]
    is_extension: bool


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its text; signature lines after an empty line are left aside.

    Raises:
        NotACheckpoint: it is another text.
    """
    lines = text.partition("\n\n")[0].removesuffix("\n").split("\n")
    if len(lines) < 3 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NotACheckpoint("no origin, size and root")
    try:
        found = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except ValueError:
        raise NotACheckpoint("no root") from None
    if len(found.root) != DIGEST_BYTES:
        raise NotACheckpoint("no root")
    return found


def checkpoint(settings: Settings) -> Checkpoint:
    """The home's ledger as it is now.

    Raises:
        LedgerBroken: see read_entries.
        FileNotFoundError: the home was never made ready.
    """
    leaves = _leaves(settings.ledger)
    return Checkpoint(_origin(settings), len(leaves), root(leaves))


def extension(settings: Settings, seen: Checkpoint) -> Extension:
    """Hold the home's ledger against a checkpoint of earlier. Raises as `checkpoint`."""
    leaves = _leaves(settings.ledger)
    now = Checkpoint(_origin(settings), len(leaves), root(leaves))
    if seen.origin != now.origin or seen.size > now.size:
        return Extension(seen, now, (), False)
    proof = consistency_proof(leaves, seen.size)
    is_extension = verify_consistency(seen.size, now.size, seen.root, now.root, proof)
    return Extension(seen, now, tuple(proof), is_extension)


def write_checkpoint(settings: Settings, path: Path) -> Checkpoint:
    """Write the checkpoint of now into a file. Raises as `checkpoint`."""
    made = checkpoint(settings)
    with replacing(path) as temporary:
        temporary.write_text(made.text, encoding="utf-8")
    return made


def write_beside(settings: Settings, release: Path) -> Path:
    """Write the checkpoint of now beside a release: <release>-<entries>.checkpoint. One that is there stays as it is, so
    that a ledger that was rewritten does not replace what was seen before. Raises as `checkpoint`."""
    made = checkpoint(settings)
    path = release.with_name(f"{release.name}-{made.size}.checkpoint")
    if not path.exists():
        with replacing(path) as temporary:
            temporary.write_text(made.text, encoding="utf-8")
    return path


def _origin(settings: Settings) -> str:
    """Name of the log: that of the home."""
    return f"jpt-ledger/{read_json(settings.root / 'home.json')['home_id']}"


def _leaves(folder: Path) -> list[bytes]:
    """Digests of the entries' files, in order; the chain is verified first."""
    return [leaf_hash((folder / entry.file_name).read_bytes()) for entry in read_entries(folder)]
