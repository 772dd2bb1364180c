"""Who may know whom: the arrows of the design as data, held against every import of the code, wherever it stands."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("jpt_pipeline", "assets", "checks", "reports")

# Ground: what every part of the engine may use.
GROUND = {"settings", "yamlfile", "store", "dictionary", "codes", "clock"}
DATA = GROUND | {"areas", "rounds", "instruments"}
# Unit of the engine (folder or module below jpt_pipeline) -> units that it may import.
ALLOWED: dict[str, set[str]] = {
    "settings": set(),
    "clock": set(),
    "yamlfile": set(),
    "store": {"settings"},
    "dictionary": {"settings", "yamlfile"},
    "codes": {"settings", "yamlfile"},
    "instruments": {"settings", "yamlfile"},
    "areas": GROUND | {"vault"},
    "history": GROUND | {"areas"},
    "boundaries": GROUND | {"areas"},
    "rounds": {"settings", "yamlfile", "areas"},
    "quality": {"dictionary", "store"},
    "vault": {"settings", "store"},
    "intake": DATA | {"vault"},
    "corrections": DATA | {"intake"},
    "identity": DATA | {"intake"},
    "fieldwork": DATA | {"intake", "identity"},
    "households": DATA | {"intake", "vault", "corrections", "identity"},
    "returns": DATA | {"intake", "vault", "corrections", "households"},
    "listing": DATA | {"intake", "vault", "households"},
    "rollup": DATA | {"intake", "households"},
    "ledger": GROUND,
    "hashtree": DATA | {"vault", "ledger"},
    "signing": GROUND | {"ledger", "vault"},
    "issues": DATA | {"intake", "vault", "corrections", "ledger"},
    "sampling": GROUND | {"rounds", "ledger"},
    "certification": DATA | {"hashtree", "identity", "issues", "ledger", "rollup", "sampling", "signing"},
    "notify": GROUND,
    "progress": DATA | {"intake", "ledger"},
    "reinterview": DATA | {"certification", "households", "intake", "ledger", "sampling", "vault"},
    "synthetic": {"settings", "yamlfile", "store", "areas", "instruments", "rounds"},
    "explain": DATA | {"rollup"},
    "ranking": set(),
    "impact": DATA | {"vault", "returns", "certification", "ledger", "ranking"},
    "verify": {"dictionary", "hashtree", "signing", "store"},
    "home": {"settings", "store", "vault"},
    "restricted": GROUND | {"ledger"},
    "disclosure": DATA,
    "results": DATA | {"disclosure", "hashtree", "intake", "certification", "ledger", "rollup", "signing", "vault"},
    "reference": DATA | {"certification", "results", "intake"},
    # What Dagster sees.
    "partitions": {"areas", "rounds", "store"},
    "resources": {"settings"},
    "jobs": {"partitions"},
    "schedules": {"areas", "clock", "partitions", "rounds", "store"},
    "failures": set(),
    "sensors": {
        "certification",
        "clock",
        "corrections",
        "failures",
        "intake",
        "ledger",
        "notify",
        "partitions",
        "resources",
        "rollup",
        "settings",
        "store",
    },
    "definitions": {"settings", "jobs", "partitions", "resources", "schedules", "sensors"},
    # Whoever starts things.
    "benchmark": DATA
    | {"results", "runs", "definitions", "synthetic", "home", "intake", "households", "rollup", "partitions"}
    | {"corrections", "returns"},
    "runlog": set(),
    "owners": {"settings"},
    "workers": {"failures", "owners", "settings"},
    "runs": DATA
    | {
        "issues",
        "ledger",
        "owners",
        "workers",
        "certification",
        "home",
        "definitions",
        "failures",
        "partitions",
        "resources",
        "intake",
        "households",
        "runlog",
        "rollup",
    },
    "demonstration": DATA | {"definitions", "runs", "home", "intake", "certification", "ledger", "vault"},
}
ANYTHING = {"cli"}  # the command line may use everything
# Beside the engine.
OUTSIDE: dict[str, set[str]] = {
    "assets": {"assets", "checks", "jpt_pipeline"},
    "checks": {"checks", "jpt_pipeline"},
    "reports": {"reports", "jpt_pipeline"},
    "jpt_pipeline": {"jpt_pipeline"},
}
ENGINE_OF_CHECKS = {"dictionary", "quality", "store", "instruments"}
ENGINE_OF_REPORTS = {
    "instruments",
    "ranking",
    "rounds",
    "partitions",
    "resources",
    "settings",
    "store",
    "yamlfile",
    "dictionary",
    "areas",
    "boundaries",
    "disclosure",
}
# Reports about single households: they read the home, not a release, and write for its owner only.
RESTRICTED_REPORTS = {
    "reports.return_slip": {"returns", "corrections", "vault"},
    "reports.enumerator_evidence": {"fieldwork", "listing"},
    "reports.assets": {"clock", "restricted"},
    **{
        f"reports.restricted.{name}": {"listing"}
        for name in ("enumerators", "evidence", "income", "summary", "summary_page")
    },
    "reports.restricted.paper": {"clock", "listing"},
    "reports.restricted.files": {"listing", "restricted"},
}
# The verdict on published counts is that of certification, by the same statistics.
STATISTICS = {"reports.confidence": {"sampling"}}
# The eras of the calendar; what time it is no published report may know.
CALENDAR = {"reports.numbers": {"clock"}}
# Progress is of a round that is not published yet: its pages are given a report that the engine put together.
PROGRESS = {
    **{f"reports.progress.{name}": {"progress"} for name in ("curve", "files", "page", "tables")},
    **{f"reports.progress.{name}": {"clock", "progress"} for name in ("chat", "words")},
    "reports.progress.notices": {"notify", "progress"},
    "reports.progress.asset": {"clock", "notify", "progress"},
}
# Forms are signed before anything is released: they are given what certification shows of an area, and no more of it.
FORMS = {f"reports.forms.{name}": {"certification", "ledger"} for name in ("content", "sections", "paper")}
SHOWN = {f"jpt_pipeline.certification.{name}" for name in ("shown", "form_mark", "difference")}
# Runs may note in the ledger that something was made; what else of the ledger such a module may know.
NOTES = {
    "jpt_pipeline.restricted": {"RestrictedReport", "writing"},
    "jpt_pipeline.progress.snapshots": {"Entry", "ProgressSnapshot", "only", "read_entries", "writing"},
}
HEAVY = ("great_expectations", "matplotlib.pyplot", "typst", "pythainlp", "pypdfium2", "zxingcpp", "segno")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((CHECKOUT / package).rglob("*.py"))}


@cache
def imports(name: str) -> set[str]:
    """Every module that a module imports, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            assert node.module
            # `from package import module` means the module.
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else node.module
                for alias in node.names
            }
    return found


def package_of(module: str) -> str:
    return module.split(".")[0]


def unit_of(module: str) -> str | None:
    """Unit of the engine that a module belongs to; None for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def test_packages_keep_their_direction() -> None:
    strange = []
    for name in MODULES:
        allowed = set(PACKAGES) if name == "jpt_pipeline.definitions" else OUTSIDE[package_of(name)]
        reached = {package_of(module) for module in imports(name)} & set(PACKAGES)
        strange += [f"{name} imports {package}" for package in sorted(reached - allowed)]
    assert strange == []


def test_units_of_the_engine_keep_their_direction() -> None:
    strange = []
    for name in MODULES:
        unit = unit_of(name)
        if package_of(name) != "jpt_pipeline" or unit is None or unit in ANYTHING:
            continue
        assert unit in ALLOWED, f"{unit} is new: say in ALLOWED what it may know"
        reached = {unit_of(module) for module in imports(name) if package_of(module) == "jpt_pipeline"}
        strange += [f"{name} imports {other}" for other in sorted(map(str, reached - ALLOWED[unit] - {unit, None}))]
    assert strange == []


def test_no_unit_is_named_that_does_not_exist() -> None:
    units = {unit_of(name) for name in MODULES if package_of(name) == "jpt_pipeline"}
    assert not (set(ALLOWED) | ANYTHING) - units


@pytest.mark.parametrize(("package", "allowed"), [("checks", ENGINE_OF_CHECKS), ("reports", ENGINE_OF_REPORTS)])
def test_gates_and_reports_know_little_of_the_engine(package: str, allowed: set[str]) -> None:
    """A gate judges a table, a report reads a release: neither computes, takes in or certifies."""
    for name in MODULES:
        if package_of(name) == package:
            reached = {unit_of(module) for module in imports(name) if package_of(module) == "jpt_pipeline"}
            more = RESTRICTED_REPORTS.get(name, set()) | FORMS.get(name, set()) | PROGRESS.get(name, set())
            more |= STATISTICS.get(name, set()) | CALENDAR.get(name, set())
            assert reached <= allowed | more, f"{name} must not import {sorted(map(str, reached - allowed - more))}"


def test_forms_see_what_certification_shows_and_no_more() -> None:
    for name in FORMS:
        reached = {module for module in imports(name) if unit_of(module) == "certification"}
        assert reached <= SHOWN, name


def test_heavy_libraries_are_imported_inside_functions_only() -> None:
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
                assert not [n for n in names if n.startswith(HEAVY)], f"{name}:{node.lineno}"


def test_the_code_location_loads_without_the_heavy_libraries() -> None:
    """Great Expectations alone takes nine seconds: every run would pay for it."""
    code = f"import sys, jpt_pipeline.definitions; print([m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr[-2000:]


def test_only_people_can_write_the_ledger() -> None:
    """Acts are reached from the command line and the demonstration alone; a run reads the ledger and its clock, and notes
    what it made in entries of their own kind."""
    acts, writers = "jpt_pipeline.certification.acts", {"present", "certify", "return_", "revoke", "Request"}
    people = {"jpt_pipeline.cli.certify", "jpt_pipeline.cli.key", "jpt_pipeline.demonstration"}
    people |= {"jpt_pipeline.reinterview.draw", "jpt_pipeline.reinterview.take", "jpt_pipeline.certification.waive"}
    for name, path in MODULES.items():
        if name in people or name == acts:
            continue
        if name in NOTES:
            assert taken_from(name, "jpt_pipeline.ledger") == NOTES[name]
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                taken = {alias.name for alias in node.names}
                assert not (node.module == acts and taken & writers), f"{name} imports acts"
                assert not (node.module == acts.rpartition(".")[0] and "acts" in taken), f"{name} imports acts"
                assert not (node.module.endswith(".ledger") and taken & {"writing", "Ledger"}), f"{name} writes"


def taken_from(name: str, module: str) -> set[str]:
    """What a module imports from another one."""
    return {
        alias.name
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def test_a_waiver_is_reached_from_the_command_line_alone() -> None:
    assert {name for name in MODULES if "jpt_pipeline.certification.waive" in imports(name)} == {
        "jpt_pipeline.cli.issues"
    }
