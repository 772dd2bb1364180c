"""The curve as a drawing: plan, households collected and recorded by day. SVG written by hand, letters stay letters.

Put here: this one drawing. Keep out: figures, and the words around it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from jpt_pipeline.progress.report import CurvePoint, Report
from reports.drawing import BLUE, GREY, INK, ORANGE, PALE, VERMILLION
from reports.numbers import count_text
from reports.progress.words import progress_words, short_day

WIDTH, HEIGHT = 720, 330
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 48, 44
STEPS = (1, 2, 5)
LABELS_MOST = 7


def curve_svg(report: Report) -> str:
    """The drawing; an empty text when there is nothing to draw."""
    points, due_n = report.curve, report.facts.counts.due_n
    if len(points) < 2:
        return ""
    top_n = max([due_n, *(p.collected_n or 0 for p in points), *(p.recorded_n or 0 for p in points)], default=0) or 1
    scale = _Scale(points[0].day, points[-1].day, top_n)
    parts = [*_grid(scale, top_n), *_days(scale, points), *_due(scale, due_n), *_now(scale, report)]
    planned = [(p.day, float(p.planned * due_n)) for p in points if p.planned is not None]
    recorded = [(p.day, float(p.recorded_n)) for p in points if p.recorded_n is not None]
    collected = [(p.day, float(p.collected_n)) for p in points if p.collected_n is not None]
    lines = [(planned, GREY, "2.2", "7 5"), (recorded, ORANGE, "2.6", ""), (collected, BLUE, "3.4", "")]
    parts += [_line(scale, line, colour, width, dash) for line, colour, width, dash in lines if line]
    if collected:
        x, y = scale.at(*collected[-1])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{BLUE}"/>')
    parts += _legend(bool(planned))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Sarabun" '
        f'font-size="15" fill="{INK}">{"".join(parts)}</svg>'
    )


class _Scale:
    """Days and households to places on the drawing."""

    def __init__(self, first: date, last: date, top_n: int):
        self.first, self.days, self.top = first, max((last - first).days, 1), _round_up(top_n)

    def x(self, day: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / self.days

    def y(self, n: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * n / self.top

    def at(self, day: date, n: float) -> tuple[float, float]:
        return self.x(day), self.y(n)


def _round_up(n: int) -> int:
    """A round number not below n, with room above a target that fills the whole height."""
    step = _step(n)
    return -(-n // step) * step


def _step(n: int) -> int:
    """1, 2 or 5 times a power of ten, so that at most six of them reach n."""
    size = 1
    while True:
        for factor in STEPS:
            if n <= 6 * factor * size:
                return factor * size
        size *= 10


def _grid(scale: _Scale, top_n: int) -> Iterator[str]:
    for n in range(0, scale.top + 1, _step(top_n)):
        y = scale.y(n)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{PALE if n else GREY}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{count_text(n)}</text>'


def _days(scale: _Scale, points: Sequence[CurvePoint]) -> Iterator[str]:
    """Days along the foot, as many as have room."""
    every = -(-len(points) // LABELS_MOST)
    for point in points[::every]:
        x = scale.x(point.day)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}" stroke="{GREY}"/>'
        text = escape(short_day(point.day, with_year=False))
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 24}" text-anchor="middle">{text}</text>'


def _due(scale: _Scale, due_n: int) -> Iterator[str]:
    """The households to be collected, as a line across."""
    y = scale.y(due_n)
    yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{VERMILLION}" stroke-width="1.5"/>'
    text = f"{progress_words().curve['due']} {count_text(due_n)}"
    yield f'<text x="{LEFT + 8}" y="{y + 19:.1f}" fill="#A84300">{escape(text)}</text>'


def _now(scale: _Scale, report: Report) -> Iterator[str]:
    if scale.first <= report.day <= report.curve[-1].day:
        x = scale.x(report.day)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{GREY}" stroke-dasharray="2 4"/>'


def _line(scale: _Scale, line: Sequence[tuple[date, float]], colour: str, width: str, dash: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (scale.at(*point) for point in line))
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashed}/>'


def _legend(has_plan: bool) -> Iterator[str]:
    said = progress_words().curve
    shown = [("collected", BLUE, ""), ("recorded", ORANGE, ""), *([("planned", GREY, "7 5")] if has_plan else [])]
    for place, (name, colour, dash) in enumerate(shown):
        x = LEFT + 170 * place
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<line x1="{x}" x2="{x + 34}" y1="20" y2="20" stroke="{colour}" stroke-width="3.4"{dashed}/>'
        yield f'<text x="{x + 42}" y="25">{escape(said[name])}</text>'
