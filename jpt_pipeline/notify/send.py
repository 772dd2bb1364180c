"""Sending notices as the settings say: into <home>/notices, or by SMTP; each once a day.

Put here: the ways, and the memory of what was told. Keep out: words. JPT_NOTIFY is `file` (default), `off`,
`smtp://host:port`, `smtp+starttls://user@host:port` or `smtps://user@host:port`; the password comes from
JPT_NOTIFY_PASSWORD alone, and never goes over an open line.
"""

import smtplib
import ssl
from collections.abc import Sequence
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from filelock import FileLock

from jpt_pipeline.clock import THAI_TIME, thai_day
from jpt_pipeline.notify.notice import Notice, discreet
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import private_folder, replacing, sha256_text

SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
TIMEOUT_SECONDS = 30


class NotSent(Exception):
    """A notice could not be sent, or the settings name no way; says which host, never a password."""


def send(settings: Settings, notices: Sequence[Notice], now: datetime) -> list[Notice]:
    """Send those that were not told yet on this day in Thailand; returns them.

    What fails is not remembered as told, so the next look tries again.

    Raises:
        NotSent: the first that failed; those before it were sent.
    """
    if settings.notify == "off" or not notices:
        return []
    folder, day = settings.notices, thai_day(now)
    private_folder(folder)
    sent = []
    with FileLock(folder / ".lock"):
        for notice in notices:
            mark = _mark(folder, day, notice)
            if not mark.exists():
                _send(settings, notice, now)
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
                sent.append(notice)
    return sent


def _mark(folder: Path, day: date, notice: Notice) -> Path:
    """The empty file that remembers that a notice was told on a day."""
    return folder / "told" / day.isoformat() / sha256_text(notice.key)[:32]


def _send(settings: Settings, notice: Notice, now: datetime) -> None:
    if settings.notify == "file":
        _write(settings.notices, notice, now)
        return
    url = urlsplit(settings.notify)
    if url.scheme not in SCHEMES or not url.hostname:
        raise NotSent(f"JPT_NOTIFY names no way that is known: file, off, {', '.join(SCHEMES)}")
    if not settings.notify_to:
        raise NotSent("JPT_NOTIFY_TO names nobody")
    try:
        _mail(settings, url, _message(settings, notice, now))
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{url.hostname}: {type(error).__name__}") from None


def _write(folder: Path, notice: Notice, now: datetime) -> None:
    """A text file a notice, named by moment and key."""
    moment = now.astimezone(THAI_TIME)
    path = folder / f"{moment:%Y-%m-%dT%H%M%S}_{sha256_text(notice.key)[:12]}.txt"
    with replacing(path) as temporary:
        temporary.write_text(f"{discreet(notice.title)}\n\n{discreet(notice.text)}\n", encoding="utf-8")


def _message(settings: Settings, notice: Notice, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.notify_from
    message["To"] = ", ".join(_recipients(settings))
    message["Subject"] = " ".join(discreet(notice.title).split())
    message["Date"] = format_datetime(now.astimezone(THAI_TIME))
    message.set_content(discreet(notice.text), cte="base64")
    return message


def _recipients(settings: Settings) -> list[str]:
    return [address.strip() for address in settings.notify_to.split(",") if address.strip()]


def _mail(settings: Settings, url: SplitResult, message: EmailMessage) -> None:
    host, port = str(url.hostname), url.port or SCHEMES[url.scheme]
    password = settings.notify_password.get_secret_value() if settings.notify_password else None
    if password and url.scheme == "smtp":
        raise NotSent(f"{host}: a password does not go over an open line; use smtp+starttls:// or smtps://")
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=context)
        if password:
            server.login(unquote(url.username or ""), password)
        server.send_message(message)
