"""The one reader of environment variables.

Put here: where things lie, and how much of the machine a process may take.
Keep out: anything that changes a figure (that is data, under data/).
"""

import os
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parents[1]


def _share_of_memory() -> int:
    """Half of the machine's memory in MiB, at most 6 GiB: a province of 100,000 households takes 1.5."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return min(6144, machine // 2)


class Settings(BaseSettings):
    """Settings of one process. Every field is read from JPT_<NAME>, but the user's configuration folder."""

    model_config = SettingsConfigDict(env_prefix="JPT_", env_ignore_empty=True, frozen=True)

    home: Path = Field(default=CHECKOUT / "data", description="inbox, landing, lake, warehouse, ledger, published")
    definitions: Path = Field(default=CHECKOUT / "data", description="instruments, rounds, codes, dictionary")
    threads: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, description="DuckDB threads")
    memory_mb: int = Field(default_factory=lambda: _share_of_memory(), ge=128, description="DuckDB memory limit in MiB")
    keys: Path | None = Field(default=None, description="folder of the home's keys; default: <user_config>/jpt/keys")
    restricted_to: Path | None = Field(
        default=None,
        validation_alias="JPT_RESTRICTED",
        description="folder for reports about single households; default: restricted/ of the home",
    )
    notify: str = Field(
        default="file", description="how notices leave: file, off, smtp://host:port, smtps://user@host:port"
    )
    notify_to: str = Field(default="", description="recipients of e-mail notices, parted by commas")
    notify_from: str = Field(default="jpt@localhost", description="sender of e-mail notices")
    notify_password: SecretStr | None = Field(default=None, description="password of the mail server; needs TLS")
    user_config: Path = Field(
        default=Path("~/.config"), validation_alias="XDG_CONFIG_HOME", description="configuration of the user"
    )

    @cached_property
    def root(self) -> Path:
        """JPT_HOME as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "jpt.duckdb"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def restricted(self) -> Path:
        """The one place where reports about single households may be written."""
        return self.restricted_to.expanduser().resolve() if self.restricted_to else self.root / "restricted"

    @property
    def notices(self) -> Path:
        """Notices to whoever runs the round, and the memory of what was told on which day."""
        return self.root / "notices"

    @property
    def scratch(self) -> Path:
        """Spill files of DuckDB and half-written files; may be emptied when nothing runs."""
        return self.root / "scratch"

    @property
    def figure_cache(self) -> Path:
        """Where matplotlib keeps its list of fonts, instead of the user's own folder."""
        return self.root / "cache" / "matplotlib"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"


OWN = "own"
"""Folder below the definitions where operators keep files of their own; git leaves it alone."""


def definition_file(definitions: Path, folder: str, name: str) -> Path:
    """A definition file: the operator's own of that name (<definitions>/own/<folder>/<name>), else the shipped one."""
    own = definitions / OWN / folder / name
    return own if own.is_file() else definitions / folder / name


def definition_files(definitions: Path, folder: str) -> list[Path]:
    """All YAML files of a folder of definitions by name, own ones in place of shipped ones of the same name."""
    names = {
        path.name for path in (*(definitions / folder).glob("*.yaml"), *(definitions / OWN / folder).glob("*.yaml"))
    }
    return [definition_file(definitions, folder, name) for name in sorted(names)]
