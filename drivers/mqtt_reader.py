"""Our own card readers behind the room's MQTT broker.

Topics (see `docs/add-a-driver.md`): the reader publishes `…/card` (QoS 1, not retained) and
`…/status` (retained, will); we publish `…/feedback`. The broker gets its acknowledgement of a card
only after the touch is stored, and sends the card again otherwise.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping

from devices.driving import CardSeen, TakeCard
from devices.errors import MalformedReplyError, UnreachableError
from devices.reading import Value
from drivers.codecs import mqtt_reader as codec
from drivers.codecs.mqtt_relay import decode_online
from drivers.touches import Touches
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
    ) -> None:
        """Listen under `topic`, which is `lophoc/<room>/readers/<id>`.

        Args:
            link: the room's broker.
            topic: the reader's own topic.
            now_ms: boot-monotonic milliseconds.
            technology: kind of its cards; None = told by the number's length.
        """
        self._link = link
        self._topic = topic
        self._technology = technology
        self._touches = Touches(now_ms)
        self._taken: OrderedDict[codec.CardMessage, None] = OrderedDict()
        self._listening = False
        self._online: bool | None = None
        self._running = asyncio.Event()
        self._news = asyncio.Event()
        self._ended: asyncio.Future[None] | None = None
        self._take: TakeCard | None = None
        self._heard: Callable[[], None] | None = None
        self._complained = False
        link.on_change(self._on_link)

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Hand over each touch until the broker or the reader is lost.

        Raises:
            UnreachableError: no broker, or the reader's status says offline.
        """
        self._listen()
        await self._reachable()
        self._take, self._heard = take, heard
        if self._online:
            heard()
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
                raise UnreachableError("the room's MQTT broker is not connected") from error
            raise UnreachableError(f"the reader at {self._topic} is offline") from error

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
            self._online = None
            self._end("the room's MQTT broker was lost")

    def _end(self, reason: str) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(UnreachableError(reason))

    async def _on_status(self, message: MqttMessage) -> None:
        try:
            self._online = decode_online(message.payload)
        except MalformedReplyError as error:
            self._complain(error)
            return
        self._news.set()
        if not self._online:
            self._end(f"the reader at {self._topic} is offline")
        elif self._running.is_set() and self._heard is not None:
            self._heard()

    async def _on_card(self, message: MqttMessage) -> None:
        if message.retain:  # an old card must not register again
            return
        try:
            card = codec.decode_card(message.payload)
        except MalformedReplyError as error:
            self._complain(error)
            return
        self._online = True  # whatever its will said
        self._news.set()
        await self._running.wait()
        if card in self._taken:
            return
        await self._touched(card)

    async def _touched(self, card: codec.CardMessage) -> None:
        if self._heard is not None:
            self._heard()
        if self._take is not None and not self._touches.lies_there(card.uid):
            await self._take(CardSeen(self._kind_of(card.uid), card.uid, card.device_key))
        self._touches.seen(card.uid)
        if card.device_key is not None:
            self._taken[card] = None  # with its card: not every reader counts on after a restart
            if len(self._taken) > _REMEMBERED_TOUCHES:
                self._taken.popitem(last=False)

    def _kind_of(self, uid: str) -> str:
        if self._technology is not None:
            return self._technology
        return "em4100" if len(uid) == _EM4100_DIGITS else "mifare"

    def _complain(self, error: MalformedReplyError) -> None:
        if not self._complained:
            _log.warning("%s sent %s", self._topic, error)
        self._complained = True
