"""The policy is data: strict, with a version and Thai words for pages, and it says what may be printed where."""

import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.disclosure import load_policy
from jpt_pipeline.settings import Settings

FILE = Settings().definitions / "disclosure" / "policy.yaml"


def changed(tmp_path: Path, **parts: object) -> Path:
    """A folder of definitions with another policy."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8")) | parts
    path = tmp_path / "disclosure" / "policy.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return tmp_path


def test_it_has_a_version_and_words_for_pages():
    policy = load_policy()
    assert policy.version
    assert str(policy.threshold_n) in policy.th
    assert policy.basis == "project"


def test_it_names_tables_and_measures_of_the_dictionary_only():
    policy, tables = load_policy(), load_dictionary().tables
    named = {policy.tables.rows.table, policy.tables.parts.table, policy.tables.bands.table, policy.tables.counts.table}
    for table in named | set(policy.tables.parts.same):
        public = policy.public(table)
        assert public is not None
        assert {*public.measures, *public.category} <= set(tables[table].columns), table
        assert set(public.open) <= set(tables[public.cells].columns), table
    assert set(policy.open_tables) <= set(tables)


def test_what_it_prints_where():
    policy = load_policy()
    assert policy.prints("rollups__indicators", "village")
    assert policy.prints("certified__village", "village")
    assert not policy.prints("rollups__population", "village")
    assert policy.prints("rollups__population", "lao")
    assert not policy.prints("households__findings", "village")


@pytest.mark.parametrize(
    "parts", [{"threshold_n": 1}, {"protection_n": 0}, {"whole_group_n": {"surveyed_n": 5}}, {"reason": "none"}]
)
def test_what_makes_no_sense_is_refused(tmp_path, parts):
    with pytest.raises(ValidationError):
        load_policy(changed(tmp_path, **parts))
    shutil.rmtree(tmp_path)
