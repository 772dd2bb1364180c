"""Figures without a window: typeface, colours, page geometry in millimetres, text that fits, files with stable bytes.

Put here: what every picture needs. Keep out: any single picture, and pyplot (its state is shared by the whole process).
Matplotlib is imported inside functions: a code location that only lists reports must start quickly.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import replacing
from reports.words import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart with any of the common colour vision deficiencies, and in grey by lightness.
BLUE, VERMILLION, SKY, ORANGE = "#0072B2", "#D55E00", "#56B4E9", "#E69F00"
NAVY, INK, GREY, PALE, WHITE = "#12324F", "#1F2933", "#7B8794", "#EEF2F6", "#FFFFFF"
MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
SCREEN_DPI = 150
SLACK = 1.015  # glyphs drawn on the pixel grid take a little more room than their outlines


@cache
def _prepare() -> dict[Any, Any]:
    """Load the typeface once and give the style's settings, on top of the defaults and of nothing else."""
    cache_folder = Settings().root / "cache" / "matplotlib"  # its font list would otherwise go to the user's home
    cache_folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder))
    import matplotlib
    from matplotlib import font_manager

    with resources.as_file(resources.files("fontpkg_sarabun") / "files") as folder:
        for path in sorted(folder.glob("Sarabun-*.ttf")):
            font_manager.fontManager.addfont(path)
    settings: dict[Any, Any] = dict(
        matplotlib.rc_params_from_file(STYLE / "report.mplstyle", use_default_template=True)
    )
    settings.pop("backend")
    return settings


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this: the reports' typeface and settings, whatever the machine's own are."""
    settings = _prepare()
    import matplotlib

    with matplotlib.rc_context(settings):
        yield


def figure_mm(width: float, height: float) -> "Figure":
    """An empty page of this size in millimetres, drawn by Agg. Call within `style()`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def save(figure: "Figure", path: Path, dpi: int = SCREEN_DPI) -> Path:
    """Write PNG, SVG (text as outlines) or PDF by the name's ending, whole or not at all, without dates: the same page
    gives the same bytes."""
    kind = path.suffix.removeprefix(".")
    nothing = {"png": ["Software"], "svg": ["Creator", "Date"], "pdf": ["Creator", "Producer", "CreationDate"]}[kind]
    extra: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
    with replacing(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=dpi, metadata=dict.fromkeys(nothing), **extra)
    return path


@cache
def _width_pt(text: str, size: float, weight: str) -> float:
    """Width of a line in points, shaped as it will be drawn."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(family="Sarabun", size=size, weight=weight), ismath=False
    )
    return float(width)


def fitting_size(text: str, size: float, room_mm: float, weight: str = "normal") -> float:
    """The largest size up to `size` points at which a line of text takes no more than `room_mm`.

    Thai has no spaces between words, so a line is made smaller rather than broken inside a word.
    """
    width_mm = SLACK * _width_pt(text, size, weight) / PT_PER_MM
    return size if width_mm <= room_mm else size * room_mm / width_mm
