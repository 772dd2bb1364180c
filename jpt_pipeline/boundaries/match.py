"""Which property of a boundary file holds the area codes, and which features are which areas of the register.

Put here: the comparison of values with the register's codes. Keep out: shapes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jpt_pipeline.boundaries.readfile import BoundaryFile, Feature, Unreadable
from jpt_pipeline.boundaries.spec import BoundarySpec

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NAMES_SHOWN = 12


@dataclass(frozen=True)
class Match:
    """The layer and property that were taken, features by area code, and the features of no registered area."""

    layer: str
    code_name: str
    by_code: dict[str, list[Feature]]
    unknown: list[tuple[Feature, str | None]]


def match(file: BoundaryFile, level: str, known: Iterable[str], spec: BoundarySpec, code_name: str | None) -> Match:
    """Join the features to the codes of a level.

    The property is `code_name`, else the one of any layer with the most values among the known codes; of equals the one
    that is usual by the definitions, then the first by name.

    Raises:
        Unreadable: no feature has the property that was named, or no value of any property is a known code.
    """
    codes = set(known)
    usual = {name.casefold(): place for place, name in enumerate(spec.levels[level].code_names)}
    tried: list[tuple[int, int, str, str]] = []
    for layer, features in file.layers.items():
        for name, hits in _hits(features, codes, spec).items():
            if code_name is None or name == code_name:
                tried.append((-hits, usual.get(name.casefold(), len(usual)), name, layer))
    if not tried:
        names = sorted({name for features in file.layers.values() for one in features for name in one.properties})
        raise Unreadable("R-MAP-10" if code_name else "R-MAP-04", ", ".join(names[:_NAMES_SHOWN]))
    hits, _, name, layer = min(tried)
    if not hits:
        raise Unreadable("R-MAP-04", name)
    by_code: dict[str, list[Feature]] = {}
    unknown: list[tuple[Feature, str | None]] = []
    for feature in file.layers[layer]:
        code = code_of(feature.properties.get(name), codes, spec)
        if code in codes:
            by_code.setdefault(str(code), []).append(feature)
        else:
            unknown.append((feature, code))
    return Match(layer, name, dict(sorted(by_code.items())), unknown)


def _hits(features: list[Feature], codes: set[str], spec: BoundarySpec) -> Mapping[str, int]:
    """Property -> how many different known codes it holds."""
    found: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for feature in features:
        for name, value in feature.properties.items():
            code = code_of(value, codes, spec)
            found[name] += 0
            if code in codes and (name, str(code)) not in seen:
                seen.add((name, str(code)))
                found[name] += 1
    return found


def code_of(value: Any, codes: set[str], spec: BoundarySpec) -> str | None:
    """A value as a code would be typed: whole numbers without '.0', Thai digits as Arabic, without spaces and prefix."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    text = re.sub(r"[\s\u200b-\u200d\ufeff]", "", str(value)).translate(_THAI_DIGITS)
    for prefix in spec.prefixes:
        if text not in codes and text.removeprefix(prefix) in codes:
            return text.removeprefix(prefix)
    return text or None
