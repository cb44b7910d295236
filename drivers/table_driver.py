"""One driver for every family: it asks, reads and writes what the family's rows say.

Whether the device is there, and what becomes of wishes, depends on its power alone; what else is
refused, unanswered or unreadable costs its own time and rests for a while (`drivers/lacks.py`).
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from devices.capability import Capability, Offer
from devices.driving import Reports
from devices.errors import (
    MalformedReplyError,
    NotNowError,
    PasswordRefusedError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from devices.power import Power
from devices.reading import Value
from drivers.codecs.dialect import Login, Refusal, Reply
from drivers.families.family import (
    ABSENT,
    Family,
    Identity,
    InputList,
    Row,
    Times,
    Write,
)
from drivers.lacks import Lacks
from drivers.session import Limits, Session
from drivers.transports.transport import Transport

_LASTING = {Refusal.UNKNOWN, Refusal.VALUE, Refusal.UNSAID}


@dataclass(frozen=True, slots=True)
class Setup:
    """One device as its settings have it.

    Attributes:
        keeps_open: a serial line, which stays open after a failure and must fall quiet.
        number: of this device on its line.
        inputs: code and plain name of the inputs to offer; None = those that it lists, or all.
        options: options of the device that are true.
        login: how a connection begins; None = with the first question.
        times: other than the family's.
    """

    keeps_open: bool = False
    number: int = 0
    inputs: Mapping[str, str] | None = None
    options: frozenset[str] = frozenset()
    login: Login[Any] | None = None
    times: Times | None = None


class TableDriver:
    """One device of one family."""

    def __init__(
        self,
        family: Family,
        wire: Transport,
        now_ms: Callable[[], int],
        setup: Setup = Setup(),
    ) -> None:
        """Speak on `wire`.

        Args:
            family: the rows.
            wire: serial line or connection, not yet open.
            now_ms: boot-monotonic milliseconds.
            setup: what this device has of its own.
        """
        self._family = family
        self._wire = wire
        self._now_ms = now_ms
        self._number = setup.number
        self._login = login = setup.login
        self._times = setup.times or family.times
        self._session = Session[Any](
            wire,
            family.dialect.framer,
            Limits(
                answer_within_s=self._times.answer_within_s,
                gap_s=self._times.gap_s,
                quiet_s=self._times.serial_quiet_s if setup.keeps_open else None,
            ),
            greet=login.greet if login else None,
            hello=login.hello if login else None,
        )
        self._rows = tuple(
            row for row in family.rows if not row.option or row.option in setup.options
        )
        self._with_power = {row.ask for row in family.power_rows}
        self._inputs = setup.inputs or family.inputs
        self._input_list = None if setup.inputs is not None else family.input_list
        self._absent: set[Capability] = set()
        self._lacks: Lacks[bytes] = Lacks()
        self._moved: set[bytes] = set()
        self._notes: dict[str, str] = {}
        self._is_wanted: Callable[[], bool] = bool
        self._quiet_until_ms = 0

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it can do: without what it refuses, and what it says that it has not."""
        rows = {row.capability: row for row in reversed(self._rows)}
        return tuple(
            replace(row.offer, choices=self._inputs)
            if row.capability is Capability.INPUTS
            else row.offer
            for row in self._rows
            if rows[row.capability] is row and self._has(row)
        )

    def _has(self, row: Row) -> bool:
        is_known = row.ask in self._with_power or self._lacks.has(row.ask)
        return is_known and row.capability not in self._absent

    @property
    def notes(self) -> Mapping[str, str]:
        """What it said of itself."""
        return {note: text for note, text in self._notes.items() if text}

    def give_way(self, is_wanted: Callable[[], bool]) -> None:
        """End a `read_all` between two questions once `is_wanted`."""
        self._is_wanted = is_wanted

    async def read_all(self) -> Reports:
        """Ask for power, then for the rest; what it does not say is left out."""
        if self._is_starting():
            return {Capability.POWER: Power.WARMING}
        reports = await self._read_power()
        self._lacks.begin_read(Power(str(reports.get(Capability.POWER, Power.UNKNOWN))))
        self._moved.clear()
        try:
            for ask in self._questions():
                if self._is_wanted():
                    break
                reports |= await ask()
        except UnreachableError:
            return reports  # it hung up: the next power question tells whether it is gone
        return reports

    def _questions(self) -> Iterator[Callable[[], Awaitable[Reports]]]:
        for question in self._asks():
            yield partial(self._read, question)
        for one in self._family.identity:
            if one.note not in self._notes:
                yield partial(self._learn, one)
        if self._input_list is not None and self._lacks.power is Power.ON:
            yield partial(self._learn_inputs, self._input_list)

    def _asks(self) -> tuple[bytes, ...]:
        """Questions beside power's that are worth their time now."""
        is_on = self._lacks.power is Power.ON
        asked = (row.ask for row in self._rows if row.ask and (is_on or not row.only_on))
        return tuple(dict.fromkeys(one for one in asked if one not in self._with_power))

    async def read_fast(self) -> Reports:
        """Ask for power, and for what was wished since the last `read_all`."""
        if self._is_starting():
            return {Capability.POWER: Power.WARMING}
        reports = await self._read_power()
        for question in sorted(self._moved):
            reports |= await self._read(question)
        return reports

    async def write(self, capability: Capability, value: Value) -> None:
        """Send one wish.

        Raises:
            NotNowError: it has only just been switched on, or cannot in its present state.
            RefusedError: it cannot do this.
        """
        row, writes = self._row_to_write(capability, value)
        if self._is_starting():
            raise NotNowError(f"{self._wire} is starting and takes no command yet")
        try:
            body = writes(value)
        except ValueError as error:
            raise RefusedError(f"{self._family.maker}: {capability}: {error}") from error
        if row.ask not in self._with_power:
            self._moved.add(row.ask)
        reply = await self._ask(body, row.within_s)
        if reply.refusal is not None:
            raise self._refusal(reply)
        if (capability, value) == (Capability.POWER, Power.ON):
            self._quiet_until_ms = self._now_ms() + round(self._times.quiet_after_on_s * 1000)

    def _row_to_write(self, capability: Capability, value: Value) -> tuple[Row, Write]:
        offer = next((one for one in self.offers if one.capability is capability), None)
        if offer is None or not offer.writable:
            raise RefusedError(f"{self._wire} takes no command for {capability}")
        if offer.choices and value not in offer.choices:
            raise RefusedError(f"{self._wire} has {', '.join(offer.choices)}, not {value!r}")
        return next(
            (row, row.writes)
            for row in self._rows
            if row.capability is capability and row.writes is not None
        )

    async def close(self) -> None:
        """Let go of the wire."""
        self._session.close()

    def _is_starting(self) -> bool:
        return self._now_ms() < self._quiet_until_ms

    async def _read_power(self) -> dict[Capability, Value]:
        """Power, by the first question that is answered, with what its answer says beside it."""
        *others, last = dict.fromkeys(row.ask for row in self._family.power_rows)
        unanswered, refused = [], None
        for question in others:
            if not self._lacks.may_ask(question):
                continue
            try:
                reply = await self._ask(question)
            except SilentError:
                unanswered.append(question)
                continue
            if reply.refusal is None:
                return self._values(question, reply.content)
            refused = reply
        reports = await self._read_last_power(last, refused)
        for question in unanswered:  # only now: a dead device answers neither
            self._lacks.unanswered(question)
        return reports

    async def _read_last_power(
        self, question: bytes, refused: Reply | None
    ) -> dict[Capability, Value]:
        try:
            reply = await self._ask(question)
        except SilentError as error:
            if refused is None:
                raise
            raise self._refusal(refused) from error  # it is there, whatever it says of power
        return {} if reply.refusal is not None else self._values(question, reply.content)

    async def _read(self, question: bytes) -> dict[Capability, Value]:
        content = await self._query(question)
        if content is None:
            return {}
        try:
            return self._values(question, content)
        except MalformedReplyError:
            return {}  # one odd answer must not hide the rest

    def _values(self, question: bytes, content: bytes) -> dict[Capability, Value]:
        """What the answer says, by each row that reads it.

        Raises:
            MalformedReplyError: one of them cannot.
        """
        reports: dict[Capability, Value] = {}
        for row in self._rows:
            if row.ask != question or row.reads is None:
                continue
            value = row.reads.read(content)
            if value is ABSENT:
                self._absent.add(row.capability)
                continue
            self._absent.discard(row.capability)
            reports[row.capability] = value
        return reports

    async def _learn(self, one: Identity) -> Reports:
        content = await self._query(one.ask)
        if content is not None:
            self._notes[one.note] = str(one.reads.read(content))
        return {}

    async def _learn_inputs(self, listed: InputList) -> Reports:
        content = await self._query(listed.ask)
        if content is None:
            if not self._lacks.has(listed.ask):
                self._input_list = None
            return {}
        self._input_list = None
        with suppress(MalformedReplyError):  # the family's own list stands
            self._inputs = listed.reads(content) or self._inputs
        return {}

    async def _query(self, question: bytes) -> bytes | None:
        """Content of the answer; None where there is none, or it is not worth its time to ask."""
        if not self._lacks.may_ask(question):
            return None
        try:
            reply = await self._ask(question)
        except (SilentError, MalformedReplyError):
            self._lacks.unanswered(question)
            return None
        except UnreachableError:
            self._lacks.unanswered(question)  # some hang up at what they do not know
            raise
        if reply.refusal in _LASTING:
            self._lacks.refused(question)
        return None if reply.refusal is not None else reply.content

    async def _ask(self, body: bytes, within_s: float | None = None) -> Reply:
        try:
            return await self._ask_once(body, within_s)
        except PasswordRefusedError:
            if self._login is None or not self._login.another_way():
                raise
        return await self._ask_once(body, within_s)

    async def _ask_once(self, body: bytes, within_s: float | None) -> Reply:
        dialect, number = self._family.dialect, self._number
        message = await self._session.ask(
            dialect.encode(body, number),
            lambda one: dialect.reply(one, body, number) is not None,
            within_s=within_s,
        )
        reply = dialect.reply(message, body, number) or Reply()
        if reply.refusal is Refusal.LOGIN:
            self._session.close()
            raise PasswordRefusedError(f"{self._wire} {reply.said}")
        return reply

    def _refusal(self, reply: Reply) -> RefusedError:
        is_off = reply.refusal is Refusal.UNSAID and self._lacks.power is not Power.ON
        kind = NotNowError if is_off or reply.refusal is Refusal.NOT_NOW else RefusedError
        return kind(f"{self._wire} {reply.said or 'refused the command'}")
