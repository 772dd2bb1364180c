"""The keys of a home: outside by default, made once, noticed when they are gone or others, never made anew over data."""

import json
import os
import shutil
import stat

import pytest

from jpt_pipeline.home import furnish, prepare
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.settings import Settings
from jpt_pipeline.vault import KeyMissing, key_folder, make_keys, read_key
from tests.conftest import Terminal
from tests.unit.intake.country import household, ndjson


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The user's configuration, where keys lie."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("JPT_KEYS", raising=False)
    return tmp_path / "config"


def made(root, **options):
    settings = Settings(home=root)
    make_keys(settings, **options)
    return settings


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_keys_lie_outside_the_home_and_are_their_owners_alone(config, tmp_path, mask):
    before = os.umask(mask)
    try:
        settings = made(tmp_path / "home")
    finally:
        os.umask(before)
    record = json.loads((settings.root / "home.json").read_text())
    folder = config / "jpt" / "keys" / record["home_id"]
    assert key_folder(settings) == folder
    assert files(folder) == ["office.key", "token.key", "vault.key"]
    assert [mode(folder), mode(folder / "token.key"), mode(folder / "office.key")] == [0o700, 0o600, 0o600]
    assert files(settings.root) == ["home.json"]
    for name in ("token", "vault", "office"):
        assert len(read_key(settings, name)) == 32
        assert read_key(settings, name).hex() not in json.dumps(record)
    assert read_key(settings, "token") != read_key(settings, "vault")


def test_made_again_nothing_changes(config, tmp_path):
    settings = Settings(home=tmp_path / "home")
    assert make_keys(settings) == ["token", "vault", "office"]
    before = (settings.root / "home.json").read_bytes(), read_key(settings, "token")
    assert make_keys(settings) == []
    assert before == ((settings.root / "home.json").read_bytes(), read_key(settings, "token"))


def test_two_homes_never_meet(config, tmp_path):
    one, two = made(tmp_path / "one"), made(tmp_path / "two")
    assert key_folder(one) != key_folder(two)
    assert read_key(one, "token") != read_key(two, "token")


def test_a_moved_home_keeps_its_keys(config, tmp_path):
    settings = made(tmp_path / "one")
    key = read_key(settings, "vault")
    settings.root.rename(tmp_path / "two")
    assert read_key(Settings(home=tmp_path / "two"), "vault") == key


def test_a_folder_of_ones_own(config, tmp_path, monkeypatch):
    monkeypatch.setenv("JPT_KEYS", str(tmp_path / "stick"))
    settings = made(tmp_path / "home")
    assert files(tmp_path / "stick") == ["office.key", "token.key", "vault.key"]
    assert not config.exists()
    assert read_key(settings, "token")


def test_keys_inside_stay_inside_whatever_the_environment_says(config, tmp_path, monkeypatch):
    monkeypatch.setenv("JPT_KEYS", str(tmp_path / "stick"))
    settings = made(tmp_path / "home", keys_inside=True, known={"token": b"t" * 32})
    assert key_folder(Settings(home=tmp_path / "home")) == settings.root / "keys"
    assert read_key(settings, "token") == b"t" * 32
    assert files(tmp_path) == ["home/home.json", *(f"home/keys/{name}.key" for name in ("office", "token", "vault"))]


def test_a_second_machine_takes_over_keys_that_lie_ready(config, tmp_path, monkeypatch):
    first = made(tmp_path / "first")
    monkeypatch.setenv("JPT_KEYS", str(tmp_path / "copied"))
    shutil.copytree(key_folder(Settings(home=first.root, keys=key_folder_of(first, config))), tmp_path / "copied")
    second = Settings(home=tmp_path / "second")
    assert make_keys(second) == []
    assert read_key(second, "token") == read_key(Settings(home=first.root), "token")


def key_folder_of(settings, config):
    return config / "jpt" / "keys" / json.loads((settings.root / "home.json").read_text())["home_id"]


def test_a_home_that_was_never_made_ready_says_so(config, tmp_path):
    with pytest.raises(KeyMissing, match="jpt init"):
        read_key(Settings(home=tmp_path / "home"), "token")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["token", "vault"])
@pytest.mark.parametrize("harm", ["gone", "short", "another", "folder gone"])
def test_a_key_that_is_gone_or_another_is_refused_and_never_made_anew(config, tmp_path, name, harm):
    settings = made(tmp_path / "home")
    path = key_folder(settings) / f"{name}.key"
    if harm == "folder gone":
        shutil.rmtree(path.parent)
    elif harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * (32 if harm == "another" else 31))
    before = files(tmp_path)
    for call in (lambda: read_key(settings, name), lambda: make_keys(settings), lambda: prepare(settings)):
        with pytest.raises(KeyMissing) as told:
            call()
        assert str(path.parent) in str(told.value)
        assert path.name in str(told.value) or harm == "folder gone"
    assert files(tmp_path) == before


def test_a_home_with_data_but_without_its_record_gets_no_new_keys(home):
    home.take_bytes("a.ndjson", ndjson([household(1)]))
    (home.settings.root / "home.json").unlink()
    with pytest.raises(KeyMissing, match="มีข้อมูลอยู่แล้ว"):
        make_keys(home.settings)
    assert not (home.settings.root / "home.json").exists()
    keys = home.settings.root / "keys"
    named = Settings(home=home.settings.root, keys=keys)
    assert make_keys(named) == []  # whoever names the folder of the old keys may go on
    assert read_key(named, "token") == (keys / "token.key").read_bytes()


def test_a_broken_record_is_told(config, tmp_path):
    settings = made(tmp_path / "home")
    (settings.root / "home.json").write_text("{")
    for call in (lambda: read_key(settings, "token"), lambda: make_keys(settings)):
        with pytest.raises(KeyMissing, match=r"home\.json"):
            call()


def test_nothing_is_taken_in_with_another_key(home, tmp_path):
    (home.settings.root / "keys" / "token.key").write_bytes(b"x" * 32)
    with pytest.raises(KeyMissing):
        home.take_bytes("a.ndjson", ndjson([household(1)]))
    assert read_receipts(home.settings.landing) == []


def test_furnishing_needs_and_makes_no_keys(config, tmp_path):
    settings = Settings(home=tmp_path / "home")
    furnish(settings)
    assert settings.lake.is_dir()
    assert not config.exists() and not (settings.root / "home.json").exists()


def test_init_tells_where_the_keys_are_and_to_back_them_up(config, tmp_path):
    said = Terminal(tmp_path / "home")("init")
    assert said.exit_code == 0
    folder = key_folder(Settings(home=tmp_path / "home"))
    assert str(folder) in said.stdout
    for word in ("vault.key", "token.key", "สำรอง"):
        assert word in said.stdout
    again = Terminal(tmp_path / "home").done("init")
    assert (again["new_keys"], again["keys"]) == ([], str(folder))


def test_the_command_line_names_the_folder_of_missing_keys(config, tmp_path):
    terminal = Terminal(tmp_path / "home")
    terminal.done("init")
    folder = key_folder(Settings(home=tmp_path / "home"))
    (folder / "vault.key").unlink()
    for words in (["init"], ["init", "--json"]):
        said = terminal(*words)
        assert said.exit_code == 1
        assert "L-KEY" in said.output and str(folder) in said.output
