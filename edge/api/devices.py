"""Devices and commands: `/api/devices`, `/api/commands`."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from edge.room.command import Command
from edge.room.room import NoSuchDeviceError, Room, Wish
from edge.room.view import Json, command_json, reader_json
from web.serving.errors import ApiError
from web.serving.idempotency import key_of
from web.serving.plain_json import json_answer, read_body_as
from web.serving.roles import Role, declare


class CommandBody(BaseModel):
    """A wish for one capability of one device."""

    model_config = ConfigDict(extra="forbid")

    capability: str = Field(max_length=32, examples=["power"])
    value: bool | int | str = Field(examples=["on"])
    command_id: str | None = Field(
        None, min_length=1, max_length=128, description="Idempotency key of this command."
    )


class DeviceRoutes:
    """Routes of devices.

    Args:
        room: the devices that are here.
        device: one device as JSON, by id.
        touched: told that somebody used the panel.
    """

    def __init__(
        self, room: Room, device: Callable[[str], Json], touched: Callable[[], None]
    ) -> None:
        self._room = room
        self._device = device
        self._touched = touched

    def router(self) -> APIRouter:
        """All of them, presses first: addresses are compared in this order.

        A press is a plain route: what FastAPI does for a route costs as much as all the rest of it.
        """
        router = APIRouter()
        router.add_route("/api/devices/{name}/commands", self.command, methods=["POST"])
        router.get("/api/devices")(self.devices)
        router.get("/api/devices/{name}")(self.device)
        router.get("/api/commands/{command_id}")(self.known_command)
        return router

    @declare(Role.PANEL)
    async def devices(self) -> Json:
        """All devices, and all readers with why they cannot be relied on."""
        readers = [reader_json(one) for one in self._room.readers.values()]
        return {"devices": [self._device(name) for name in self._room.devices], "readers": readers}

    @declare(Role.PANEL)
    async def device(self, name: str) -> Json:
        """One device."""
        if name not in self._room.devices:
            raise ApiError("no_device", f'There is no device "{name}" here.', device=name)
        return self._device(name)

    @declare(Role.PANEL, own_key=True)
    async def command(self, request: Request) -> Response:
        """Take a wish, a `CommandBody`: it is on its way to the device before the answer is."""
        name = request.path_params["name"]
        body = read_body_as(CommandBody, request)
        command_id = body.command_id or key_of(request.scope)
        _refuse_other_use(self._room.known_command(command_id), name, body)
        wish = Wish(name, body.capability, body.value, "panel")
        try:
            taken = self._room.command(wish, command_id)
        except NoSuchDeviceError as error:
            raise ApiError("no_device", str(error), device=name) from error
        except ValueError as error:
            raise ApiError("malformed", str(error), field="value") from error
        await asyncio.sleep(0)  # the device's turn comes before our answer is put together
        self._touched()
        return json_answer(command_json(taken), 202)

    @declare(Role.PANEL)
    async def known_command(self, command_id: str) -> Json:
        """How a recent command stands."""
        known = self._room.known_command(command_id)
        if known is None:
            raise ApiError("not_found", "No command of that id is known any more.")
        return command_json(known)


def _refuse_other_use(known: Command | None, device: str, body: CommandBody) -> None:
    if known is None:
        return
    asked = (known.device, known.capability.value, known.asked)
    if asked != (device, body.capability, body.value):
        raise ApiError("key_reused", "This command_id was used for another command.")
