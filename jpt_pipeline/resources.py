"""What assets are given instead of looking for it: the home they work in."""

import dagster as dg

from jpt_pipeline.settings import Settings


class Home(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home of a run; an empty path means JPT_HOME, as the settings read it."""

    path: str = ""

    def settings(self) -> Settings:
        return Settings(home=self.path) if self.path else Settings()  # type: ignore[arg-type]
