"""Builds the studio's page before a wheel or an sdist, where Node is there and the page has changed."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface[Any]):
    """Keeps the page in the package up to date with its source."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is needed; a machine without Node ships the page that came with the source."""
        page = runpy.run_path(str(Path(self.root) / "scripts/page.py"))
        if warning := page["build_if_needed"]():
            self.app.display_warning(warning)
