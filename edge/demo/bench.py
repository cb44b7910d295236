"""The bench: the hands of the demo, as a page and an API on loopback, without a token."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Scope

from edge.demo.folders import replace_file
from edge.demo.plan import Plan
from edge.demo.proxy import Proxy, Way
from edge.demo.taps import EmulatedDevice, Hand
from web.serving.assemble import assemble, new_app
from web.serving.errors import ApiError
from web.serving.guard import GuardRules, Headers
from web.serving.roles import NOBODY, Caller, Role, declare
from web.serving.static import Assets

_HERE = Path(__file__).parent
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_TEN_YEARS_S = 10 * 366 * 86_400

FaultWord = Literal["none", "silent", "garbage", "half", "wrong_password", "unplugged"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TapBody(_Body):
    """A card held to a reader."""

    uid: str = Field(min_length=1, max_length=40, examples=["100086F444"])
    reader: str = Field(min_length=1, max_length=32, examples=["door"])


class FaultBody(_Body):
    """What is to be wrong with a device."""

    fault: FaultWord


class HubBody(_Body):
    """The way from the room to the hub."""

    link: Literal["up", "cut", "hang"]


class ClockBody(_Body):
    """Seconds by which the room's clock jumps, forward or back."""

    jump_s: int | float = Field(ge=-_TEN_YEARS_S, le=_TEN_YEARS_S, examples=[600])


@dataclass(frozen=True, slots=True)
class Bench:
    """What the bench can touch.

    Attributes:
        plan: the room and its cards.
        devices: every emulated device and reader by name.
        hands: one at each reader, by the reader's name.
        proxy: the way to the hub.
    """

    plan: Plan
    devices: Mapping[str, EmulatedDevice]
    hands: Mapping[str, Hand]
    proxy: Proxy

    def clock_offset_ms(self) -> int:
        """Milliseconds by which the room's clock was moved so far."""
        try:
            return int(self.plan.clock_offset.read_text())
        except (OSError, ValueError):
            return 0

    def describe(self, device: EmulatedDevice) -> dict[str, Any]:
        """A device as the API shows it: what it is, then what it believes of itself."""
        named = {"id": device.id, "driver": device.driver, "address": device.address}
        return {**named, "fault": device.fault, **device.state()}

    def device(self, name: str) -> EmulatedDevice:
        """A device or reader.

        Raises:
            ApiError: there is none of this name.
        """
        if name in self.devices:
            return self.devices[name]
        raise _unknown("device", name, self.devices)


def make_bench(bench: Bench, now_s: Callable[[], float]) -> ASGIApp:
    """The bench's application.

    Args:
        bench: what it can touch.
        now_s: monotonic seconds.
    """
    app = new_app("lophoc bench")
    _add_questions(app, bench)
    _add_deeds(app, bench)
    Assets(_HERE, ["page"]).install(app, {"/": "page/bench.html"})
    return assemble(app, GuardRules(_HOSTS, _anybody), now_s=now_s)


def _anybody(_scope: Scope, _headers: Headers) -> Caller:
    return NOBODY


def _add_questions(app: FastAPI, bench: Bench) -> None:
    @app.get("/health")
    @declare(Role.PUBLIC)
    async def health() -> dict[str, str]:
        return {"state": "ok"}

    @app.get("/api/bench")
    @declare(Role.PUBLIC)
    async def everything() -> dict[str, Any]:
        return {
            "room": bench.plan.room,
            "link": bench.proxy.way,
            "clock_offset_ms": bench.clock_offset_ms(),
            "devices": [bench.describe(one) for one in bench.devices.values()],
            "readers": list(bench.hands),
            "cards": [card.model_dump() for card in bench.plan.cards],
        }

    @app.get("/api/words")
    @declare(Role.PUBLIC)
    async def words() -> dict[str, dict[str, str]]:
        folder = _HERE / "words"
        return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("vi", "en")}

    @app.get("/api/devices")
    @declare(Role.PUBLIC)
    async def devices() -> dict[str, Any]:
        return {"devices": [bench.describe(one) for one in bench.devices.values()]}

    @app.get("/api/devices/{name}")
    @declare(Role.PUBLIC)
    async def device(name: str) -> dict[str, Any]:
        return bench.describe(bench.device(name))


def _add_deeds(app: FastAPI, bench: Bench) -> None:
    @app.post("/api/tap")
    @declare(Role.PUBLIC, own_key=True)
    async def tap(body: TapBody) -> dict[str, Any]:
        if body.reader not in bench.hands:
            raise _unknown("reader", body.reader, bench.hands)
        try:
            return asdict(await bench.hands[body.reader].tap(body.uid))
        except ValueError as error:
            raise ApiError("malformed", f"{body.reader}: {error}.", field="uid") from error

    @app.post("/api/devices/{name}/fault")
    @declare(Role.PUBLIC, own_key=True)
    async def fault(name: str, body: FaultBody) -> dict[str, Any]:
        device = bench.device(name)
        await device.set_fault(body.fault)
        return bench.describe(device)

    @app.post("/api/hub")
    @declare(Role.PUBLIC, own_key=True)
    async def hub(body: HubBody) -> dict[str, str]:
        await bench.proxy.set_way(Way(body.link))
        return {"link": bench.proxy.way}

    @app.post("/api/clock")
    @declare(Role.PUBLIC, own_key=True)
    async def clock(body: ClockBody) -> dict[str, int]:
        offset_ms = bench.clock_offset_ms() + round(body.jump_s * 1000)
        replace_file(bench.plan.clock_offset, f"{offset_ms}\n")
        return {"offset_ms": offset_ms}


def _unknown(what: str, name: str, known: Iterable[str]) -> ApiError:
    names = ", ".join(known)
    return ApiError("not_found", f"There is no {what} {name!r}; there are: {names}.", id=name)
