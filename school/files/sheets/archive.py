"""ZIP archives with bounds: what an entry says of its size, and what it really gives.

A workbook or a OneRoster archive of a school has well under a hundred entries and some megabytes.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from school.files.sheets.source import Source
from school.files.sheets.trouble import Place, refuse

MAX_ENTRIES = 1_000
MAX_ENTRY_BYTES = 48 << 20
MAX_TOTAL_BYTES = 96 << 20
MAX_RATIO = 250
_RATIO_FROM_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
_ENCRYPTED_FLAG = 1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


class Archive:
    """A ZIP archive, entries by name; names are compared without regard to case.

    Raises:
        FileRefusedError: broken, half a file, locked, or a bomb by its own declaration.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source.raw))
            infos = self._zip.infolist()
        except _BROKEN as error:
            raise refuse("half_file", source.place) from error
        self._entries = {info.filename.lstrip("/").lower(): info for info in infos}
        self._read_bytes = 0
        if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
            raise refuse("zip_bomb", source.place)
        for info in infos:
            self._check(info)

    @property
    def names(self) -> list[str]:
        """Names of all entries, lower case."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of an entry, counted as they come.

        Raises:
            FileRefusedError: it is not there, is broken, or gives more than a school's file has.
        """
        info = self._entries.get(name.lower())
        if info is None:
            raise refuse("missing_file", Place(self.source.name, name), name=name)
        try:
            with self._zip.open(info) as entry:
                while chunk := entry.read(_CHUNK_BYTES):
                    self._read_bytes += len(chunk)
                    if self._read_bytes > 2 * MAX_TOTAL_BYTES:
                        raise refuse("zip_bomb", self.source.place)
                    yield chunk
        except RuntimeError as error:
            raise refuse("password", self.source.place) from error
        except _BROKEN as error:
            if hasattr(error, "trouble"):
                raise
            raise refuse("half_file", self.source.place) from error

    def read(self, name: str) -> bytes:
        """All bytes of an entry; errors as `chunks`."""
        return b"".join(self.chunks(name))

    def _check(self, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise refuse("password", self.source.place)
        ratio = info.file_size / max(info.compress_size, 1)
        packed_hard = info.file_size > _RATIO_FROM_BYTES and ratio > MAX_RATIO
        if info.file_size > MAX_ENTRY_BYTES or packed_hard:
            raise refuse("zip_bomb", self.source.place)
