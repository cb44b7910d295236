from pathlib import Path

from drivers.catalogue import devices_table

PAGE = Path(__file__).parent.parent.parent / "docs" / "devices.md"


def test_the_page_has_the_table_of_the_catalogue():
    """Mend it with `python -c "import drivers.catalogue as c; print(c.devices_table())"`."""
    assert devices_table() in PAGE.read_text("utf-8")
