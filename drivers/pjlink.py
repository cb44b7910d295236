"""A projector that speaks PJLink, class 1 or 2, over TCP.

Source: protocol notes §2.1. It asks on one connection, which is kept for 20 s and closed in order;
a projector that ends the connection after one command gets one connection for each from then on.
"""

from collections.abc import Awaitable, Callable, Mapping

from devices.capability import Capability, Offer, ValueKind
from devices.driving import Reports
from devices.errors import (
    MalformedReplyError,
    NotNowError,
    PasswordRefusedError,
    RefusedError,
)
from devices.power import Power
from devices.reading import Value
from drivers.codecs import pjlink as codec
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
_IDENTITY: tuple[tuple[str, str, int], ...] = (
    ("name", "NAME", 1),
    ("maker", "INF1", 1),
    ("model", "INF2", 1),
    ("serial", "SNUM", 2),
    ("software", "SVER", 2),
)
_NEVER = frozenset({"ERR1", "ERR2"})

_POWER = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=table.POWER_SETTLES_S,
)
_ALWAYS = (
    Offer(Capability.BLANK, ValueKind.SWITCH, writable=True),
    Offer(Capability.MUTE, ValueKind.SWITCH, writable=True),
    Offer(Capability.LAMP, ValueKind.NUMBER, high=99999, unit="h"),
    Offer(Capability.FAULTS, ValueKind.TEXT),
)
_CLASS_2 = (
    Offer(Capability.FREEZE, ValueKind.SWITCH, writable=True),
    Offer(Capability.FILTER, ValueKind.NUMBER, high=99999, unit="h"),
)
_BODY_OF: Mapping[Capability, str] = {
    Capability.INPUTS: "INPT",
    Capability.BLANK: "AVMT",
    Capability.MUTE: "AVMT",
    Capability.FREEZE: "FREZ",
    Capability.LAMP: "LAMP",
    Capability.FILTER: "FILT",
    Capability.FAULTS: "ERST",
}
_POWER_BODY = "POWR"
_ONLY_WHEN_ON = frozenset({"INPT", "AVMT", "FREZ"})


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
        self._class: int | None = None
        self._inputs = dict(inputs or {})
        self._inputs_known = inputs is not None
        self._notes: dict[str, str] = {}
        self._lacks: set[str] = set()
        self._moved: set[str] = set()
        self._blanks_with_sound = False
        self._offered: tuple[Offer, ...] | None = None  # asked for often, changed seldom

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it can do: grows and shrinks with what it answered."""
        if self._offered is None:
            self._offered = self._find_offers()
        return self._offered

    def _find_offers(self) -> tuple[Offer, ...]:
        more = _CLASS_2 if self._class == 2 else ()
        offered = (_POWER, self._input_offer(), *_ALWAYS, *more)
        return tuple(
            offer for offer in offered if _BODY_OF.get(offer.capability) not in self._lacks
        )

    def _input_offer(self) -> Offer:
        known = self._inputs or {code: table.input_name(code) for code in table.INPUTS_BEFORE_ASKED}
        return Offer(Capability.INPUTS, ValueKind.CHOICE, writable=True, choices=known)

    @property
    def notes(self) -> Mapping[str, str]:
        """Name, maker, model, and from class 2 on serial number and software."""
        return {note: text for note, text in self._notes.items() if text}

    async def read_all(self) -> Reports:
        """Ask for everything; what it cannot say now or never is left out."""
        reports = await self._read_power()
        is_on = reports.get(Capability.POWER) == Power.ON
        await self._learn(is_on=is_on)
        self._moved.clear()
        bodies = dict.fromkeys(
            _BODY_OF[offer.capability] for offer in self.offers if offer.capability in _BODY_OF
        )
        for body in bodies:
            if is_on or body not in _ONLY_WHEN_ON:
                reports |= await self._read(body)
        return reports

    async def read_fast(self) -> Reports:
        """Ask for what was commanded since the last `read_all`; for power where that was nothing.

        Power is left out where only something else moves: each question costs a round trip before
        the panel can show what was pressed.
        """
        bodies = sorted(self._moved - {_POWER_BODY})
        reports = {} if bodies and _POWER_BODY not in self._moved else await self._read_power()
        for body in bodies:
            reports |= await self._read(body)
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
        await writers[capability](value)
        self._moved.add(_BODY_OF.get(capability, _POWER_BODY))

    async def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    async def _write_power(self, value: Value) -> None:
        await self._command("POWR", "1" if value == "on" else "0")

    async def _write_input(self, value: Value) -> None:
        try:
            code = codec.decode_input(str(value))
        except MalformedReplyError as error:
            raise RefusedError(f"{value!r} is no PJLink input") from error
        await self._command("INPT", code, of_class=self._class_for("INPT"))

    async def _write_blank(self, value: Value) -> None:
        if not self._blanks_with_sound:
            answer = await self._ask("AVMT", "11" if value else "10")
            self._blanks_with_sound = answer == "ERR2"
            if not self._blanks_with_sound:
                self._accept(answer)
                return
        # Panasonic PT-JX200 and others take 31 and 30 alone: picture and sound together.
        await self._command("AVMT", "31" if value else "30")

    async def _write_mute(self, value: Value) -> None:
        if self._blanks_with_sound:
            raise RefusedError(f"{self._wire} mutes the sound only together with the picture")
        await self._command("AVMT", "21" if value else "20")

    async def _write_freeze(self, value: Value) -> None:
        await self._command("FREZ", "1" if value else "0", of_class=2)

    async def _command(self, body: str, value: str, *, of_class: int = 1) -> None:
        self._accept(await self._ask(body, value, of_class=of_class))

    def _accept(self, answer: str) -> None:
        refusal = answer.strip().upper()
        if refusal in _REFUSALS:
            raise _REFUSALS[refusal](f"{self._wire} {_REFUSAL_WORDS[refusal]}")
        if refusal != "OK":
            raise MalformedReplyError(f"{self._wire} answered a command with {answer!r}")

    async def _read_power(self) -> dict[Capability, Value]:
        answer = (await self._ask("POWR")).strip().upper()
        if answer == "ERR3":
            return {}
        if answer not in table.POWER_BY_ANSWER:
            raise MalformedReplyError(f"{self._wire} gave {answer!r} for its power")
        return {Capability.POWER: table.POWER_BY_ANSWER[answer]}

    async def _read(self, body: str) -> dict[Capability, Value]:
        answer = await self._query(body, of_class=self._class_for(body))
        if answer is None:
            return {}
        try:
            return _DECODERS[body](answer)
        except MalformedReplyError:
            return {}  # one odd answer must not hide the rest

    def _class_for(self, body: str) -> int:
        """Class 2 has more inputs, and two bodies of its own."""
        if body in {"FREZ", "FILT"}:
            return 2
        return (self._class or 1) if body in {"INPT", "INST"} else 1

    async def _query(self, body: str, value: str = "?", *, of_class: int = 1) -> str | None:
        """The answer; None where it has none now. What it will never have is not asked again."""
        if body in self._lacks:
            return None
        answer = await self._ask(body, value, of_class=of_class)
        refusal = answer.strip().upper()
        if refusal in _NEVER and value == "?":
            self._lacks.add(body)
            self._offered = None
        return None if refusal in _REFUSALS else answer

    async def _learn(self, *, is_on: bool) -> None:
        """Ask once for class, identity and inputs; many projectors list inputs only when on."""
        if self._class is None:
            of_class = codec.decode_class(await self._query("CLSS") or "1")
            for note, body, since_class in _IDENTITY:
                if since_class <= of_class:
                    self._notes[note] = (
                        await self._query(body, of_class=since_class) or ""
                    ).strip()
            self._class, self._offered = of_class, None
        if not self._inputs_known:
            await self._learn_inputs(final=is_on)

    async def _learn_inputs(self, *, final: bool) -> None:
        answer = await self._query("INST", of_class=self._class_for("INST"))
        if answer is None:
            self._inputs_known = final
            return
        try:
            codes = codec.decode_inputs(answer)
        except MalformedReplyError:
            codes = ()
        for code in codes:
            self._inputs[code] = await self._input_name(code)
        self._inputs_known, self._offered = True, None

    async def _input_name(self, code: str) -> str:
        if self._class != 2:
            return table.input_name(code)
        named = await self._query("INNM", f"?{code}", of_class=2)
        return (named or "").strip() or table.input_name(code)

    async def _ask(self, body: str, value: str = "?", *, of_class: int = 1) -> str:
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


def _decode_muting(value: str) -> dict[Capability, Value]:
    blank, mute = codec.decode_muting(value)
    return {Capability.BLANK: blank, Capability.MUTE: mute}


def _decode_faults(value: str) -> dict[Capability, Value]:
    levels = codec.decode_errors(value)
    words = [word for word, level in zip(table.ERROR_WORDS, levels, strict=True) if level]
    return {Capability.FAULTS: ",".join(words)}


def _decode_freeze(value: str) -> dict[Capability, Value]:
    if value.strip() not in {"0", "1"}:
        raise MalformedReplyError(f"{value!r} is no PJLink freeze state")
    return {Capability.FREEZE: value.strip() == "1"}


_DECODERS: Mapping[str, Callable[[str], dict[Capability, Value]]] = {
    "INPT": lambda value: {Capability.INPUTS: codec.decode_input(value)},
    "AVMT": _decode_muting,
    "FREZ": _decode_freeze,
    "ERST": _decode_faults,
    "LAMP": lambda value: {Capability.LAMP: max(codec.decode_lamps(value))},
    "FILT": lambda value: {Capability.FILTER: codec.decode_hours(value)},
}
