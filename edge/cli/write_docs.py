"""`make docs`: writes the pages that are made from the code."""

from pathlib import Path

from config.settings_doc import settings_page
from drivers.catalogue import devices_table

DOCS = Path("docs")


def main() -> None:
    """Write them; the words around the table of devices stay."""
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
    devices = DOCS / "devices.md"
    before, _, rest = devices.read_text(encoding="utf-8").partition("| driver |")
    _, heading, after = rest.partition("\n## ")
    devices.write_text(f"{before}{devices_table()}{heading}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
