"""Static files: assets under a version prefix, kept for ever by browsers; pages asked for anew."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from web.serving.errors import error_answer
from web.serving.roles import Role, declare

MARK = b"{{assets}}"  # in a page: replaced by the prefix of this version

_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".png", ".woff2"})  # compressing these again gains nothing
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_ANEW = "no-cache"


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    packed: bytes | None
    kind: str
    tag: str


class Assets:
    """The files below some folders of `root`, served at `/assets/<version>/<folder>/…`.

    Files are read at the first request and kept in memory, compressed once. Only names that were
    found then are served, so no path can lead out of the folders.

    Args:
        root: the folder `web/`.
        folders: its folders that may be served.
    """

    def __init__(self, root: Path, folders: Sequence[str]) -> None:
        self._root = root
        self._folders = tuple(folders)
        self._contents: dict[str, _Content] = {}
        declare(Role.PUBLIC)(self)

    @cached_property
    def version(self) -> str:
        """12 hex digits over the names and contents of all files."""
        digest = hashlib.sha256()
        for name, path in sorted(self._paths.items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:12]

    @property
    def prefix(self) -> str:
        """What stands before every asset's address in this version."""
        return f"/assets/{self.version}"

    def install(self, app: FastAPI, pages: Mapping[str, str]) -> None:
        """Add the assets and `pages` (address → HTML file below `root`) to `app`, as public."""
        app.router.routes.append(Mount("/assets", app=self))
        for address, file in pages.items():
            app.router.routes.append(Route(address, endpoint=_Page(self, file), methods=["GET"]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/assets`."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        version, _, name = path.removeprefix("/").partition("/")
        if scope["method"] not in ("GET", "HEAD") or name not in self._paths:
            answer = error_answer("not_found", "There is no such file.")
        else:
            keep = _FOR_EVER if version == self.version else _ASK_ANEW
            answer = _answer(scope, self._content(name), keep)
        await answer(scope, receive, send)

    def read_page(self, name: str) -> bytes:
        """The HTML file `name`, with the prefix of this version in place of the mark."""
        return (self._root / name).read_bytes().replace(MARK, self.prefix.encode())

    @cached_property
    def _paths(self) -> dict[str, Path]:
        found = (path for folder in self._folders for path in (self._root / folder).rglob("*"))
        return {
            path.relative_to(self._root).as_posix(): path
            for path in found
            if path.suffix in _TYPES and path.suffix != ".html" and path.is_file()
        }

    def _content(self, name: str) -> _Content:
        if name not in self._contents:
            path = self._paths[name]
            self._contents[name] = _content(path.read_bytes(), path.suffix)
        return self._contents[name]


class _Page:
    """One HTML page as an ASGI endpoint."""

    def __init__(self, assets: Assets, file: str) -> None:
        self._assets = assets
        self._file = file
        self._made: _Content | None = None
        declare(Role.PUBLIC)(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._made is None:
            self._made = _content(self._assets.read_page(self._file), ".html")
        await _answer(scope, self._made, _ASK_ANEW)(scope, receive, send)


def _content(body: bytes, suffix: str) -> _Content:
    packed = None if suffix in _PACKED else gzip.compress(body, 6, mtime=0)
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return _Content(body, packed, _TYPES[suffix], tag)


def _answer(scope: Scope, content: _Content, keep: str) -> Response:
    sent = dict(scope["headers"])
    headers = {"cache-control": keep, "etag": content.tag, "vary": "accept-encoding"}
    if content.tag.encode() in sent.get(b"if-none-match", b""):
        return Response(status_code=304, headers=headers)
    body = content.body
    if content.packed is not None and b"gzip" in sent.get(b"accept-encoding", b"").lower():
        headers["content-encoding"] = "gzip"
        body = content.packed
    if scope["method"] == "HEAD":
        headers["content-length"] = str(len(body))
        body = b""
    return Response(body, headers=headers, media_type=content.kind)
