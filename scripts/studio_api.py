"""Write docs/studio-api.md anew from the routes of the studio."""

from __future__ import annotations

from pathlib import Path

from bimo.studio.app import api
from bimo.studio.describe import as_markdown

PAGE = Path(__file__).parents[1] / "docs" / "studio-api.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(as_markdown(api(None)), encoding="utf-8")


if __name__ == "__main__":
    main()
