"""How a module looks: it says its contract, fits a head, hides no error, and looks at no environment."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.test_imports import CHECKOUT, MODULES

LINES = 320
# Who may touch environment variables beside settings.py, and why.
ENVIRONMENT = {
    "jpt_pipeline.settings": "the one reader",
    "jpt_pipeline.runs": "Dagster finds its instance by DAGSTER_HOME",
    "jpt_pipeline.workers": "gives Dagster's processes the home",
    "reports.breaks": "the dictionary of words makes no folder in HOME and loads nothing",
    "reports.drawing": "the font cache goes into the home",
    "reports.quality": "analytics of Great Expectations are switched off before its import",
}
# Who may print beside rich's console: one JSON object, or a build step's result.
PRINTERS = {"jpt_pipeline.cli.certify", "jpt_pipeline.reference"}
PERSONAL = {"citizen_id", "first_name", "last_name", "prefix_name", "house_no", "latitude", "longitude", "birth_date"}
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name))


@cache
def text(name: str) -> str:
    return MODULES[name].read_text(encoding="utf-8")


def nodes(name: str) -> Iterator[ast.AST]:
    return ast.walk(tree(name))


def test_a_module_says_its_contract() -> None:
    """What is here, what to put here, what to keep out: a sentence at least."""
    assert [name for name in MODULES if len((ast.get_docstring(tree(name)) or "").split()) < 4] == []


def test_a_module_fits_a_head() -> None:
    assert [name for name in MODULES if len(text(name).splitlines()) > LINES] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in MODULES.values()}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_nothing_is_left_unfinished() -> None:
    assert [name for name in MODULES if UNFINISHED.search(text(name))] == []


def test_no_error_is_swallowed() -> None:
    """`except BaseException` is allowed where it raises again: a gate closes even when the process is interrupted."""
    swallowed = []
    for name in MODULES:
        for node in nodes(name):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = ast.unparse(node.type) if node.type else "Exception"
            raises_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            is_wide = re.search(r"\bException\b", caught) or ("BaseException" in caught and not raises_again)
            if is_wide or all(isinstance(line, ast.Pass) for line in node.body):
                swallowed.append(f"{name}:{node.lineno} {caught}")
    assert swallowed == []


def test_settings_is_the_one_reader_of_the_environment() -> None:
    touching = set()
    for name in MODULES:
        words = {node.attr for node in nodes(name) if isinstance(node, ast.Attribute)}
        words |= {node.id for node in nodes(name) if isinstance(node, ast.Name)}
        if words & {"environ", "getenv", "putenv"}:
            touching.add(name)
    assert touching - set(ENVIRONMENT) == set(), "looks at the environment"
    assert set(ENVIRONMENT) - touching <= {"jpt_pipeline.settings"}, "excused without need"


def test_annotations_are_evaluated_where_dagster_reads_them() -> None:
    future = [name for name in MODULES if "from __future__ import annotations" in text(name)]
    assert [name for name in future if "dagster" in text(name)] == []


def test_nobody_prints() -> None:
    calls = {
        name
        for name in MODULES
        for node in nodes(name)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert calls <= PRINTERS


def test_no_message_holds_a_person() -> None:
    told = []
    for name in MODULES:
        for node in nodes(name):
            is_log = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] in ("log", "logger", "logging")
            if not (is_log or isinstance(node, ast.Raise)):
                continue
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            used |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            used |= {str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant)}
            if used & PERSONAL:
                told.append(f"{name}:{node.lineno} {sorted(used & PERSONAL)}")
    assert told == []


def test_the_registry_of_stages_holds_nothing_else() -> None:
    assert all(isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign) for node in tree("assets").body)
    named = [ast.unparse(node.targets[0]) for node in tree("assets").body if isinstance(node, ast.Assign)]
    assert named == ["STAGES"]


def test_stages_have_the_same_names_in_assets_and_checks() -> None:
    stages = {d: {p.name for p in (CHECKOUT / d).iterdir() if re.match(r"s\d_", p.name)} for d in ("assets", "checks")}
    assert stages["checks"] <= stages["assets"]
