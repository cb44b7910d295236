"""A projector that speaks PJLink, class 1 or 2, over TCP.

Source: protocol notes §2.1. It asks on one connection, which it lets go of once all is read, and
20 s after a wish; many projectors speak with one controller at a time. A projector that ends the
connection after one command gets one connection for each from then on.

Whether it is there, and what becomes of wishes, depends on the power question alone: no other
answer that fails to come, or cannot be read, costs more than its own time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial

from devices.capability import Capability, Offer, ValueKind
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
from drivers.codecs import pjlink as codec
from drivers.lacks import Lacks
from drivers.session import Limits, Session
from drivers.tables import pjlink as table
from drivers.transports.transport import Transport

_REFUSALS: Mapping[str, type[RefusedError]] = {
    "ERR1": RefusedError,
    "ERR2": RefusedError,
    "ERR3": NotNowError,
    "ERR4": RefusedError,
}
_REFUSAL_WORDS: Mapping[str, str] = {
    "ERR1": "does not know this command",
    "ERR2": "does not take this value",
    "ERR3": "cannot do it now",
    "ERR4": "reports a failure of its own",
}
_POWER_BODY = "POWR"


class PjlinkProjector:
    """One PJLink projector."""

    def __init__(
        self,
        wire: Transport,
        *,
        password: str | None = None,
        inputs: Mapping[str, str] | None = None,
        times: table.PjlinkTimes | None = None,
    ) -> None:
        """Speak on `wire`.

        Args:
            wire: the connection, not yet open.
            password: the PJLink password; never logged.
            inputs: code and plain name of the inputs to offer; None = those that it lists.
            times: other than the usual.
        """
        times = times or table.PjlinkTimes()
        self._wire = wire
        self._password = password
        self._session = Session(
            wire,
            codec.framer,
            Limits(answer_within_s=times.answer_within_s, idle_close_s=times.idle_close_s),
            greet=self._greet,
        )
        self._times = times
        self._class: int | None = None
        self._only_class_1: set[str] = set()
        self._inputs = dict(inputs or {})
        self._inputs_known = self._inputs_given = inputs is not None
        self._unnamed: list[str] = []
        self._notes: dict[str, str] = {}
        self._lacks: Lacks[str] = Lacks()
        self._moved: set[str] = set()
        self._power_due = True
        self._wished_at = float("-inf")
        self._is_wanted: Callable[[], bool] = bool
        self._blanks_with_sound = False
        self._offered: tuple[Offer, ...] | None = None  # asked for often, changed seldom

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it can do: grows and shrinks with what it answered."""
        if self._offered is None:
            self._offered = self._find_offers()
        return self._offered

    def _find_offers(self) -> tuple[Offer, ...]:
        more = table.CLASS_2 if self._class == 2 else ()
        offered = (table.POWER, self._input_offer(), *table.ALWAYS, *more)
        return tuple(
            offer
            for offer in offered
            if self._lacks.has(table.BODY_OF.get(offer.capability, _POWER_BODY))
        )

    def _input_offer(self) -> Offer:
        known = self._inputs or {code: table.input_name(code) for code in table.INPUTS_BEFORE_ASKED}
        return Offer(Capability.INPUTS, ValueKind.CHOICE, writable=True, choices=known)

    @property
    def notes(self) -> Mapping[str, str]:
        """Name, maker, model, and from class 2 on serial number and software."""
        return {note: text for note, text in self._notes.items() if text}

    def give_way(self, is_wanted: Callable[[], bool]) -> None:
        """End a `read_all` between two questions once `is_wanted`."""
        self._is_wanted = is_wanted

    async def read_all(self) -> Reports:
        """Ask for everything; what it does not say is left out."""
        reports = await self._read_power()
        if self._lacks.begin_read(_power_in(reports)):
            self._begin_anew()
        self._moved.clear()
        try:
            for ask in self._questions():
                if self._is_wanted():
                    return reports
                reports |= await ask()
        except UnreachableError:
            return reports  # it hung up: the next power question tells whether it is gone
        self._let_go()
        return reports

    async def read_fast(self) -> Reports:
        """Ask for what was commanded since the last `read_all`; for power where that was nothing.

        Power is left out where only something else moves: each question costs a round trip before
        the panel can show what was pressed.
        """
        bodies = sorted(self._moved - {_POWER_BODY})
        asks_power = self._power_due or not bodies or _POWER_BODY in self._moved
        reports = await self._read_power() if asks_power else {}
        for body in bodies:
            reports |= await self._read(body)
        if not reports:
            reports = await self._read_power()
        self._let_go()
        return reports

    async def write(self, capability: Capability, value: Value) -> None:
        """Send one wish.

        Raises:
            NotNowError: standby or warming.
            RefusedError: it cannot do this.
        """
        writers: Mapping[Capability, Callable[[Value], Awaitable[None]]] = {
            Capability.POWER: self._write_power,
            Capability.INPUTS: self._write_input,
            Capability.BLANK: self._write_blank,
            Capability.MUTE: self._write_mute,
            Capability.FREEZE: self._write_freeze,
        }
        if capability not in writers:
            raise RefusedError(f"a PJLink projector takes no command for {capability}")
        self._wished_at = asyncio.get_running_loop().time()
        self._moved.add(table.BODY_OF.get(capability, _POWER_BODY))
        await writers[capability](value)

    async def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _let_go(self) -> None:
        since_s = asyncio.get_running_loop().time() - self._wished_at
        kept_s = self._times.idle_close_s
        self._session.let_go(max(min(self._times.let_go_s, kept_s), kept_s - since_s))

    def _begin_anew(self) -> None:
        """It was switched on: what it could not say or do in standby it may be able to now."""
        self._only_class_1.clear()
        self._blanks_with_sound = False
        self._offered = None

    def _questions(self) -> Iterator[Callable[[], Awaitable[Reports]]]:
        """What is to be asked beside power, each only once it is its turn."""
        if self._class is None:
            yield self._learn_class
        for note, body, since_class in table.IDENTITY:
            if note not in self._notes and since_class <= (self._class or 1):
                yield partial(self._learn_note, note, body, since_class)
        if not self._inputs_known:
            yield self._learn_inputs
        for code in tuple(self._unnamed):
            yield partial(self._learn_input_name, code)
        is_on = self._lacks.power is Power.ON
        offered = (table.BODY_OF.get(offer.capability) for offer in self.offers)
        for body in dict.fromkeys(body for body in offered if body is not None):
            if is_on or body not in table.ONLY_WHEN_ON:
                yield partial(self._read, body)

    async def _write_power(self, value: Value) -> None:
        await self._command("POWR", "1" if value == "on" else "0")

    async def _write_input(self, value: Value) -> None:
        try:
            code = codec.decode_input(str(value))
        except MalformedReplyError as error:
            raise RefusedError(f"{value!r} is no PJLink input") from error
        self._accept(code, await self._ask_in_class("INPT", code))

    async def _write_blank(self, value: Value) -> None:
        if not self._blanks_with_sound:
            wish = "11" if value else "10"
            answer = await self._ask("AVMT", wish)
            if answer.strip().upper() != "ERR2":
                self._accept(wish, answer)
                return
        # Panasonic PT-JX200 and others take 31 and 30 alone: picture and sound together.
        await self._command("AVMT", "31" if value else "30")
        self._blanks_with_sound = True

    async def _write_mute(self, value: Value) -> None:
        if self._blanks_with_sound:
            raise RefusedError(f"{self._wire} mutes the sound only together with the picture")
        await self._command("AVMT", "21" if value else "20")

    async def _write_freeze(self, value: Value) -> None:
        await self._command("FREZ", "1" if value else "0", of_class=2)

    async def _command(self, body: str, value: str, *, of_class: int = 1) -> None:
        self._accept(value, await self._ask(body, value, of_class=of_class))

    def _accept(self, wish: str, answer: str) -> None:
        """OK acknowledges, and so does the wished value itself (openhab-addons#6725)."""
        refusal = answer.strip().upper()
        if refusal in _REFUSALS:
            raise _REFUSALS[refusal](f"{self._wire} {_REFUSAL_WORDS[refusal]}")
        if refusal not in {"OK", wish}:
            raise MalformedReplyError(f"{self._wire} answered a command with {answer!r}")

    async def _read_power(self) -> dict[Capability, Value]:
        answer = (await self._ask("POWR")).strip().upper()
        self._power_due = False
        if answer in _REFUSALS and answer not in table.POWER_BY_ANSWER:
            return {}  # not now is not known, whatever it was before
        if answer not in table.POWER_BY_ANSWER:
            raise MalformedReplyError(f"{self._wire} gave {answer!r} for its power")
        return {Capability.POWER: table.POWER_BY_ANSWER[answer]}

    async def _read(self, body: str) -> dict[Capability, Value]:
        of_class = 2 if body in {"FREZ", "FILT"} else 1
        answer = await self._query(body, of_class=of_class)
        if answer is None:
            return {}
        try:
            return table.READ_AS[body](answer)
        except MalformedReplyError:
            return {}  # one odd answer must not hide the rest

    async def _query(self, body: str, value: str = "?", *, of_class: int = 1) -> str | None:
        """The answer; None where there is none now, or it is not worth its time to ask."""
        if not self._lacks.may_ask(body):
            return None
        try:
            answer = await self._ask_in_class(body, value, of_class=of_class)
        except (SilentError, MalformedReplyError):
            self._lacks.unanswered(body)
            return None
        except UnreachableError:
            self._lacks.unanswered(body)  # some hang up at what they do not know
            raise
        refusal = answer.strip().upper()
        if refusal in table.NEVER and value == "?":
            has_none = refusal == "ERR1" and body in table.NO_SUCH_PART
            self._lacks.refused(body, has_none=has_none)
            self._offered = None
        return None if refusal in _REFUSALS else answer

    async def _learn_class(self) -> Reports:
        answer = await self._query("CLSS")
        if answer is not None:
            self._class, self._offered = codec.decode_class(answer), None
        return {}

    async def _learn_note(self, note: str, body: str, of_class: int) -> Reports:
        answer = await self._query(body, of_class=of_class)
        if answer is not None:
            text = answer.strip()
            self._notes[note] = text if codec.is_readable(text) else ""
        return {}

    async def _learn_inputs(self) -> Reports:
        """Many projectors list inputs only when they are on."""
        answer = await self._query("INST")
        if answer is None:
            self._inputs_known = self._lacks.power is Power.ON and self._lacks.may_ask("INST")
            return {}
        try:
            codes = codec.decode_inputs(answer)
        except MalformedReplyError:
            codes = ()
        self._inputs = {code: table.input_name(code) for code in codes} or self._inputs
        self._unnamed = list(codes) if self._class == 2 else []
        self._inputs_known, self._offered = True, None
        return {}

    async def _learn_input_name(self, code: str) -> Reports:
        named = await self._query("INNM", f"?{code}", of_class=2)
        if self._lacks.may_ask("INNM"):
            self._unnamed.remove(code)
        name = (named or "").strip()
        if name and codec.is_readable(name):
            self._inputs[code], self._offered = name, None
        return {}

    async def _ask_in_class(self, body: str, value: str = "?", *, of_class: int = 1) -> str:
        """Ask for inputs as class 2, which has more of them; some that claim it know class 1 only.

        Source: the Companion module generic-pjlink.
        """
        if body not in table.OF_BOTH_CLASSES or self._class != 2 or body in self._only_class_1:
            return await self._ask(body, value, of_class=of_class)
        answer = await self._ask(body, value, of_class=2)
        if answer.strip().upper() != "ERR1":
            return answer
        answer = await self._ask(body, value)
        if answer.strip().upper() not in _REFUSALS:
            self._only_class_1.add(body)
        return answer

    async def _ask(self, body: str, value: str = "?", *, of_class: int = 1) -> str:
        due, self._power_due = self._power_due, True  # unless it answers
        answer = await self._answer(body, value, of_class)
        if isinstance(answer, codec.DigestRefused):
            # With two controllers some projectors refuse the older one's connection: try a new one
            # before calling the password wrong.
            self._session.close()
            answer = await self._answer(body, value, of_class)
        if isinstance(answer, codec.DigestRefused):
            self._session.close()
            raise PasswordRefusedError(f"{self._wire} refused the PJLink password")
        if self._session.hangs_up:
            self._session.close()
        self._power_due = due
        return answer.value

    async def _answer(
        self, body: str, value: str, of_class: int
    ) -> codec.Answer | codec.DigestRefused:
        def is_answer(message: codec.Message) -> bool:
            if isinstance(message, codec.Answer):
                return message.body == body
            return isinstance(message, codec.DigestRefused)

        question = codec.encode(body, value, of_class=of_class)
        answer = await self._session.ask(question, is_answer)
        if isinstance(answer, codec.Greeting):
            raise MalformedReplyError(f"{self._wire} greeted twice")
        return answer

    def _greet(self, greeting: codec.Message) -> bytes:
        if isinstance(greeting, codec.DigestRefused):
            raise PasswordRefusedError(f"{self._wire} refused us before we spoke")
        if not isinstance(greeting, codec.Greeting):
            raise MalformedReplyError(f"{self._wire} did not greet as PJLink")
        if greeting.scheme == "0":
            return b""
        if greeting.scheme != "1":
            raise PasswordRefusedError(
                f"{self._wire} asks for PJLink login scheme {greeting.scheme}, which is not known "
                "(auth_scheme_unsupported); the password was not sent"
            )
        if self._password is None:
            raise PasswordRefusedError(f"{self._wire} asks for a password and none is set")
        return codec.digest(greeting.salt, self._password)


def _power_in(reports: Mapping[Capability, Value]) -> Power:
    return Power(str(reports.get(Capability.POWER, Power.UNKNOWN)))
