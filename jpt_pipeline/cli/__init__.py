"""`jpt`: the command line. One file per command group; each prints what it did and ends 0 only when all was done."""

import sys
from collections.abc import Callable, Sequence

import typer
from rich.console import Console
from rich.markup import escape

from jpt_pipeline.cli.bench import bench_command
from jpt_pipeline.cli.certify import certify_commands
from jpt_pipeline.cli.correct import correct_command
from jpt_pipeline.cli.demo import demo_command
from jpt_pipeline.cli.difference import difference_command
from jpt_pipeline.cli.explain import explain_command
from jpt_pipeline.cli.faults import TOLD, told
from jpt_pipeline.cli.form import form_command
from jpt_pipeline.cli.intake import init_command, intake_command
from jpt_pipeline.cli.issues import issue_commands
from jpt_pipeline.cli.key import key_app, sign_command
from jpt_pipeline.cli.progress import progress_command
from jpt_pipeline.cli.prove import ledger_app, prove_command
from jpt_pipeline.cli.publish import publish_command, verify_command
from jpt_pipeline.cli.register import register_command
from jpt_pipeline.cli.report import report_command, reports_command
from jpt_pipeline.cli.run import run_command, ui_command
from jpt_pipeline.cli.sample import sample_commands
from jpt_pipeline.cli.screen import say_json
from jpt_pipeline.cli.status import status_command
from jpt_pipeline.cli.synth import synth_command
from jpt_pipeline.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="จปฐ.: จากข้อมูลดิบถึงตัวเลขที่รับรองแล้ว / from raw submissions to certified figures.",
)


def _refresh(settings: Settings, survey_year: int, provinces: Sequence[str]) -> None:
    """Make the certified tables again after an act. Dagster is imported only when there is something to run."""
    from jpt_pipeline.runs import refresh_certified

    refresh_certified(settings, survey_year, provinces)


_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init_command,
    "register": register_command,
    "intake": intake_command,
    "run": run_command,
    **certify_commands(_refresh),
    **issue_commands(_refresh),
    "status": status_command,
    "progress": progress_command,
    "form": form_command,
    "sign": sign_command,
    "correct": correct_command,
    "difference": difference_command,
    "publish": publish_command,
    "report": report_command,
    "reports": reports_command,
    "verify": verify_command,
    "prove": prove_command,
    "explain": explain_command,
    "synth": synth_command,
    "demo": demo_command,
    "bench": bench_command,
    "ui": ui_command,
}
app.add_typer(key_app, name="key")
app.add_typer(ledger_app, name="ledger")
app.add_typer(sample_commands, name="sample")
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)


def main() -> None:
    """Entry point of the console script: what can go wrong outside of the program is told in Thai, without a trace."""
    try:
        app()
    except tuple(TOLD) as error:
        if "--json" in sys.argv:
            say_json({"ok": False, "message": told(error)})
        else:
            Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{escape(told(error))}[/]")
        sys.exit(1)
