"""Notices: written or mailed once a day, never with a long number, never with a password over an open line."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from jpt_pipeline.notify import Notice, NotSent, discreet, send
from jpt_pipeline.settings import Settings

NOW = datetime(2018, 3, 12, 23, 30, tzinfo=UTC)  # 13 March, 06:30, in Thailand
NOTICE = Notice("overdue-2561-jpt", "มีงานเลยกำหนด", "ตำบลบึงกาฬ เลยกำหนด 3 วันทำการ")


class Postbox:
    """What a server took in."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 taken"


class _Server(Controller):
    """On a free port that the system chose."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def server() -> Iterator[tuple[Postbox, int]]:
    postbox = Postbox()
    running = _Server(postbox, hostname="127.0.0.1", port=0)
    running.start()
    yield postbox, running.port
    running.stop()


def home(tmp_path: Path, **more: object) -> Settings:
    return Settings(home=tmp_path / "home", **more)  # type: ignore[arg-type]


def test_by_default_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    own = home(tmp_path)
    assert send(own, [NOTICE], NOW) == [NOTICE]
    (path,) = own.notices.glob("*.txt")
    assert path.name.startswith("2018-03-13T063000_") and path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == f"{NOTICE.title}\n\n{NOTICE.text}\n"


def test_the_same_is_told_once_a_day(tmp_path: Path) -> None:
    own = home(tmp_path)
    other = Notice("overdue-2561-basic", NOTICE.title, NOTICE.text)
    assert send(own, [NOTICE, NOTICE], NOW) == [NOTICE]
    assert send(own, [NOTICE, other], NOW + timedelta(hours=17)) == [other], "still the same day in Thailand"
    assert send(own, [NOTICE], NOW + timedelta(hours=18)) == [NOTICE]
    assert len(list(own.notices.glob("*.txt"))) == 3


def test_off_is_off(tmp_path: Path) -> None:
    own = home(tmp_path, notify="off")
    assert send(own, [NOTICE], NOW) == [] and not own.notices.exists()


def test_a_mail_with_thai_text(tmp_path: Path, server: tuple[Postbox, int]) -> None:
    postbox, port = server
    own = home(
        tmp_path, notify=f"smtp://127.0.0.1:{port}", notify_to="a@example.org, b@example.org", notify_from="jpt@x.org"
    )
    assert send(own, [NOTICE], NOW) == [NOTICE] and send(own, [NOTICE], NOW) == []
    ((recipients, message),) = postbox.taken
    assert recipients == ["a@example.org", "b@example.org"]
    assert (message["Subject"], message["From"]) == (NOTICE.title, "jpt@x.org")
    assert message["Date"].datetime.isoformat() == "2018-03-13T06:30:00+07:00"
    assert message.get_content().strip() == NOTICE.text


def test_what_was_not_taken_is_tried_again(tmp_path: Path, server: tuple[Postbox, int]) -> None:
    postbox, port = server
    nobody = home(tmp_path, notify="smtp://127.0.0.1:1", notify_to="a@example.org")
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        send(nobody, [NOTICE], NOW)
    again = home(tmp_path, notify=f"smtp://127.0.0.1:{port}", notify_to="a@example.org")
    assert send(again, [NOTICE], NOW) == [NOTICE] and len(postbox.taken) == 1


@pytest.mark.parametrize(
    ("way", "to", "told"),
    [("pigeon://x", "a@x.org", "no way"), ("smtp://127.0.0.1:1", "", "nobody"), ("smtp://", "a@x.org", "no way")],
)
def test_settings_that_name_no_way(tmp_path: Path, way: str, to: str, told: str) -> None:
    with pytest.raises(NotSent, match=told):
        send(home(tmp_path, notify=way, notify_to=to), [NOTICE], NOW)


def test_a_password_never_goes_over_an_open_line(tmp_path: Path, server: tuple[Postbox, int]) -> None:
    postbox, port = server
    os.environ["JPT_NOTIFY_PASSWORD"] = "secret-word"
    own = home(tmp_path, notify=f"smtp://jpt@127.0.0.1:{port}", notify_to="a@example.org")
    with pytest.raises(NotSent, match="open line") as refused:
        send(own, [NOTICE], NOW)
    assert postbox.taken == []
    assert "secret-word" not in f"{refused.value} {own!r} {own.model_dump_json()}"


def test_a_server_without_the_promised_lock_is_refused(tmp_path: Path, server: tuple[Postbox, int]) -> None:
    """STARTTLS is asked for: a server that has none gets neither password nor message."""
    postbox, port = server
    os.environ["JPT_NOTIFY_PASSWORD"] = "secret-word"
    own = home(tmp_path, notify=f"smtp+starttls://jpt@127.0.0.1:{port}", notify_to="a@example.org")
    with pytest.raises(NotSent, match="SMTPNotSupportedError"):
        send(own, [NOTICE], NOW)
    assert postbox.taken == []


def test_codes_of_persons_and_houses_are_struck_out() -> None:
    assert (
        discreet("บัตร 1234567890123 บ้าน 38025314702 ก็ไม่บอก 1-2345-67890-12-3 3802-531470-2") == "บัตร # บ้าน # ก็ไม่บอก # #"
    )
    assert discreet("๑๒๓๔๕๖๗๘๙๐๑๒๓") == "#"
    kept = "ตำบล 380101 หมู่ 38010101 38010102 อปท. 38010001 ณ 2018-03-12 run 1f2e3d4c 12,500,053 ครัวเรือน"
    assert discreet(kept) == kept


@settings(max_examples=40)
@given(st.text(alphabet="0123456789 -ก.", max_size=60))
def test_no_thirteen_digits_survive(text: str) -> None:
    told = discreet(text)
    assert not any(run.isdecimal() and len(run) >= 9 for run in told.split())
    assert len(discreet("ก" * 9000)) == 4000
