"""The listener for rooms: signed requests only, hello and batches, answered after the commit."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.hub.desk import BusyError, Desk
from sync.hub.ingest import Taken, take_batch, take_hello
from sync.hub.keys import authenticate, use_counter
from sync.hub.unpack import RefusedError, read_batch, read_message, unpack
from sync.wire.messages import MAX_BATCH_BYTES, BatchReply, ErrorReply, Hello, HelloReply, HubTime
from sync.wire.signature import BadSignatureError, Proof, SignedRequest, read_proof
from web.serving.assemble import new_app
from web.serving.errors import ApiError, install_errors
from web.serving.guard import Headers, check_host, read_body, read_headers, replayed
from web.serving.idempotency import AnswerMemory
from web.serving.roles import Caller, Role, caller_of, close_routes, declare

RETRY_AFTER_S = 2

E = TypeVar("E", bound=Exception)

_STATUS = {"bad_host": 400, "too_big": 413, "too_slow": 408, "bad_request": 400}


@dataclass(frozen=True, slots=True)
class RoomsDoor:
    """What the rooms' listener works with.

    Attributes:
        reading: looks keys up.
        writing: the one thread that stores.
        hosts: names by which rooms may call this hub.
        now_ms: Unix milliseconds.
        heard: told the agent and what was taken after each commit; None for a hello.
    """

    reading: Desk
    writing: Desk
    hosts: frozenset[str]
    now_ms: Callable[[], int]
    heard: Callable[[str, Taken | None], None]


def build_rooms_app(door: RoomsDoor) -> ASGIApp:
    """The application of the rooms' listener."""
    app = new_app("lophoc hub, for rooms")
    app.include_router(_router(door))
    install_errors(app)
    _answer_with(app, RefusedError, _refused)
    _answer_with(app, BadSignatureError, _unsigned)
    _answer_with(app, BusyError, _busy)
    close_routes(app, AnswerMemory(lambda: 0.0))  # no route of this listener asks for a key
    return SignedGate(app, door)


class SignedGate:
    """Lets nothing in that is not signed by an admitted room.

    It leaves the room in the scope's caller, the body and the proof beside it. The counter of the
    proof is taken by the route, in the transaction that does its work.
    """

    def __init__(self, app: ASGIApp, door: RoomsDoor) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            body = await self._admit(scope, receive)
        except ApiError as error:
            answer = _reply(_STATUS[error.code], ErrorReply(code=error.code, message=error.message))
        except BadSignatureError as error:
            answer = _unsigned(error)
        except BusyError as error:
            answer = _busy(error)
        else:
            await self._app(scope, replayed(body, receive), send)
            return
        await answer(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> bytes:
        headers = read_headers(scope["headers"])
        host = check_host(headers, self._door.hosts)
        proof = read_proof({name: values[0] for name, values in headers.items()})
        body = await read_body(receive, headers, MAX_BATCH_BYTES)
        target = _target(scope)
        request = SignedRequest(scope["method"], target, _sent_host(headers, host), body)
        agent_id = await self._door.reading.do(lambda c: authenticate(c, request, proof))
        scope["lophoc.caller"] = Caller(agent_id, frozenset({Role.ROOM}))
        scope["lophoc.body"] = body
        scope["lophoc.proof"] = proof
        return body


def _router(door: RoomsDoor) -> APIRouter:
    router = APIRouter(prefix="/v1/agents/{agent_id}")

    @router.post("/hello")
    @declare(Role.ROOM, own_key=True)
    async def hello(agent_id: str, request: Request) -> Response:
        """Where to go on with each lane of each incarnation."""
        return await _hello(door, agent_id, request)

    @router.post("/batches")
    @declare(Role.ROOM, own_key=True)
    async def batches(agent_id: str, request: Request) -> Response:
        """Store one contiguous run of one lane."""
        return await _batch(door, agent_id, request)

    return router


async def _hello(door: RoomsDoor, agent_id: str, request: Request) -> Response:
    recv_ms, proof, plain = door.now_ms(), _own(agent_id, request), _plain(request)

    def work(connection: Connection) -> HelloReply:
        message = read_message(Hello, plain)
        _check_agent(agent_id, message.agent)
        use_counter(connection, proof)
        return take_hello(connection, message, recv_ms)

    reply = await door.writing.do(work)
    door.heard(agent_id, None)
    time = HubTime(recv_ms=recv_ms, send_ms=door.now_ms())
    return _reply(200, reply.model_copy(update={"time": time}))


async def _batch(door: RoomsDoor, agent_id: str, request: Request) -> Response:
    recv_ms, proof, plain = door.now_ms(), _own(agent_id, request), _plain(request)

    def work(connection: Connection) -> tuple[str, int, Taken]:
        batch, poison = read_batch(plain)
        _check_agent(agent_id, batch.agent)
        use_counter(connection, proof)
        taken = take_batch(connection, batch, poison, recv_ms)
        return batch.incarnation, batch.lane, taken

    incarnation, lane, taken = await door.writing.do(work)
    door.heard(agent_id, taken)
    return _reply(
        200,
        BatchReply(
            server_epoch=taken.server_epoch,
            lane=lane,
            incarnation=incarnation,
            acked_through=taken.acked,
            settled_through=taken.acked,
            results=taken.results,
            time=HubTime(recv_ms=recv_ms, send_ms=door.now_ms()),
            echo_sha256=hashlib.sha256(request.scope["lophoc.body"]).hexdigest(),
        ),
    )


def _own(agent_id: str, request: Request) -> Proof:
    if caller_of(request.scope).name != agent_id:
        raise RefusedError(403, "forbidden", "This key belongs to another room.")
    proof = request.scope["lophoc.proof"]
    assert isinstance(proof, Proof)  # noqa: S101 - only the gate writes it
    return proof


def _plain(request: Request) -> bytes:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return unpack(request.scope["lophoc.body"], encoding)


def _check_agent(agent_id: str, said: str) -> None:
    if said != agent_id:
        raise RefusedError(422, "malformed", "The message names another agent than its address.")


def _target(scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")


def _sent_host(headers: Headers, host: str) -> str:
    """The Host header letter by letter: that is what was signed."""
    return headers.get("host", [host])[0]


def _reply(status: int, message: BaseModel) -> Response:
    return Response(message.model_dump_json(), status, media_type="application/json")


def _refused(error: RefusedError) -> Response:
    return _reply(error.status, error.reply)


def _unsigned(error: BadSignatureError) -> Response:
    return _reply(401, ErrorReply(code=error.code, message=f"The request is refused: {error}."))


def _busy(_: BusyError) -> Response:
    answer = _reply(503, ErrorReply(code="busy", message="The hub is busy; send it again."))
    answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer


def _answer_with(app: FastAPI, kind: type[E], answer: Callable[[E], Response]) -> None:
    async def handle(_: Request, error: Exception) -> Response:
        return answer(cast(E, error))

    app.add_exception_handler(kind, handle)
