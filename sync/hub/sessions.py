"""Who may look at the hub: one bearer token in a file, and browser sessions opened with it."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from starlette.types import Scope

from school.mistakes import MAX_FILE_BYTES
from sync.hub.session_file import SessionFile
from sync.state.whole_file import write_whole
from web.serving.guard import Headers, bearer
from web.serving.roles import NOBODY, Caller, Role

SESSION_S = 12 * 3600.0
_MOST_SESSIONS = 256
_ROLES = frozenset({Role.HUB_VIEWER, Role.HUB_ADMIN})
_BY_TOKEN = Caller("token", _ROLES | {Role.RECORDS}, MAX_FILE_BYTES)


class TokenError(Exception):
    """The token file cannot be used: which, why, how to mend."""


def load_or_make_token(path: Path, new_token: Callable[[], str]) -> str:
    """The token in the file; at first start it is made, readable by its owner alone.

    Raises:
        TokenError: the file cannot be read or written, or holds no token.
    """
    if path.exists() and path.stat().st_size > 0:  # an empty one: its writing was cut short
        return _read(path)
    token = new_token()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{token}\n".encode())
    except OSError as error:
        raise TokenError(f"{path} cannot be made: {error.strerror}.") from error
    return token


def make_token() -> str:
    """256 random bits that can be pasted."""
    return secrets.token_urlsafe(32)


class Sessions:
    """Browser sessions; with a file they survive a restart of the hub.

    Args:
        token: the bearer token.
        now_s: monotonic seconds.
        secure: cookies for https only.
        file: keeps them; None = in memory alone.
    """

    def __init__(
        self,
        token: str,
        now_s: Callable[[], float],
        *,
        secure: bool,
        file: SessionFile | None = None,
    ) -> None:
        self._token = token.encode()
        self._now_s = now_s
        self._secure = secure
        self._file = file
        self._cookie = "__Host-lophoc" if secure else "lophoc_hub"
        kept = file.read() if file else {}
        self._open = OrderedDict(
            (name, now_s() + min(left_s, SESSION_S)) for name, left_s in kept.items() if left_s > 0
        )

    def sign_in(self, token: str) -> str | None:
        """The Set-Cookie of a new session, or None when the token is wrong."""
        if not self._fits(token):
            return None
        secret = secrets.token_urlsafe(32)
        self._open[self._digest(secret)] = self._now_s() + SESSION_S
        if len(self._open) > _MOST_SESSIONS:
            self._open.popitem(last=False)
        self._keep()
        return self._set_cookie(secret, int(SESSION_S))

    def sign_out(self, caller: Caller) -> str:
        """End the caller's session; the Set-Cookie that forgets it."""
        if self._open.pop(caller.name, None) is not None:
            self._keep()
        return self._set_cookie("", 0)

    def identify(self, scope: Scope, headers: Headers) -> Caller:
        """Who is asking: by bearer token, by session, or nobody."""
        token = bearer(headers)
        if token is not None:
            return _BY_TOKEN if self._fits(token) else NOBODY
        name = self._digest(self._session_of(headers))
        until_s = self._open.get(name, 0.0)
        if self._now_s() < until_s:
            return Caller(name, _ROLES)
        self._open.pop(name, None)
        return NOBODY

    def _keep(self) -> None:
        if self._file is not None:
            now_s = self._now_s()
            left_s = {name: until_s - now_s for name, until_s in self._open.items()}
            self._file.write({name: left for name, left in left_s.items() if left > 0})

    def _digest(self, secret: str) -> str:
        return hmac.new(self._token, secret.encode("utf-8", "replace"), "sha256").hexdigest()

    def _fits(self, token: str) -> bool:
        return hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token)

    def _session_of(self, headers: Headers) -> str:
        for text in headers.get("cookie", []):
            try:
                cookie = SimpleCookie(text).get(self._cookie)
            except CookieError:
                continue
            if cookie is not None:
                return cookie.value
        return ""

    def _set_cookie(self, value: str, age_s: int) -> str:
        secure = "; Secure" if self._secure else ""
        same = "HttpOnly; SameSite=Strict"
        return f"{self._cookie}={value}; Path=/; Max-Age={age_s}; {same}{secure}"


def _read(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(f"{path} cannot be read: {error}.") from error
    if len(token) < 20 or not token.isascii():
        raise TokenError(f"{path} holds no token; delete it, and the next start makes a new one.")
    return token
