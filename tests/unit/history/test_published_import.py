"""Year, province, and what replaces what: nothing is guessed, nothing is counted twice, the same file changes nothing."""

import hashlib

import pytest
from published_files import as_biff, as_csv, as_html, codes, planted, province

from jpt_pipeline.history.importer import register_published
from jpt_pipeline.history.spec import load_sheet_spec
from jpt_pipeline.store.lake import Lake, NotSealed, Part

SHEET, OTHER = province(), province(2)


def lake_digests(settings):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(settings.lake.rglob("*.*"))}


def lake_times(settings):
    return {path: path.stat().st_mtime_ns for path in sorted(settings.lake.rglob("*.*"))}


def test_the_same_file_again_changes_nothing(give, settings):
    give(as_biff([("กระบี่", SHEET), ("ตรัง", OTHER)]))
    before = lake_times(settings)
    report = give(as_biff([("กระบี่", SHEET), ("ตรัง", OTHER)]), "another-name.xls")
    assert (report.status, codes(report)) == ("unchanged", {})
    assert lake_times(settings) == before


def test_the_bytes_are_kept_also_of_a_refused_file(give, settings):
    for content in (as_html(SHEET), b"<table></table>"):
        give(content)
        assert (settings.landing / "published" / hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_the_order_of_the_files_makes_no_other_tables(give, settings, tmp_path):
    files = [as_biff([("กระบี่", SHEET)]), as_csv([(2552, "ตรัง", OTHER)]), as_html(OTHER, before="จังหวัดพังงา")]
    for at, content in enumerate(files):
        (tmp_path / f"{at}.xls").write_bytes(content)
    paths = sorted(tmp_path.glob("*.xls"))
    digests = []
    for home, order in (("a", paths), ("b", paths[::-1])):
        there = settings.model_copy(update={"home": tmp_path / home})
        for path in order:
            (report,) = register_published([path], there, None if path.stem == "1" else 2553)
            assert report.status == "stored"
        digests.append(list(lake_digests(there).values()))
    assert digests[0] == digests[1]


def test_another_file_of_the_same_year_and_province_replaces_it(give, table, settings):
    first, second = as_biff([("กระบี่", SHEET), ("ตรัง", OTHER)]), as_html(province(3))
    give(first)
    report = give(second, "b.xls", of="81")
    assert codes(report) == {"K-PUBREPLACE": 1}
    assert set(table("province_code, file_name, count(*) OVER (PARTITION BY province_code)")) == {
        ("81", "b.xls", 6),
        ("92", "a.xls", 6),
    }
    assert len(list((settings.landing / "published").iterdir())) == 2


def test_a_sheet_uploaded_twice_is_kept_once(give, table):
    give(as_html(SHEET), of="กระบี่")
    report = give(as_biff([("กระบี่", SHEET)]), "b.xls")
    assert (report.status, report.stored_n, codes(report)) == ("unchanged", 0, {"K-PUBTWICE": 1})
    assert "a.xls" in report.notices[0].places[0]
    assert len(table("*")) == 6


def test_a_sheet_twice_in_a_workbook_is_kept_once(give, table):
    report = give(as_biff([("กระบี่", SHEET), ("จังหวัดกระบี่", SHEET)]))
    assert (report.stored_n, codes(report)) == (6, {"K-PUBTWICE": 1})
    assert len(table("*")) == 6


def test_two_different_sheets_of_a_province_in_a_workbook_are_refused(give):
    report = give(as_biff([("กระบี่", SHEET), ("จ.กระบี่", OTHER)]))
    assert (report.status, codes(report)) == ("refused", {"F-PUBTWO": 1})


def test_figures_of_another_year_or_province_are_told(give):
    give(as_html(SHEET), of="กระบี่")
    assert codes(give(as_biff([("กระบี่", SHEET)]), "b.xls", 2552)) == {"J-PUBSAME": 1}
    assert codes(give(as_biff([("ตรัง", SHEET)]), "c.xls")) == {"J-PUBSAME": 1}
    assert codes(give(as_biff([("ลำปาง", OTHER), ("น่าน", OTHER)]), "d.xls")) == {"J-PUBSAME": 1}


def test_the_same_file_for_another_year_is_moved(give, table):
    """The wrong year was given: the figures leave it, nothing stays in two years."""
    give(as_html(SHEET), year=2552, of="กระบี่")
    report = give(as_html(SHEET), year=2553, of="กระบี่")
    assert codes(report) == {"K-PUBMOVED": 1}
    assert (table("*", 2552), len(table("*", 2553))) == ([], 6)


def test_an_unknown_province_is_kept_without_code_until_somebody_says_it(give, table):
    report = give(as_html(SHEET))
    assert (report.status, codes(report)) == ("stored", {"J-PUBAREA": 1})
    assert table("DISTINCT province_code") == [(None,)]
    assert codes(give(as_html(SHEET), of="กระบี่")) == {"K-PUBMOVED": 1}
    assert table("DISTINCT province_code") == [("81",)]
    assert table("*", name="findings") == []


def test_unknown_provinces_do_not_replace_each_other(give, table):
    give(as_biff([("Sheet1", SHEET)]))
    give(as_biff([("Sheet1", OTHER)]), "b.xls")
    assert len(table("*")) == 12
    assert codes(give(as_html(SHEET), "c.xls")) == {"K-PUBTWICE": 1, "J-PUBAREA": 1}


@pytest.mark.parametrize(("written", "official"), load_sheet_spec().provinces.items())
def test_listed_spellings_are_mended_and_told(give, table, written, official):
    from jpt_pipeline.areas.official import province_names

    report = give(as_biff([(written, SHEET)]))
    assert codes(report) == {"J-PUBNAME": 1}
    ((code,),) = table("DISTINCT province_code")
    assert province_names()[code] == official
    assert table("printed, computed", name="findings") == [(written, official)]


@pytest.mark.parametrize("written", ["กระบี", "กระบี่ใหญ่", "เชียง", "กระบี่ ตรัง"])
def test_other_spellings_are_not_guessed(give, written):
    assert codes(give(as_biff([(written, SHEET)]))) == {"J-PUBAREA": 1}


@pytest.mark.parametrize("written", ["จังหวัดกระบี่", "จ.กระบี่", " กระบี่ ", "กระบี\u200b่"])
def test_words_and_spaces_around_a_name_do_not_matter(give, table, written):
    assert give(as_csv([(2553, written, SHEET)])).status == "stored"
    assert table("DISTINCT province_code") == [("81",)]


@pytest.mark.parametrize(
    ("content", "year", "of", "code"),
    [
        (as_html(SHEET), None, "กระบี่", "H-PUBYEAR"),
        (as_biff([("กระบี่", SHEET)], "ปี 2553 เทียบกับปี 2552"), None, None, "H-PUBYEAR"),
        (as_biff([("กระบี่", SHEET)], "ผลปี 2553"), 2552, None, "H-PUBYEARS"),
        (as_csv([(2553, "กระบี่", SHEET)]), 2552, None, "H-PUBYEARS"),
        (as_csv([(53, "กระบี่", SHEET)]), None, None, "H-PUBYEAR"),
        (as_html(SHEET), 2553, "เมืองสมมติ", "H-PUBPROVINCE"),
        (as_html(SHEET), 2553, "99", "H-PUBPROVINCE"),
        (as_biff([("กระบี่", SHEET)]), 2553, "ตรัง", "H-PUBPROVINCE"),
        (as_biff([("กระบี่", SHEET), ("ตรัง", OTHER)]), 2553, "ตรัง", "H-PUBPROVINCE"),
        (as_biff([("กระบี่", SHEET)], "จังหวัดตรัง"), 2553, None, "H-PUBPROVINCE"),
    ],
    ids=["none", "two", "other", "list", "short", "name", "code", "sheet", "sheets", "title"],
)
def test_year_and_province_are_never_guessed(give, settings, content, year, of, code):
    report = give(content, "2553-กระบี่.xls", year, of)
    assert (report.status, list(codes(report))) == ("refused", [code])
    assert not settings.lake.exists()


def test_one_of_the_years_above_may_be_given(give, table):
    assert give(as_biff([("กระบี่", SHEET)], "ปี 2553 เทียบกับปี 2552"), year=2552).survey_years == (2552,)


def test_one_province_is_not_given_to_several_files(settings, tmp_path):
    paths = [tmp_path / "a.xls", tmp_path / "b.xls"]
    for path, lines in zip(paths, (SHEET, OTHER), strict=True):
        path.write_bytes(as_html(lines))
    reports = register_published(paths, settings, 2553, "81")
    assert [list(codes(report)) for report in reports] == [["H-PUBPROVINCE"]] * 2


def test_a_refused_file_leaves_the_others(settings, tmp_path):
    paths = [tmp_path / "a.xls", tmp_path / "b.xls"]
    paths[0].write_bytes(b"nothing")
    paths[1].write_bytes(as_biff([("กระบี่", SHEET)]))
    assert [report.status for report in register_published(paths, settings, 2553)] == ["refused", "stored"]


def test_findings_are_never_sealed_beside_figures_they_were_not_made_from(give, settings, table, monkeypatch):
    """The process dies between the two tables: the findings are closed; the next import mends them."""
    give(as_html(SHEET), of="กระบี่")
    write, part = Lake.write, Part(2553)

    def dying(self, connection, name, *rest, **more):
        if name == "published__findings":
            raise KeyboardInterrupt
        return write(self, connection, name, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            give(as_html(planted(SHEET, 2, pct="1.00")), of="กระบี่")
    with pytest.raises(NotSealed):
        Lake(settings.lake).sealed("published__findings", part)
    give(as_html(planted(SHEET, 2, pct="1.00")), of="กระบี่")
    assert {rule for (rule,) in table("rule_id", name="findings")} == {"J-PUBPCT", "J-PUBBELOW"}


def test_a_table_changed_by_hand_refuses_every_file(give, settings):
    give(as_html(SHEET), of="กระบี่")
    path = Lake(settings.lake).path("published__indicators", Part(2553))
    path.write_bytes(path.read_bytes() + b"x")
    report = give(as_html(OTHER), "b.xls", of="ตรัง")
    assert (report.status, list(codes(report))) == ("refused", ["F-PUBLAKE"])
