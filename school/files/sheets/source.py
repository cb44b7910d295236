"""A file as it is given to the readers: its name and its bytes, and what kind it looks like."""

from dataclasses import dataclass
from enum import Enum

from school.files.sheets.trouble import Place, refuse

MAX_SOURCE_BYTES = 32 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEAD = 4_000
_OTHER_MARKUP = (
    (b"<html", "html_file"),
    (b"<!doctype html", "html_file"),
    (b"<table ", "html_file"),
    (b"<table>", "html_file"),
    (b"urn:schemas-microsoft-com:office:spreadsheet", "xml_spreadsheet"),
)
"""Signs of web pages and of Excel 2003's XML, which programs write under a spreadsheet's name."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Outer(Enum):
    """What the first bytes say."""

    ZIP = "zip"
    XML = "xml"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """A file.

    Attributes:
        name: its name without folders, for messages and for words such as "sáng" in it.
        raw: all of its bytes.
    """

    name: str
    raw: bytes

    @property
    def place(self) -> Place:
        """The file as a whole."""
        return Place(self.name)


def outer(source: Source) -> Outer:
    """What kind of file it is by its first bytes.

    Raises:
        FileRefusedError: empty, too large, locked with a password, an old .xls, or a web page.
    """
    raw = source.raw
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise refuse("empty", source.place)
    if len(raw) > MAX_SOURCE_BYTES:
        raise refuse("too_large", source.place, limit_mb=str(MAX_SOURCE_BYTES >> 20))
    if raw.startswith(_OLE):
        code = "password" if _ENCRYPTED in raw else "old_xls"
        raise refuse(code, source.place)
    if raw.startswith(b"PK"):
        return Outer.ZIP
    start = raw[:400].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<") and not _is_wide_xml(raw):
        return Outer.TEXT
    head = raw[:_HEAD].replace(b"\0", b"").lower()
    code = next((code for sign, code in _OTHER_MARKUP if sign in head), "")
    if code:
        raise refuse(code, source.place)
    return Outer.XML


def _is_wide_xml(raw: bytes) -> bool:
    return raw[:4] in {b"\xff\xfe<\0", b"\xfe\xff\0<"}
