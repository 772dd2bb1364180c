"""The shapes of ledger entries: one model per kind of human act, found by its `action`.

Put here: what an entry says. Keep out: whether it may be said, and what follows from it. Entries name areas, offices and
figures, never a household or a person of the survey.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from jpt_pipeline.store.files import dump_json

Action = Literal["present", "certify", "return", "revoke"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class Strict(BaseModel):
    """A model whose values are taken as they are: no conversions, no unknown fields, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(Strict):
    """What every entry has. `seq` and `previous_sha256` (digest of the entry before) are given when it is appended."""

    at: AwareDatetime
    action: str
    seq: Count = 0
    previous_sha256: Sha256 | None = None

    @property
    def file_name(self) -> str:
        return f"{self.seq:08d}-{self.action}.json"

    def text(self) -> str:
        """The bytes of the entry's file: JSON with sorted keys."""
        return dump_json(self.model_dump(mode="json", by_alias=True))


class AreaEntry(Entry):
    """An entry about an area of a round."""

    survey_year: int
    stream: str
    level: str
    area_code: str


class Counts(Strict):
    """What was certified, in numbers: counted households, persons on rosters, target households of the register."""

    households: Count
    persons: Count
    target: Count


class Committee(Strict):
    """The committee (คณะทำงาน) behind an act: its order (คำสั่ง), members, those present, the meeting, who entered it."""

    order_no: str | None = None
    members_n: Count | None = None
    present_n: Count | None = None
    quorum_n: Count | None = None
    meeting_date: date | None = None
    place: str | None = None
    by: str | None = None


class Signature(Strict):
    """One signature of an envelope: id of the key, signature in base64."""

    keyid: str
    sig: str


class Envelope(Strict):
    """A DSSE envelope (Dead Simple Signing Envelope): the signed statement in base64, and its signatures."""

    model_config = ConfigDict(populate_by_name=True)

    payload: str
    payload_type: str = Field(alias="payloadType")
    signatures: tuple[Signature, ...]


class Act(AreaEntry):
    """present (เสนอ), certify (รับรอง), return (ส่งกลับ) or revoke (เพิกถอน) of one area.

    A certificate carries the signed statement, the digest of the signed paper form if there is one, the digests of the
    files whose figures it binds, by table, and the waivers under which it was given. A return may name the areas below
    whose teams must mend something.
    """

    action: Action
    root_sha256: Sha256
    form_no: str | None
    certificate_id: str | None
    previous_certificate_id: str | None
    counts: Counts
    reason: str | None
    committee: Committee
    software: str
    instrument: str
    envelope: Envelope | None = None
    form_sha256: Sha256 | None = None
    figures: dict[str, Sha256] = {}
    waivers: tuple[str, ...] = ()
    sent_to: tuple[str, ...] = ()
    definitions_sha256: Sha256 | None = None


class KeyEntry(Entry):
    """A signing key made known, or revoked: from this entry on nothing new may be signed with it.

    `holder` is an office or a seat of a committee, not a person's name. A key with an area signs for that area alone.
    """

    action: Literal["key-new", "key-revoke"]
    keyid: str
    public_key: str | None = None
    holder: str
    role: str
    level: str | None = None
    area_code: str | None = None
    reason: str | None = None
    by: str | None = None


class Waiver(AreaEntry):
    """A decision that findings, or a gate's reason, do not stand against an area; `unwaive` takes it back.

    `issues` names the findings that it covers (ids, never households); `told` the reason of a gate, word by word, so
    that it covers no later one. `until` is the last day; it ends with the round at the latest.
    """

    action: Literal["waive", "unwaive"]
    waiver_id: str
    rule_id: str
    issues: tuple[str, ...] = ()
    told: str | None = None
    reason: str
    by: str
    until: date | None = None


class SampleDraw(AreaEntry):
    """A re-interview sample drawn from the figures of `root_sha256`.

    households_n: households of the area. size_n: households to interview, at most village_max_n of a village.
    list_sha256: keyed digest of the list, which itself stays in the home.
    """

    action: Literal["sample-draw"]
    sample_id: str
    root_sha256: Sha256
    beacon: str
    households_n: Count
    size_n: Count
    allowed_n: Count
    village_max_n: Count
    replacements_n: Count
    list_sha256: Sha256
    by: str | None = None


class SampleResult(AreaEntry):
    """What a re-interview sample found: households examined and agreeing, those not reached, the verdict in words.

    The verdict, design_effect, both readings (percent as text) and further_n are over all samples of the same root, as
    the round's file demanded on that day; differing: households that differ, by item.
    """

    action: Literal["sample-result"]
    sample_id: str
    root_sha256: Sha256
    file_sha256: Sha256
    examined_n: Count
    agreed_n: Count
    not_reached_n: Count
    replaced_n: Count
    design_effect: str
    observed: str
    lower_bound: str
    further_n: Count
    differing: dict[str, Count]
    verdict: str
    by: str | None = None


class RestrictedReport(Entry):
    """A report about single households was made: by whom, which, of which area, of how many, digests of its files."""

    action: Literal["restricted-report"]
    by: str
    report: str
    survey_year: int
    stream: str
    level: str
    area_code: str
    households_n: Count
    files: tuple[Sha256, ...]


class ProgressSnapshot(Entry):
    """A dated report of progress was kept: of which day, as of which moment, digests of its files by name. No act: it
    moves no state and no figure, so it is no AreaEntry. A run may write it."""

    action: Literal["progress-snapshot"]
    survey_year: int
    stream: str
    level: str
    area_code: str
    day: date
    as_of: AwareDatetime
    made_later: bool
    files: dict[str, Sha256]


Known = Annotated[
    Act | KeyEntry | Waiver | SampleDraw | SampleResult | RestrictedReport | ProgressSnapshot,
    Field(discriminator="action"),
]
_KNOWN: TypeAdapter[Any] = TypeAdapter(Known)
Kind = TypeVar("Kind", bound=Entry)


def parse_entry(text: str) -> Entry:
    """An entry from its JSON. Raises pydantic's ValidationError."""
    found: Entry = _KNOWN.validate_json(text)
    return found


def only(entries: Iterable[Entry], kind: type[Kind]) -> list[Kind]:
    """The entries of one kind, in order."""
    return [entry for entry in entries if isinstance(entry, kind)]
