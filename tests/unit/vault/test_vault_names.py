"""Names come into a session by unit and household number, from verified vault files, and leave no plain spill behind."""

import pytest

from jpt_pipeline.households.names import open_names
from jpt_pipeline.households.sources import open_forms
from jpt_pipeline.instruments import answer_columns, load_instrument
from jpt_pipeline.intake.receipts import read_receipts, write_receipt
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import NotSealed
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import VAULT_TABLE, KeyMissing, VaultBroken
from tests.unit.intake.country import HERE, Home, changed, household, ndjson, pair, person

PEOPLE = [person(2, first_name="ก", last_name="ข"), person(3, first_name="ค", last_name="", citizen_id="")]
SECOND = household(2, people=PEOPLE, house_no="77/1", latitude="18.07", longitude="")
JOINED = """
    SELECT f.household_id, p.member_no, v.first_name, v.last_name, v.citizen_id, v.prefix FROM forms f
    JOIN persons p USING (intake_no)
    LEFT JOIN vault_members v ON v.unit_no = p.unit_no AND v.form = p.form AND v.member_no = p.member_no ORDER BY ALL
"""
HOUSES = """
    SELECT f.household_id, v.house_no, v.latitude, v.longitude FROM forms f
    LEFT JOIN vault_households v ON v.unit_no = f.unit_no AND v.form = f.form ORDER BY ALL
"""


def opened(home, *queries, part=HERE):
    receipts = read_receipts(home.settings.landing)
    with session(home.settings, holds_names=True) as connection:
        open_forms(connection, home.settings, receipts, part, answer_columns(load_instrument("plan12")))
        open_names(connection, home.settings, receipts, part)
        return [connection.execute(query).fetchall() for query in queries]


@pytest.fixture(params=["payload", "tables"])
def named(request, home):
    """Two deliveries of one household each, as payload lines or as tables."""
    for one in (household(1), SECOND):
        if request.param == "payload":
            home.take_bytes("a.ndjson", ndjson([one]))
        else:
            home.take_files(pair([one]))
    return home


def test_names_stand_under_the_numbers_of_households_and_members(named):
    first, second, houses = household(1)["people"][0], PEOPLE, opened(named, JOINED, HOUSES)
    assert houses[0] == [
        ("38010000001", 1, first["first_name"], first["last_name"], first["citizen_id"], "001"),
        ("38010000002", 1, "ก", "ข", second[0]["citizen_id"], "001"),
        ("38010000002", 2, "ค", None, None, "001"),
    ]
    assert houses[1] == [("38010000001", "1", "18.07", "103.77"), ("38010000002", "77/1", "18.07", None)]


def test_only_names_of_the_part_are_opened(home):
    elsewhere = changed(household(5, village="39010101"), household_id="39010000005")
    home.take_files(pair([SECOND, elsewhere]))
    counts = "SELECT count(*) FROM vault_members", "SELECT count(*) FROM vault_households"
    assert opened(home, *counts) == [[(2,)], [(1,)]]
    assert opened(home, JOINED)[0][0][0] == "38010000002"


def test_refused_households_are_not_among_them(home):
    home.take_files(pair([SECOND, changed(household(3), submitted_at="?")]))
    assert opened(home, "SELECT DISTINCT house_no FROM vault_households") == [[("77/1",)]]


def test_a_home_without_deliveries_has_empty_relations(home):
    counts = "SELECT count(*) FROM vault_members", "SELECT count(*) FROM vault_households"
    assert opened(home, *counts) == [[(0,)], [(0,)]]


def test_taken_in_again_the_vault_has_the_same_bytes(home, tmp_path):
    (tmp_path / "twin").mkdir()
    twin = Home(tmp_path / "twin", threads=2).registers()
    for one in (home, twin):
        one.take_bytes("a.ndjson", ndjson([household(1), SECOND]))
    files = [[path.read_bytes() for path in one.settings.lake.rglob("*.vault")] for one in (home, twin)]
    assert len(files[0]) == 1
    assert files[0] == files[1]


def vault_of(receipt):
    (unit,) = receipt.units
    return next(part for part in unit.parts if part.table == VAULT_TABLE)


def test_a_vault_file_must_be_the_one_of_its_receipt(named):
    path = named.settings.lake / vault_of(read_receipts(named.settings.landing)[1]).path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NotSealed):
        opened(named, "SELECT 1")
    path.unlink()
    with pytest.raises(NotSealed):
        opened(named, "SELECT 1")


def test_a_vault_file_of_another_unit_does_not_open(named):
    """Even when the receipt says that it belongs there."""
    first, second = read_receipts(named.settings.landing)
    parts = [part for part in first.units[0].parts if part.table != VAULT_TABLE]
    unit = first.units[0].model_copy(update={"parts": [*parts, vault_of(second)]})
    write_receipt(named.settings.landing, first.model_copy(update={"units": [unit]}))
    with pytest.raises(VaultBroken):
        opened(named, "SELECT 1")


def test_names_need_the_key_of_the_home(named):
    (named.settings.root / "keys" / "vault.key").write_bytes(b"w" * 32)
    with pytest.raises(KeyMissing):
        opened(named, "SELECT 1")


def test_names_do_not_come_into_a_session_that_spills_them_as_they_are(home):
    with session(home.settings) as connection, pytest.raises(ValueError, match="holds_names"):
        open_names(connection, home.settings, [], HERE)


def test_what_a_session_with_names_spills_is_encrypted(tmp_path):
    """The same query in a session without names leaves the word in the spilled files: the search would find it."""
    found = {}
    for is_encrypted in (True, False):
        settings = Settings(home=tmp_path / str(is_encrypted), memory_mb=128, threads=1)
        with session(settings, holds_names=is_encrypted) as connection:
            connection.execute("SET memory_limit = '24MiB'")
            connection.execute(
                "CREATE TEMP TABLE names AS SELECT i, 'กนารี' || md5(CAST(i AS VARCHAR)) AS name, "
                "md5(CAST(i AS VARCHAR)) || 'นก' AS more FROM range(400000) r(i)"
            )
            files = [path for path in settings.scratch.rglob("*") if path.is_file()]
            assert sum(path.stat().st_size for path in files) > 1 << 20, "nothing was spilled"
            found[is_encrypted] = any("กนารี".encode() in path.read_bytes() for path in files)
            rows = connection.execute("SELECT count(DISTINCT name), sum(length(more)) FROM names").fetchall()
            assert rows == [(400000, 400000 * 34)]
    assert found == {True: False, False: True}
