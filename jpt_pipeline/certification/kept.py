"""Figures and leaves that certificates bind, kept for ever under their digest in landing/certified.

Put here: keeping a province's sealed files when one of its areas is certified, and finding them again by the digests
that the certificate names. Keep out: what changed since (difference.py). A file of the lake is replaced by rename, so a
second name costs nothing and keeps the old bytes; many certificates on the same figures share them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.relations import ROLLUPS
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, replacing, second_name, sha256_file, sync_dir
from jpt_pipeline.store.lake import Lake, NotSealed, Part

INDICATORS = "rollups__indicators"
NODES, LEAVES, TREES = "certification__nodes", "certification__leaves", "certification__trees"


class NotKept(Exception):
    """Figures of a certificate are not there any more, or are not what was certified; `reason` is Thai with its code."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def folder(settings: Settings) -> Path:
    """Where the kept files lie; restricted, as leaves name households."""
    return settings.landing / "certified"


def keep(settings: Settings, parts: Iterable[Part]) -> dict[str, str]:
    """Keep the rollups of the parts, and their nodes and leaves if these were made from the same rollups.

    Returns the digests by table and part, as a certificate names them: "rollups__indicators 2561/38" -> sha256.

    Raises:
        NotSealed: a rollup of a part is not sealed.
    """
    lake = Lake(settings.lake)
    private_folder(folder(settings))
    kept = {}
    for part in sorted(set(parts), key=str):
        for table in (*ROLLUPS, *_made_from_these(lake, part)):
            digest = lake.seal(table, part).sha256
            _keep_file(lake.path(table, part), folder(settings) / f"{digest}.parquet", digest)
            kept[f"{table} {part}"] = digest
    sync_dir(folder(settings))
    return kept


def kept_files(settings: Settings, figures: Mapping[str, str], table: str) -> list[Path]:
    """The files of a table that a certificate's `figures` name, verified, in order of parts; empty if it names none.

    Raises:
        NotKept: a file is missing, or its bytes are not those of its digest.
    """
    named = sorted((name, digest) for name, digest in figures.items() if name.partition(" ")[0] == table)
    return [_verified(folder(settings) / f"{digest}.parquet", name, digest) for name, digest in named]


def _made_from_these(lake: Lake, part: Part) -> list[str]:
    """Of leaves and nodes, those that are sealed and were made from the tables as they are now: leaves from the
    households that the rollups count, nodes from rollups and trees (the nation's: of all provinces)."""
    found = []
    counted = lake.seal(INDICATORS, part).inputs
    for table in (LEAVES, NODES):
        try:
            inputs = lake.seal(table, part).inputs
            now = {name: _digest(lake, name, counted) for name in inputs}
        except NotSealed:
            continue
        if all(now[name] in (None, digest) for name, digest in inputs.items()):
            found.append(table)
    return found


def _digest(lake: Lake, name: str, counted: Mapping[str, str]) -> str | None:
    """Digest now of an input "table 2561/38", or as the rollups counted it; None for what is not about figures."""
    table, _, at = name.partition(" ")
    if table not in (*ROLLUPS, TREES) or not at:
        return counted.get(name)
    year, _, province = at.partition("/")
    return lake.seal(table, Part(int(year), province or None)).sha256


def _keep_file(path: Path, name: Path, digest: str) -> None:
    """One file under its digest; what lies there already is kept if it is whole, and put right if not."""
    if name.exists() and sha256_file(name) == digest:
        return
    with replacing(name) as temporary:
        second_name(path, temporary)


def _verified(path: Path, name: str, digest: str) -> Path:
    if not path.exists():
        raise NotKept(say("C-KEPT-MISSING", table=name, file=f"{digest}.parquet"))
    if sha256_file(path) != digest:
        raise NotKept(say("C-KEPT-CHANGED", table=name, file=f"{digest}.parquet"))
    return path
