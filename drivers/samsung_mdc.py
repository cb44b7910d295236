"""A Samsung panel or board that speaks MDC, on a serial line or over TCP.

Source: protocol notes §3.1. After power-on the panel is left alone for 15 s: it takes no other
command so soon. Replies are matched by display id and command, so that displays on one line do not
answer for one another.

Whether it is there, and what becomes of wishes, depends on its power alone: the status has it, and
where that is refused or not answered (in standby: samsung-mdc#14) the power question.
"""

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
from drivers.codecs import samsung_mdc as codec
from drivers.codecs.samsung_mdc import Command
from drivers.lacks import Lacks
from drivers.session import Limits, Session
from drivers.tables import samsung_mdc as table
from drivers.transports.transport import Transport

_IDENTITY = (
    ("serial", Command.SERIAL),
    ("software", Command.SOFTWARE),
    ("model", Command.MODEL),
)
_POWER = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=table.POWER_SETTLES_S,
)
_SOUND = (
    Offer(Capability.VOLUME, ValueKind.NUMBER, writable=True, unit="%"),
    Offer(Capability.MUTE, ValueKind.SWITCH, writable=True),
)
_HEALTH = (
    Offer(Capability.TEMPERATURE, ValueKind.NUMBER, high=255, unit="°C"),
    Offer(Capability.FAULTS, ValueKind.TEXT),
)
_BLANK = Offer(Capability.BLANK, ValueKind.SWITCH, writable=True)


class SamsungMdc:
    """One Samsung display, by its id on the line."""

    def __init__(
        self,
        wire: Transport,
        now_ms: Callable[[], int],
        *,
        display_id: int = 0,
        inputs: Mapping[str, str] | None = None,
        blanks_panel: bool = False,
        times: table.MdcTimes | None = None,
    ) -> None:
        """Speak on `wire`.

        Args:
            wire: serial line or connection, not yet open.
            now_ms: boot-monotonic milliseconds.
            display_id: 0 to 253, as set in the display's menu.
            inputs: word and plain name of the inputs to offer; None = all that MDC has.
            blanks_panel: offer `blank` through command F9, which not every model knows.
            times: other than the usual.
        """
        self._wire = wire
        self._now_ms = now_ms
        self._display_id = display_id
        self._times = times or table.MdcTimes()
        self._session = Session(
            wire,
            codec.framer,
            Limits(answer_within_s=self._times.answer_within_s, quiet_s=self._times.quiet_s),
        )
        names = inputs or {row.word: row.name for row in table.INPUTS}
        self._inputs = Offer(Capability.INPUTS, ValueKind.CHOICE, writable=True, choices=names)
        self._blanks_panel = blanks_panel
        self._notes: dict[str, str] = {}
        self._lacks: Lacks[Command] = Lacks()
        self._is_wanted: Callable[[], bool] = bool
        self._has_sound = True
        self._quiet_until_ms = 0

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it can do: a display that reports no sound offers none."""
        sound = _SOUND if self._has_sound else ()
        blank = (_BLANK,) if self._blanks_panel else ()
        health = _HEALTH if self._lacks.has(Command.ERRORS) else ()
        return (_POWER, self._inputs, *sound, *blank, *health)

    @property
    def notes(self) -> Mapping[str, str]:
        """Serial number, software and model."""
        return {note: text for note, text in self._notes.items() if text}

    def give_way(self, is_wanted: Callable[[], bool]) -> None:
        """End a `read_all` between two questions once `is_wanted`."""
        self._is_wanted = is_wanted

    async def read_all(self) -> Reports:
        """Ask for status, health and, once, identity; what it does not say is left out."""
        if self._is_starting():
            return {Capability.POWER: Power.WARMING}
        reports = await self._read_status()
        self._lacks.begin_read(Power(str(reports.get(Capability.POWER, Power.UNKNOWN))))
        try:
            for ask in self._questions():
                if self._is_wanted():
                    break
                reports |= await ask()
        except UnreachableError:
            return reports  # it hung up: the next status tells whether it is gone
        return reports

    def _questions(self) -> Iterator[Callable[[], Awaitable[Reports]]]:
        yield self._read_health
        for note, command in _IDENTITY:
            if note not in self._notes:
                yield partial(self._learn_note, note, command)

    async def _learn_note(self, note: str, command: Command) -> Reports:
        content = await self._query(command)
        if content is not None:
            self._notes[note] = codec.decode_text(content)
        return {}

    async def read_fast(self) -> Reports:
        """Ask for status: power, input, volume and mute in one answer."""
        if self._is_starting():
            return {Capability.POWER: Power.WARMING}
        return await self._read_status()

    async def write(self, capability: Capability, value: Value) -> None:
        """Send one wish.

        Raises:
            NotNowError: it was switched on less than 15 s ago.
            RefusedError: it cannot do this.
        """
        writers: Mapping[Capability, Callable[[Value], Awaitable[None]]] = {
            Capability.POWER: self._write_power,
            Capability.INPUTS: self._write_input,
            Capability.VOLUME: self._write_volume,
            Capability.MUTE: self._write_mute,
            Capability.BLANK: self._write_blank,
        }
        if capability not in {offer.capability for offer in self.offers if offer.writable}:
            raise RefusedError(f"{self._wire} takes no command for {capability}")
        if self._is_starting():
            raise NotNowError(f"{self._wire} is starting and takes no command yet")
        await writers[capability](value)

    async def close(self) -> None:
        """Let go of the wire."""
        self._session.close()

    def _is_starting(self) -> bool:
        return self._now_ms() < self._quiet_until_ms

    async def _write_power(self, value: Value) -> None:
        await self._command(Command.POWER, table.CODE_BY_POWER[str(value)])
        if value == "on":
            self._quiet_until_ms = self._now_ms() + round(self._times.quiet_after_on_s * 1000)

    async def _write_input(self, value: Value) -> None:
        if str(value) not in table.CODE_BY_INPUT:
            raise RefusedError(f"{value!r} is no input of a Samsung display")
        await self._command(Command.INPUT, table.CODE_BY_INPUT[str(value)])

    async def _write_volume(self, value: Value) -> None:
        if not isinstance(value, int) or not 0 <= value <= 100:
            raise RefusedError(f"volume is 0 to 100, not {value!r}")
        await self._command(Command.VOLUME, value)

    async def _write_mute(self, value: Value) -> None:
        await self._command(Command.MUTE, int(bool(value)))

    async def _write_blank(self, value: Value) -> None:
        await self._command(Command.PANEL, int(bool(value)))  # 01 turns the panel off

    async def _read_status(self) -> dict[Capability, Value]:
        if not self._lacks.may_ask(Command.STATUS):
            return await self._read_power()
        try:
            answer = await self._ask(Command.STATUS)
        except SilentError:
            power = await self._read_power()
            self._lacks.unanswered(Command.STATUS)  # only now: a dead display answers neither
            return power
        if not answer.accepted:
            return await self._read_power_instead(answer)
        status = codec.decode_status(answer.content)
        self._has_sound = status.volume != table.NO_SOUND
        reports: dict[Capability, Value] = {
            Capability.POWER: table.POWER_BY_CODE.get(status.power, Power.UNKNOWN),
            Capability.INPUTS: table.INPUT_BY_CODE.get(status.input, f"{status.input:02x}"),
        }
        if self._has_sound:
            reports[Capability.VOLUME] = status.volume
        if self._has_sound and status.mute != table.NO_SOUND:
            reports[Capability.MUTE] = status.mute == 1
        return reports

    async def _read_power_instead(self, refused: codec.Answer) -> dict[Capability, Value]:
        """Power alone, where the status was refused: it is there, whatever it says of power."""
        try:
            return await self._read_power()
        except SilentError as error:
            raise self._refusal(refused) from error

    async def _read_power(self) -> dict[Capability, Value]:
        """Power alone; nothing where it refuses to say even that."""
        answer = await self._ask(Command.POWER)
        if not answer.accepted:
            return {}
        if not answer.content:
            raise MalformedReplyError(f"{self._wire} gave no power")
        return {Capability.POWER: table.POWER_BY_CODE.get(answer.content[0], Power.UNKNOWN)}

    async def _read_health(self) -> Reports:
        content = await self._query(Command.ERRORS)
        if content is None:
            return {}
        try:
            errors = codec.decode_errors(content)
        except MalformedReplyError:
            return {}  # the status came and is worth showing without it
        faults = {
            "lamp": errors.lamp,
            "temperature": errors.temperature,
            "sensor": errors.bright_sensor,
            "fan": errors.fan,
        }
        return {
            Capability.TEMPERATURE: errors.celsius,
            Capability.FAULTS: ",".join(word for word, at_fault in faults.items() if at_fault),
        }

    async def _query(self, command: Command) -> bytes | None:
        """Content of the answer; None where there is none, or it is not worth its time to ask."""
        if not self._lacks.may_ask(command):
            return None
        try:
            answer = await self._ask(command)
        except (SilentError, MalformedReplyError):
            self._lacks.unanswered(command)
            return None
        except UnreachableError:
            self._lacks.unanswered(command)
            raise
        if not answer.accepted:
            self._lacks.refused(command)
            return None
        return answer.content

    async def _command(self, command: Command, code: int) -> None:
        answer = await self._ask(command, bytes((code,)))
        if not answer.accepted:
            raise self._refusal(answer)

    def _refusal(self, answer: codec.Answer) -> RefusedError:
        error = answer.content[:1].hex() or "none"
        name = Command(answer.command).name.lower()
        return RefusedError(f"{self._wire} refused the command {name} (error {error})")

    async def _ask(self, command: Command, content: bytes = b"") -> codec.Answer:
        def is_answer(message: codec.Message) -> bool:
            if isinstance(message, codec.SecuredStart):
                return True
            return message.display_id == self._display_id and message.command == command

        question = codec.encode(command, self._display_id, content)
        answer = await self._session.ask(question, is_answer)
        if isinstance(answer, codec.SecuredStart):
            self._session.close()
            raise PasswordRefusedError(
                f"{self._wire} asks for the secured MDC protocol, which is not supported; "
                "switch it off in the display's menu"
            )
        return answer
