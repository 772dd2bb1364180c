"""A proof that one household was counted as its row says, in figures that committees certify: a file, checked offline.

The file holds the household's row, its salt, and for each level the record of the area with the path from below to its
tree. It names the household, so it is for the household itself or an auditor. What makes it worth something stands
elsewhere: the root of an area that its committee signed, on paper or in a release, must be the one that is found here.
"""

import base64
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.hashtree.canonical import NotCanonical
from jpt_pipeline.hashtree.merkle import verify_inclusion
from jpt_pipeline.hashtree.records import Record
from jpt_pipeline.hashtree.rows import Household, Layout, decode_household
from jpt_pipeline.hashtree.salts import SALT_BYTES, leaf_of

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Base64 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]*={0,2}$")]
Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Strict):
    """One level up: the area with its root, what its record says, and where the leaf from below stands in its tree."""

    level: str
    area_code: str
    root_sha256: Sha256
    figures_sha256: Sha256
    tree_sha256: Sha256
    tree_size: Count
    leaf_no: Count
    path: tuple[Sha256, ...]


class Standing(_Strict):
    """A certificate that was valid over an area of the path when the proof was made."""

    certificate_id: str
    level: str
    area_code: str
    root_sha256: Sha256


class Columns(_Strict):
    """Names of what the row holds, in order."""

    household: tuple[str, ...]
    person: tuple[str, ...]
    answers: tuple[str, ...]


class Proof(_Strict):
    """The content of a proof file; `row` and `salt` in base64, `steps` from the village up."""

    version: Literal["jpt-proof-v1"] = "jpt-proof-v1"
    survey_year: int
    stream: str
    columns: Columns
    row: Base64
    salt: Base64
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    certificates: tuple[Standing, ...]

    @property
    def row_bytes(self) -> bytes:
        return base64.b64decode(self.row)

    def record(self, step: Step) -> Record:
        """The record of an area of the path."""
        return Record(
            self.survey_year,
            self.stream,
            step.level,
            step.area_code,
            step.tree_sha256,
            step.tree_size,
            step.figures_sha256,
        )


class Fault(NamedTuple):
    """What does not hold: `row`, `path`, `root` or `certificate`, and the place (level and code, or the certificate's id)."""

    what: Literal["row", "path", "root", "certificate"]
    place: str


def household_of(proof: Proof) -> Household:
    """What the row says.

    Raises:
        NotCanonical: it is not a row of the named columns.
    """
    layout = Layout(proof.columns.household, proof.columns.person, proof.columns.answers)
    return decode_household(layout, proof.row_bytes)


def faults(proof: Proof) -> list[Fault]:
    """Everything that does not hold, from the bottom; empty if the household stands under the topmost root."""
    found = [] if _is_row_of_place(proof) else [Fault("row", proof.steps[0].area_code)]
    leaf = leaf_of(base64.b64decode(proof.salt), proof.row_bytes)
    for step in proof.steps:
        path = [bytes.fromhex(sibling) for sibling in step.path]
        if not verify_inclusion(leaf, step.leaf_no, step.tree_size, path, bytes.fromhex(step.tree_sha256)):
            found.append(Fault("path", f"{step.level} {step.area_code}"))
        leaf = proof.record(step).root
        if leaf.hex() != step.root_sha256:
            found.append(Fault("root", f"{step.level} {step.area_code}"))
    roots = {(step.level, step.area_code): step.root_sha256 for step in proof.steps}
    return found + [
        Fault("certificate", known.certificate_id)
        for known in proof.certificates
        if roots.get((known.level, known.area_code)) != known.root_sha256
    ]


def _is_row_of_place(proof: Proof) -> bool:
    """Whether the row is one of the named columns, and of the round, stream and village that the path starts from."""
    try:
        fields = household_of(proof).fields
    except NotCanonical:
        return False
    place = {"survey_year": proof.survey_year, "stream": proof.stream, "village_code": proof.steps[0].area_code}
    is_there = all(fields.get(name) == value for name, value in place.items())
    return is_there and len(base64.b64decode(proof.salt)) == SALT_BYTES
