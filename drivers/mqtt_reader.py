"""Our own card readers behind the room's MQTT broker.

Topics (see `docs/add-a-driver.md`): the reader publishes `…/card` (QoS 1, not retained) and
`…/status` (retained, will); we publish `…/feedback`. The broker gets its acknowledgement of a card
only after the touch is stored, and sends the card again otherwise.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping

from devices.driving import CardSeen, ShortCardSeen, TakeCard
from devices.errors import MalformedReplyError, UnreachableError
from devices.reading import Value
from devices.trouble import Remark, Trouble
from drivers.codecs import mqtt_reader as codec
from drivers.codecs.mqtt_relay import decode_online
from drivers.remarks import Noticed
from drivers.touches import Gone, Touches, is_phantom
from drivers.transports.mqtt import MqttLink, MqttMessage

_REMEMBERED_TOUCHES = 512
_COMES_UP_WITHIN_S = 2.0
_EM4100_DIGITS = 10  # no MIFARE number has five bytes

_log = logging.getLogger(__name__)


class MqttReader:
    """One reader.

    It goes on listening between two runs; a card that comes then waits unacknowledged.
    """

    def __init__(
        self,
        link: MqttLink,
        topic: str,
        now_ms: Callable[[], int],
        *,
        technology: str | None = None,
        pads: bool = False,
    ) -> None:
        """Listen under `topic`, which is `lophoc/<room>/readers/<id>`.

        Args:
            link: the room's broker.
            topic: the reader's own topic.
            now_ms: boot-monotonic milliseconds.
            technology: kind of its cards; None = told by the number's length.
            pads: a number without its zeros is handed over, for the school's cards to prove.
        """
        self._link = link
        self._topic = topic
        self._technology = technology
        self._pads = pads
        self._gone = Gone()
        self._noticed = Noticed()
        self._touches = Touches(now_ms)
        self._taken: OrderedDict[CardSeen, None] = OrderedDict()
        self._listening = False
        self._online: bool | None = None
        self._speaks = False
        self._running = asyncio.Event()
        self._news = asyncio.Event()
        self._ended: asyncio.Future[None] | None = None
        self._take: TakeCard | None = None
        self._heard: Callable[[], None] | None = None
        self._complained = False
        link.on_change(self._on_link)

    def on_remark(self, call: Callable[[Remark | None], None]) -> None:
        """Call with what is odd about the numbers that it sends, and with None when mended."""
        self._noticed.on_remark(call)

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Hand over each touch until the broker or the reader is lost.

        Raises:
            UnreachableError: no broker, or the reader's status says offline.
        """
        self._listen()
        await self._reachable()
        self._take, self._heard = take, heard
        if self._online:
            self._is_heard()
        else:
            self._noticed.waits()
        self._ended = asyncio.get_running_loop().create_future()
        self._running.set()
        try:
            await self._ended
        finally:
            self._running.clear()

    async def _reachable(self) -> None:
        """Give a link that is just coming up its moment, so that no card waits for the next run."""
        try:
            async with asyncio.timeout(_COMES_UP_WITHIN_S):
                while not self._link.connected or self._online is False:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            if not self._link.connected:
                away = Remark(Trouble.BROKER_AWAY)
                sentence = "the room's MQTT broker is not connected"
                raise UnreachableError(sentence, remark=away) from error
            raise self._offline() from error

    async def show(self, feedback: Mapping[str, Value]) -> None:
        """Publish what became of a touch.

        Raises:
            DeviceError: the broker did not take it.
        """
        await self._link.publish(f"{self._topic}/feedback", codec.encode_feedback(feedback))

    async def close(self) -> None:
        """Listen no more."""
        self._listening = False
        self._link.unsubscribe(f"{self._topic}/card")
        self._link.unsubscribe(f"{self._topic}/status")

    def _listen(self) -> None:
        if not self._listening:
            self._link.subscribe(f"{self._topic}/status", self._on_status)
            self._link.subscribe(f"{self._topic}/card", self._on_card)
            self._listening = True

    def _on_link(self, connected: bool) -> None:  # noqa: FBT001 - the link's own signature
        self._news.set()
        if not connected:
            self._online, self._speaks = None, False
            away = Remark(Trouble.BROKER_AWAY)
            self._end(UnreachableError("the room's MQTT broker was lost", remark=away))

    def _end(self, error: UnreachableError) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)

    def _offline(self) -> UnreachableError:
        remark = Remark(Trouble.OFFLINE)
        return UnreachableError(f"the reader at {self._topic} is offline", remark=remark)

    async def _on_status(self, message: MqttMessage) -> None:
        try:
            self._online = decode_online(message.payload)
        except MalformedReplyError as error:
            self._complain(error)
            return
        self._speaks = self._speaks or (self._online and not message.retain)
        self._news.set()
        if not self._online:
            self._end(self._offline())
        elif self._running.is_set():
            self._is_heard()

    async def _on_card(self, message: MqttMessage) -> None:
        if message.retain:  # an old card must not register again
            return
        card = self._card_in(message.payload)
        if card is None:
            return
        self._online = self._speaks = True  # whatever its will said
        self._news.set()
        await self._running.wait()
        if card not in self._taken:
            await self._touched(card)

    def _card_in(self, payload: bytes) -> CardSeen | None:
        """The touch in a message; None where it has none that could be taken."""
        try:
            return self._read(payload)
        except MalformedReplyError as error:
            self._complain(error)
            self._noticed.unreadable(self._topic)
            return None

    def _read(self, payload: bytes) -> CardSeen | None:
        short = codec.decode_short(payload)
        if short is not None:
            return self._short(short)
        said = codec.decode_card(payload)
        if self._gone.is_said(said.uid):
            return None
        if is_phantom(said.uid):
            raise MalformedReplyError("a card number of zeros or ones alone")
        self._gone.card()
        self._noticed.good()
        return CardSeen(self._kind_of(said.uid), said.uid, said.device_key)

    def _short(self, said: codec.ShortMessage) -> CardSeen | None:
        self._noticed.short(len(said.digits), said.of)
        if not self._pads:
            digits = len(said.digits)
            self._complain(MalformedReplyError(f"a card number of {digits} digits for {said.of}"))
            return None
        kind = self._kind_of(said.possible[0])
        return ShortCardSeen(kind, said.digits, said.device_key, said.possible)

    async def _touched(self, card: CardSeen) -> None:
        self._is_heard()
        if self._take is not None and not self._touches.lies_there(card.uid):
            await self._take(card)
        self._touches.seen(card.uid)
        if card.device_key is not None:
            self._taken[card] = None  # with its card: not every reader counts on after a restart
            if len(self._taken) > _REMEMBERED_TOUCHES:
                self._taken.popitem(last=False)

    def _is_heard(self) -> None:
        """It is there: by its own word, or until it says one by what the broker kept.

        A broker that comes back tells of readers that died with the power (mosquitto#1165), and of
        those without a kept will (PinkyLEDs#6).
        """
        if self._speaks:
            self._noticed.heard()
        else:
            self._noticed.waits()
        if self._heard is not None:
            self._heard()

    def _kind_of(self, uid: str) -> str:
        if self._technology is not None:
            return self._technology
        return "em4100" if len(uid) == _EM4100_DIGITS else "mifare"

    def _complain(self, error: MalformedReplyError) -> None:
        if not self._complained:
            _log.warning("%s sent %s", self._topic, error)
        self._complained = True
