"""What certificates bind is kept, and what moved since is told: counts, figures, areas on the path, households."""

import csv
import errno
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jpt_pipeline.certification.difference import Difference, Moved, changed_households, difference, last_certificate
from jpt_pipeline.certification.kept import NotKept, folder, keep, kept_files
from jpt_pipeline.certification.situation import counts_of, load_situation
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.certification.state import Area
from jpt_pipeline.ledger import Act, Committee, writing
from jpt_pipeline.store.files import second_name, sha256_file
from jpt_pipeline.store.lake import Lake, NotSealed, Part, Seal
from tests.conftest import Terminal
from tests.unit.certification.world import NOON, RULES, STREAM, TABLES, YEAR, World, clock, make_round, make_world

HERE = Part(YEAR, "38")
DISTRICT = Area(STREAM, "district", "3801")
LEAVES = "certification__leaves"


class Country(World):
    """The small country with nodes and leaves: two households in each village."""

    def __init__(self, home: Path):
        super().__init__(home)
        self.leaves = {(village, f"{village}-{n}"): f"{n}" * 64 for village in self.villages() for n in (1, 2)}

    def villages(self) -> list[str]:
        return [code for (code,) in self.sql("SELECT village_code FROM register ORDER BY 1")]

    def seal_all(self) -> None:
        for village in self.villages():
            self.plant(village, *(f"{house} {leaf}" for (at, house), leaf in self.leaves.items() if at == village))
        self.write()
        for part in (HERE, Part(YEAR, "39")):
            make_certified(self.settings, part, {}, clock())
            rows = ", ".join(
                f"({YEAR}, 'jpt', '{village}', '{house}', 0, '{leaf}')"
                for (village, house), leaf in sorted(self.leaves.items())
                if village.startswith(str(part.province_code))
            )
            columns = "survey_year, stream, village_code, household_id, leaf_no, leaf_sha256"
            self._seal(LEAVES, part, f"SELECT * FROM (VALUES {rows}) t({columns})")

    def certificate(self, area: Area = DISTRICT, figures: Mapping[str, str] | None = None) -> Act:
        """A certificate of the area for the figures of now."""
        with self.session() as connection:
            situation = load_situation(connection, self.settings, make_round(), RULES, [], NOON.date())
            counts = counts_of(connection, situation.relations, [area])[area]
        return Act(
            at=NOON, action="certify", survey_year=YEAR, **area._asdict(),
            root_sha256=situation.nodes[area].root_sha256, form_no="2", certificate_id=f"{YEAR}-{area.area_code}-1",
            previous_certificate_id=None, counts=counts, reason=None, committee=Committee(), software="x",
            instrument="plan12", figures=keep(self.settings, [HERE]) if figures is None else dict(figures),
        )  # fmt: skip

    def since(self, certificate: Act) -> tuple[Difference, list[tuple[str, str, str, str]]]:
        with self.session() as connection:
            situation = load_situation(connection, self.settings, make_round(), RULES, [], NOON.date())
            found = difference(connection, self.settings, situation.relations, certificate)
            return found, list(changed_households(connection, self.settings, situation.relations, certificate))


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """As certified. Its figures do not move."""
    made = Country(tmp_path_factory.mktemp("country") / "home")
    made.seal_all()
    return made


@dataclass(frozen=True)
class Since:
    """A country that moved, and certificates from before."""

    country: Country
    district: Act
    sibling: Act
    nation: Act
    bare: Act
    kept: Mapping[str, str]


@pytest.fixture(scope="module")
def since(tmp_path_factory: pytest.TempPathFactory) -> Since:
    """A household of 38010101 was corrected; others came and went, one of them in another district; province 39 moved."""
    made = Country(tmp_path_factory.mktemp("since") / "home")
    made.seal_all()
    here, whole = keep(made.settings, [HERE]), keep(made.settings, [HERE, Part(YEAR, "39"), Part(YEAR)])
    acts = (
        made.certificate(DISTRICT, here), made.certificate(Area(STREAM, "lao", "L2"), here),
        made.certificate(Area(STREAM, "nation", "TH"), whole), made.certificate(DISTRICT, {}),
    )  # fmt: skip
    made.leaves["38010101", "38010101-1"] = "a" * 64
    del made.leaves["38010202", "38010202-2"]
    made.leaves["38010101", "38010101-3"] = "b" * 64
    made.leaves["38020101", "38020101-3"] = "b" * 64
    made.move("39010101")
    made.move("38010101")
    made.seal_all()
    return Since(made, *acts, here)


def contents(country: Country) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder(country.settings).iterdir()}


def test_the_files_of_a_certificate_are_kept_once_under_their_digest(country: Country) -> None:
    figures = keep(country.settings, [HERE])
    assert {name.partition(" ")[0] for name in figures} == {
        *(f"rollups__{name}" for name in ("areas", "indicators", "population", "economy", "coverage")),
        "certification__nodes", LEAVES,
    }  # fmt: skip
    assert set(contents(country)) == {f"{digest}.parquet" for digest in figures.values()}
    path = country.lake.path("rollups__indicators", HERE)
    kept = folder(country.settings) / f"{figures['rollups__indicators 2561/38']}.parquet"
    assert path.stat().st_ino == kept.stat().st_ino, "a second name, not a second file"
    before = contents(country)
    assert keep(country.settings, [HERE, HERE]) == figures and contents(country) == before
    assert folder(country.settings).stat().st_mode & 0o077 == 0


def test_kept_files_outlast_the_lake(since: Since) -> None:
    name, settings = "rollups__indicators 2561/38", since.country.settings
    assert sha256_file(since.country.lake.path("rollups__indicators", HERE)) != since.kept[name]
    assert [sha256_file(path) for path in kept_files(settings, since.kept, "rollups__indicators")] == [since.kept[name]]
    now = keep(settings, [HERE])
    assert now["rollups__population 2561/38"] == since.kept["rollups__population 2561/38"]
    assert now[name] != since.kept[name]


@pytest.mark.parametrize(
    ("table", "made_from"),
    [
        ("certification__nodes", {"rollups__areas 2561/38": "x"}),
        ("certification__nodes", {"certification__trees 2561/38": "x"}),
        ("certification__nodes", {"rollups__areas 2561/77": "x"}),
        (LEAVES, {"households__clean": "x"}),
    ],
)
def test_what_was_made_from_other_tables_is_not_bound(
    country: Country, monkeypatch: pytest.MonkeyPatch, table: str, made_from: dict[str, str]
) -> None:
    sealed = Lake.seal

    def seal(lake: Lake, name: str, part: Part) -> Seal:
        found = sealed(lake, name, part)
        if name == "rollups__indicators":
            return replace(found, inputs={"households__clean": "y"})
        return replace(found, inputs=made_from) if name == table else found

    assert f"{table} 2561/38" in keep(country.settings, [HERE])
    monkeypatch.setattr(Lake, "seal", seal)
    assert f"{table} 2561/38" not in keep(country.settings, [HERE])


def test_figures_without_a_seal_are_not_kept(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    assert set(keep(world.settings, [HERE])) >= {f"rollups__{name} 2561/38" for name in TABLES}
    world.lake.unseal(["rollups__economy"], HERE)
    with pytest.raises(NotSealed):
        keep(world.settings, [HERE])


def test_files_are_copied_where_no_link_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (tmp_path / "one").write_bytes(b"figures")
    monkeypatch.setattr("os.link", refused)
    second_name(tmp_path / "one", tmp_path / "two")
    (tmp_path / "one").unlink()
    assert (tmp_path / "two").read_bytes() == b"figures"
    with pytest.raises(FileExistsError):
        second_name(tmp_path / "two", tmp_path / "two")


def test_what_was_not_kept_or_was_changed_is_told(country: Country) -> None:
    act = country.certificate()
    digest = act.figures["rollups__economy 2561/38"]
    path = folder(country.settings) / f"{digest}.parquet"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(NotKept, match=rf"C-KEPT-MISSING .*rollups__economy 2561/38.*{digest}"):
        country.since(act)
    path.write_bytes(content[:-1])
    with pytest.raises(NotKept, match=r"C-KEPT-CHANGED .*rollups__economy"):
        country.since(act)
    assert keep(country.settings, [HERE]) == act.figures
    assert country.since(act)[0].figures == (), "keeping again puts it right"


def test_nothing_moved(country: Country) -> None:
    found, households = country.since(country.certificate())
    assert (found.is_moved, found.figures, found.below, found.households, households) == (False, (), (), (0, 0, 0), [])
    assert {row.measure: (row.then, row.now) for row in found.counts} == {
        "households": (27, 27), "persons": (75, 75), "target": (30, 30),
    }  # fmt: skip


def test_what_moved_is_told_with_its_path_only(since: Since) -> None:
    found, households = since.country.since(since.district)
    assert found.is_moved
    assert found.figures == (
        Moved("rollups__indicators", "2", "passed_n", 24, 25),
        Moved("rollups__indicators", "2", "failed_n", 3, 2),
        Moved("rollups__indicators", "2", "households_failed_n", 3, 2),
    )
    assert [(row.level, row.area_code) for row in found.below or ()] == [
        ("lao", "L1"), ("village", "38010101"), ("village", "38010202"),
    ]  # fmt: skip
    assert found.households == (1, 1, 1)
    assert households == [
        ("jpt", "38010101", "38010101-1", "changed"),
        ("jpt", "38010101", "38010101-3", "added"),
        ("jpt", "38010202", "38010202-2", "removed"),
    ]


def test_a_sibling_does_not_move(since: Since) -> None:
    found, households = since.country.since(since.sibling)
    assert (found.is_moved, found.figures, found.below, found.households, households) == (False, (), (), (0, 0, 0), [])


def test_the_nation_sees_provinces_districts_and_so_on(since: Since) -> None:
    found, _ = since.country.since(since.nation)
    assert [row.area_code for row in found.below or ()] == [
        *("38", "39", "3801", "3802", "3901", "L1", "L3", "L4"), "38010101", "38010202", "38020101", "39010101",
    ]  # fmt: skip
    assert Moved("rollups__indicators", "2", "passed_n", 40, 42) in (found.figures or ())
    assert found.households == (2, 1, 1)


def test_without_kept_figures_the_counts_are_told(since: Since) -> None:
    found, households = since.country.since(since.bare)
    assert (found.is_moved, found.figures, found.below, found.households, households) == (True, None, None, None, [])
    assert [row.now for row in found.counts] == [27, 75, 30]


def test_the_last_certificate_is_meant() -> None:
    common = {"at": NOON, "survey_year": YEAR, "stream": "jpt", "level": "lao", "area_code": "L1", "form_no": None}
    empty: dict[str, Any] = {
        "root_sha256": "0" * 64, "previous_certificate_id": None, "reason": None, "committee": Committee(),
        "software": "x", "instrument": "plan12", "counts": {"households": 0, "persons": 0, "target": 0},
    }  # fmt: skip
    acts = [
        Act.model_validate(common | empty | {"seq": seq, "action": action, "certificate_id": name})
        for seq, (action, name) in enumerate([("certify", "c1"), ("certify", "c2"), ("return", None)], start=1)
    ]
    last = last_certificate(acts, YEAR, Area("jpt", "lao", "L1"))
    assert last is not None and last.certificate_id == "c2"
    assert last_certificate(acts, YEAR, Area("basic", "lao", "L1")) is None
    assert last_certificate(acts, 2563, Area("jpt", "lao", "L1")) is None


def test_the_command_tells_it_in_thai_and_writes_the_households_for_the_owner_only(since: Since) -> None:
    home = since.country.settings.root
    jpt, words = Terminal(home), ("difference", "--year", YEAR, "--level", "district", "--area", "3801")
    code, told = jpt.json(*words)
    assert (code, told["message"].split()[0]) == (1, "C-NEVER")
    with writing(since.country.settings.ledger) as ledger:
        ledger.append([since.district, since.sibling])
    said = jpt(*words)
    assert said.exit_code == 0
    lines = ("รับรองเมื่อ 20/03/2561", "ตัวชี้วัดที่เปลี่ยน 1 ตัว", "ผ่านเกณฑ์ 24 -> 25", "หมู่บ้าน/ชุมชน 38010101", "แก้ไข 1")
    assert [line for line in lines if line not in said.stdout] == []
    assert "38010101-1" not in said.output
    assert "ไม่มีอะไรเปลี่ยน" in jpt("difference", "--year", YEAR, "--level", "lao", "--area", "L2").stdout
    out = home / "restricted" / "changed.csv"
    (area,) = jpt.done(*words, "--households", "--out", out)["areas"]
    assert (area["households"], area["certificate_id"]) == (
        {"added_n": 1, "changed_n": 1, "removed_n": 1},
        "2561-3801-1",
    )
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["jpt", "38010101", "38010101-1", "changed"]
    assert (out.stat().st_mode | out.parent.stat().st_mode) & 0o077 == 0
    home.joinpath("open").mkdir(mode=0o755)
    for wrong, refusal in (
        (("--households",), "C-OUT"),
        (("--area", "9999"), "C-NEVER"),
        (("--level", "hamlet"), "C-LEVEL-NAME"),
        (("--stream", "basic"), "C-NEVER"),
        (("--households", "--out", home / "open" / "x.csv"), "C-PRIVATE"),
    ):
        code, told = jpt.json(*words, *wrong)
        assert (code, told["message"].split()[0]) == (1, refusal)
