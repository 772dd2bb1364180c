"""One published release as the reports see it: small frames of one area, read from files that the manifest vouches for.

Put here: reading and verifying. Keep out: layout, rounding, and anything that only the lake or the ledger knows.
"""

import hashlib
import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
from pyarrow import parquet

from jpt_pipeline.disclosure import CELLS, DOCUMENT, MANIFEST_KEY, Policy, mask
from jpt_pipeline.instruments import Instrument, load_instrument
from jpt_pipeline.rounds import Round, load_round
from jpt_pipeline.store.files import dump_json, read_json, sha256_text
from jpt_pipeline.store.release import current_release
from reports.words import words

CERTIFIED = "CERTIFIED"
Audience = Literal["committee", "public"]


class ReleaseError(Exception):
    """A release cannot be read, a file of it was changed, or it does not hold what is asked for."""


class NotAsked(ReleaseError):
    """The round does not ask for this report, and the release has nothing to put into it."""


@dataclass(frozen=True)
class Certification:
    """Whether figures are under a certificate, and under that of which area.

    `level` and `area_code` name the area that holds the certificate: the area itself, or, where the round does not
    certify its level, the nearest area above. `state` is None where no area above is in the chain either.
    """

    level: str
    area_code: str
    state: str | None
    certificate_id: str | None

    @property
    def certified(self) -> bool:
        return self.state == CERTIFIED


@dataclass
class Release:
    """A release folder, bound to one stream, since figures of two streams are never added, and to its readers.

    Of a release for the public, figures that the disclosure policy hides are NA.
    """

    folder: Path
    stream: str
    manifest: dict[str, Any]
    instrument: Instrument
    round: Round
    audience: Audience = "committee"
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _by_area: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def open(
        cls,
        folder: Path,
        stream: str = "jpt",
        instrument: Instrument | None = None,
        round_: Round | None = None,
        audience: Audience = "committee",
    ) -> Self:
        """Open `published/<release>`.

        Args:
            folder: holds manifest.json and one Parquet file per table.
            stream: key of the round's stream.
            instrument, round_: those that the manifest names, unless given.
            audience: who the pages are for.

        Raises:
            ReleaseError: no manifest, or the round has no such stream.
        """
        if not (folder / "manifest.json").is_file():
            raise ReleaseError(f"{folder.name}: no manifest.json, so this is no release")
        manifest = read_json(folder / "manifest.json")
        round_ = round_ or load_round(manifest["survey_year"])
        if stream not in {known.key for known in round_.streams}:
            raise ReleaseError(f"round {round_.survey_year} has no stream {stream!r}")
        return cls(folder, stream, manifest, instrument or load_instrument(manifest["instrument"]), round_, audience)

    @property
    def name(self) -> str:
        return str(self.manifest["release"])

    @property
    def survey_year(self) -> int:
        return int(self.manifest["survey_year"])

    @property
    def is_public(self) -> bool:
        """Whether the pages made of it are for everybody, so that small figures are hidden."""
        return self.audience == "public"

    @property
    def has_public_edition(self) -> bool:
        """Whether it was found out at publication which figures the public must not see."""
        return MANIFEST_KEY in self.manifest

    @cached_property
    def policy(self) -> Policy:
        """The disclosure policy that the release's public edition follows.

        Raises:
            ReleaseError: the release has no public edition, or its policy is not the one that was published.
        """
        content = (self.folder / DOCUMENT).read_bytes() if self.has_public_edition else b""
        if hashlib.sha256(content).hexdigest() != self.manifest.get("documents", {}).get(DOCUMENT):
            raise ReleaseError(f"release {self.name} has no public edition: jpt publish")
        return Policy.model_validate_json(content)

    def streams(self) -> list[str]:
        """Streams of the round that have areas in the release, in the round's order."""
        present = set(self._verified("rollups__areas")["stream"])
        return [stream.key for stream in self.round.streams if stream.key in present]

    def has(self, level: str, area_code: str) -> bool:
        """Whether the release holds an area in its stream."""
        return not self.rows("rollups__areas", level, area_code).empty

    def area_codes(self, level: str) -> list[str]:
        """Codes of the areas of a level, in order."""
        areas = self.table("rollups__areas")
        return sorted(areas[areas["level"] == level]["area_code"])

    def inside(self, level: str, area_code: str, below: str) -> list[str]:
        """Codes of the areas of a level that lie in an area, in order; the area itself where the level is its own.

        Raises:
            ReleaseError: no area of that level lies in it.
        """
        if level in self._line(below):
            inside = self._inside(level, area_code, below)
            found = [code for code in self.area_codes(below) if code in inside]
        else:  # beside the line: a village's code begins with that of its tambon
            found = [code for code in self.area_codes(below) if code.startswith(area_code)]
        if not found:
            raise ReleaseError(f"release {self.name}: no {below} in {level} {area_code}")
        return found

    @cached_property
    def sha256(self) -> str:
        """Digest over the digests of all tables: the same figures have the same one, wherever they were published."""
        return sha256_text(dump_json({name: entry["sha256"] for name, entry in self.manifest["tables"].items()}))

    def table(self, name: str) -> pd.DataFrame:
        """All rows of a table in this stream, columns as in the data dictionary. The digest is checked on the bytes read.

        Raises:
            ReleaseError: the table is not in the release, or its file is not the one that was published.
        """
        if name not in self._frames:
            frame = self._verified(name)
            frame = frame[frame["stream"] == self.stream].reset_index(drop=True)
            self._frames[name] = self._masked(name, frame) if self.is_public else frame
        return self._frames[name]

    def _masked(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        policy = self.policy
        return mask(frame, name, self._hidden, policy)

    @cached_property
    def _hidden(self) -> pd.DataFrame:
        return self._verified(CELLS)

    def _verified(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        if name not in self.manifest["tables"] or not path.is_file():
            raise ReleaseError(f"release {self.name} has no table {name}")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.manifest["tables"][name]["sha256"]:
            raise ReleaseError(f"release {self.name}: {path.name} is not the file that was published")
        frame: pd.DataFrame = parquet.read_table(io.BytesIO(content)).to_pandas()
        return frame

    def rows(self, name: str, level: str, area_code: str) -> pd.DataFrame:
        """Rows of one area; empty when there are none."""
        key = (name, level)
        if key not in self._by_area:
            frame = self.table(name)
            at_level = frame[frame["level"] == level]
            self._by_area[key] = at_level.set_index("area_code", drop=False).sort_index(kind="stable")
        by_area = self._by_area[key]
        return by_area.loc[[area_code]] if area_code in by_area.index else by_area.iloc[:0]

    def _one(self, name: str, level: str, area_code: str) -> "pd.Series[Any]":
        rows = self.rows(name, level, area_code)
        if len(rows) != 1:
            raise ReleaseError(f"release {self.name}: {name} has {len(rows)} rows for {level} {area_code}, not one")
        return rows.iloc[0]

    def area_name(self, level: str, area_code: str) -> str:
        """Registered name with the word of its level.

        Raises:
            ReleaseError: the release has no such area.
        """
        rows = self.rows("rollups__areas", level, area_code)
        if rows.empty:
            raise ReleaseError(f"release {self.name} has no {level} {area_code}")
        return words().full_name(level, str(rows.iloc[0]["area_name"]))

    def parent(self, level: str, area_code: str) -> tuple[str, str] | None:
        """(level, area_code) one level up; None above the nation."""
        above = words().levels[level].parent
        return (above, str(self._one("rollups__areas", level, area_code)["parent_code"])) if above else None

    def ancestors(self, level: str, area_code: str) -> list[tuple[str, str]]:
        """Areas above an area, nearest first, as far as the release holds them; the nation is left out."""
        found: list[tuple[str, str]] = []
        at: tuple[str, str] | None = self.parent(level, area_code)
        while at and words().levels[at[0]].parent and not self.rows("rollups__areas", *at).empty:
            found.append(at)
            at = self.parent(*at)
        return found

    def _inside(self, level: str, area_code: str, below: str) -> set[str]:
        """Codes of the areas of a lower level in an area, level by level down the line of parents."""
        areas, inside = self.table("rollups__areas"), {area_code}
        down = list(reversed(self._line(below)))
        for at in down[down.index(level) + 1 :]:
            inside = set(areas[(areas["level"] == at) & areas["parent_code"].isin(inside)]["area_code"])
        return inside

    @staticmethod
    def _line(level: str) -> list[str]:
        """The level and those above it."""
        found, at = [], level
        while at:
            found.append(at)
            at = words().levels[at].parent or ""
        return found

    def children(self, level: str, area_code: str) -> pd.DataFrame:
        """Areas one level down [level, area_code, area_name], by code; empty for villages and tambons."""
        below = words().levels[level].children
        areas = self.table("rollups__areas")
        chosen = areas[(areas["level"] == below) & (areas["parent_code"] == area_code)]
        return chosen.sort_values("area_code")[["level", "area_code", "area_name"]].reset_index(drop=True)

    def indicators(self, level: str, area_code: str) -> pd.DataFrame:
        """One row per indicator of the instrument [rollups__indicators], by number.

        Raises:
            ReleaseError: the area lacks an indicator or holds one twice.
        """
        rows = self.rows("rollups__indicators", level, area_code).sort_values("indicator_no").reset_index(drop=True)
        if list(rows["indicator_no"]) != sorted(indicator.number for indicator in self.instrument.indicators):
            raise ReleaseError(f"release {self.name}: {level} {area_code} lacks indicators of {self.instrument.id}")
        return rows

    def economy(self, level: str, area_code: str) -> "pd.Series[Any]":
        """The row of rollups__economy: sums in baht a year, households, persons."""
        return self._one("rollups__economy", level, area_code)

    def coverage(self, level: str, area_code: str) -> "pd.Series[Any]":
        """The row of rollups__coverage: households against the target register."""
        return self._one("rollups__coverage", level, area_code)

    def population(self, level: str, area_code: str) -> pd.DataFrame:
        """Persons by age band (rows, youngest first) and sex (columns '1', '2'); every band of the release is there."""
        table, sexes = "rollups__population", list(words().sexes)
        bands = sorted(self.table(table)["age_band"].unique(), key=_first_age)
        rows = self.rows(table, level, area_code)
        known = dict(zip(zip(rows["age_band"], rows["sex"], strict=True), rows["persons_n"], strict=True))
        other = 0 if not self.is_public or self.policy.prints(table, level) else pd.NA
        counts = {sex: [known.get((band, sex), other) for band in bands] for sex in sexes}
        return pd.DataFrame(counts, index=bands, dtype="Int64" if self.is_public else "int64")

    def certification(self, level: str, area_code: str) -> Certification:
        """State of the area, or of the nearest area above where the round does not certify this level."""
        at: tuple[str, str] | None = (level, area_code)
        while at:
            rows = self.rows("certification__state", *at)
            if not rows.empty:
                row = rows.iloc[0]
                number = row["certificate_id"] if row["state"] == CERTIFIED else None
                return Certification(*at, str(row["state"]), None if pd.isna(number) else str(number))
            at = self.parent(*at) if not self.rows("rollups__areas", *at).empty else None
        return Certification(level, area_code, None, None)


def release_before(release: Release, published: Path) -> Release | None:
    """The current release of the latest earlier round, for the same stream and readers; None where there is none."""
    years = sorted(int(path.stem.removeprefix("current-")) for path in published.glob("current-*.json"))
    for year in reversed([year for year in years if year < release.survey_year]):
        if release.stream in {stream.key for stream in load_round(year).streams}:
            before = Release.open(current_release(published, year), release.stream, audience=release.audience)
            return before if before.has_public_edition or not release.is_public else None
    return None


def _first_age(band: str) -> int:
    """'85-89' -> 85, '100+' -> 100."""
    return int(band.rstrip("+").split("-")[0])
