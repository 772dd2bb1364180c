"""The mark of a form: text both ways, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpt_pipeline.certification.form_mark import FormMark, NoMark

ROOT = "0123456789abcdef" * 4
MARK = FormMark(2561, "jpt", "lao", "38010001", "1", ROOT)
marks = st.builds(
    FormMark,
    survey_year=st.integers(2500, 2999),
    stream=st.sampled_from(["jpt", "basic"]),
    level=st.sampled_from(["village", "tambon", "lao", "district", "province", "nation"]),
    area_code=st.from_regex(r"[0-9A-Za-z_-]{1,20}", fullmatch=True),
    form_no=st.none() | st.from_regex(r"[0-9A-Za-z/.]{1,12}", fullmatch=True),
    root_sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


@given(marks)
def test_a_mark_survives_its_text(mark: FormMark) -> None:
    assert FormMark.parse(mark.to_text()) == mark


def test_the_text_of_a_mark_is_fixed() -> None:
    """It stands on paper for years: a new form of it needs a new beginning."""
    assert MARK.to_text() == f"JPT1:2561:jpt:lao:38010001:1:{ROOT}"
    assert FormMark(2561, "jpt", "nation", "TH", None, ROOT).to_text() == f"JPT1:2561:jpt:nation:TH:-:{ROOT}"
    assert MARK.short_root == "0123 4567 89ab cdef"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        f"JPT2:2561:jpt:lao:38010001:1:{ROOT}",
        f"JPT1:2561:jpt:lao:38010001:{ROOT}",
        f"JPT1:2561:jpt:lao:38010001:1:{ROOT.upper()}",
        f"JPT1:2561:jpt:lao:38010001:1:{ROOT[:-1]}",
        f"JPT1:2561:jpt:lao:38010001:1:{ROOT}\n",
        f"JPT1:2561:jpt:lao:3801 0001:1:{ROOT}",
        f"JPT1:๒๕๖๑:jpt:lao:38010001:1:{ROOT}",
    ],
)
def test_other_texts_are_no_marks(text: str) -> None:
    with pytest.raises(NoMark):
        FormMark.parse(text)


@pytest.mark.parametrize(
    ("year", "area", "form"), [(2018, "38", None), (2561, "", None), (2561, "38:1", None), (2561, "38", "-")]
)
def test_a_mark_that_could_not_be_read_back_is_not_made(year: int, area: str, form: str | None) -> None:
    with pytest.raises(NoMark):
        FormMark(year, "jpt", "lao", area, form, ROOT)
