"""What all commands share on the screen: the console, one JSON object on request, a refusal in Thai, progress."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.rounds import load_round

Json = Annotated[bool, typer.Option("--json", help="พิมพ์ผลเป็น JSON หนึ่งรายการ")]
Year = Annotated[int, typer.Option("--year", min=2500, max=2700, help="ปีสำรวจ (พ.ศ.)")]


def console() -> Console:
    """Results go to standard output."""
    return Console(highlight=False, soft_wrap=True)


def say_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str))


def instrument_facts(year: int) -> dict[str, Any]:
    """The instrument of a round that has one, and whether it is provisional, for the JSON of a command."""
    instrument = load_instrument(load_round(year).instrument)
    return {"instrument": instrument.id, "instrument_provisional": instrument.provisional}


def say_provisional(year: int) -> None:
    """Say so, where what follows rests on a provisional instrument."""
    facts = instrument_facts(year)
    if facts["instrument_provisional"]:
        text = f"แบบสอบถาม {facts['instrument']} ของรอบ {year} เป็นฉบับชั่วคราว ยังไม่ยืนยัน (provisional)"
        console().print(text, style="yellow", markup=False)


def refuse(message: str, as_json: bool = False) -> NoReturn:
    """Say why nothing (or not all) was done, and end with 1."""
    if as_json:
        say_json({"ok": False, "message": message})
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(message, style="red", markup=False)
    raise typer.Exit(1)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on standard error; nothing when quiet."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, quiet=quiet),
        transient=True,
        speed_estimate_period=1800,  # a province takes seconds: what remains is told from many of them
    )
    with bar:
        yield bar
