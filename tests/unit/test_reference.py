"""The pages in docs/ are what the generator gives, and say what the definitions say."""

import shutil
from pathlib import Path

import pytest

from jpt_pipeline.codes import load_codes
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.reference import DEFINITIONS, DOCS, main, pages
from jpt_pipeline.reference.markdown import table

MADE = pages()
FOLDERS = ("instruments", "rounds", "codes", "areas", "certification")


def rows_of(page: str, first: str) -> list[str]:
    """Lines of tables whose first cell is `first`."""
    return [line for line in page.splitlines() if line.startswith(f"| {first} |")]


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A copy of the definitions that a test may change."""
    copy = tmp_path / "data"
    for folder in FOLDERS:
        shutil.copytree(DEFINITIONS / folder, copy / folder)
    shutil.copy(DEFINITIONS / "dictionary.yaml", copy)
    return copy


@pytest.mark.parametrize("name", MADE)
def test_page_is_what_the_generator_gives(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == MADE[name], "run `make docs` and commit the pages"


def test_generating_again_gives_the_same_bytes() -> None:
    assert pages() == MADE


def test_every_table_and_column_is_in_the_data_dictionary() -> None:
    page = MADE["data_dictionary.md"]
    for name, definition in load_dictionary().tables.items():
        section = page.split(f"### {name}\n")[1].split("\n### ")[0]
        assert [c for c in definition.columns if not rows_of(section, f"`{c}`")] == []


def test_every_indicator_setting_and_rule_is_on_the_page_of_its_instrument() -> None:
    instrument, page = load_instrument("plan12"), MADE["indicators_plan12.md"]
    assert page.count("| Passes if |") == len(instrument.indicators) == 31
    for indicator in instrument.indicators:
        assert f"### {indicator.number}. {indicator.name_th}\n" in page
    for rule in instrument.rules:
        assert len(rows_of(page, f"`{rule.id}`")) == 1
    for name, setting in instrument.settings.items():
        assert f"**`{setting.value}`**" in rows_of(page, f"`{name}`")[0]


def test_indicators_that_rest_on_an_uncertain_point_are_marked() -> None:
    uncertain = [i for i in load_instrument("plan12").indicators if i.confidence != "high"]
    assert MADE["indicators_plan12.md"].count(" (uncertain)") == len(uncertain) > 0


def test_codes_carry_action_words_and_remedy() -> None:
    for name, code in load_codes().items():
        (row,) = rows_of(MADE["codes.md"], f"`{name}`")
        assert all(text in row for text in (code.action, code.th, code.remedy))


def test_what_no_source_gives_stands_as_unknown() -> None:
    chain = MADE["rounds.md"].split("## Round 2561\n")[1].split("## Round 2563\n")[0]
    province = next(line for line in chain.splitlines() if line.startswith("| province (inferred) |"))
    assert province.split(" | ")[1:3] == ["*unknown*", "*unknown*"]
    assert "2018-03-20 20 มีนาคม 2561 (letter)" in chain


def test_amendment_of_2567_shows_who_certifies_no_more() -> None:
    amendment = MADE["rounds.md"].split("### Amendment in force from 2024-06-27")[1]
    assert "does not certify any more" in rows_of(amendment, "village")[0]
    assert "**does not certify any more**; its team still checks first" in rows_of(amendment, "lao")[0]


def test_round_without_instrument_file_says_so(definitions: Path) -> None:
    (definitions / "instruments" / "plan13.yaml").unlink()
    page = pages(definitions)["rounds.md"]
    assert "no definition file yet" in rows_of(page, "[2567](#round-2567)")[0]
    assert "no definition file yet" not in rows_of(page, "[2561](#round-2561)")[0]
    assert "no definition file yet" not in MADE["rounds.md"]


def test_provisional_instrument_is_marked(definitions: Path) -> None:
    path = definitions / "instruments" / "plan12.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("provisional: false", "provisional: true"), encoding="utf-8"
    )
    assert "PROVISIONAL (ชั่วคราว)" in pages(definitions)["indicators_plan12.md"]
    marked = {name: "PROVISIONAL" in page for name, page in MADE.items() if name.startswith("indicators")}
    assert marked == {"indicators_plan11.md": True, "indicators_plan12.md": False, "indicators_plan13.md": True}


def test_check_fails_on_a_changed_definition_and_writes_nothing(
    definitions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = tmp_path / "docs"
    assert main([], definitions, docs) == 0
    assert main(["--check"], definitions, docs) == 0
    changed = tmp_path / "changed"
    shutil.copytree(definitions, changed)
    path = changed / "codes" / "container.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("ไฟล์ว่าง", "ไฟล์ว่างเปล่า"), encoding="utf-8")
    before = (docs / "codes.md").read_bytes()
    assert main(["--check"], changed, docs) == 1
    assert (docs / "codes.md").read_bytes() == before
    assert capsys.readouterr().err == "docs/codes.md is out of date: make docs\n"


def test_bars_and_line_ends_do_not_break_a_table() -> None:
    assert table(["a", "b"], [("1|2", "x\n  y")]).splitlines()[-1] == "| 1\\|2 | x y |"
