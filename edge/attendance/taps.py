"""One touch of one card: stored, then judged, then answered and shown."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from devices.driving import CardSeen, ShortCardSeen
from edge.attendance.feedback import Answer, Feedback
from edge.attendance.journal import Entry, Journal
from edge.attendance.ports import LessonOpener, Publish
from edge.attendance.views import Json, counts_json, mark_json
from edge.store.errors import StoreError
from school.cards import last4, uid_hash
from school.facts import Json as BodyJson
from school.ids import parse_lesson_id
from school.judge import COUNTED, Judgement, Outcome
from school.moment import Clock
from school.records import School
from school.rules import MINUTE_MS, Rules

_REMEMBERED = 2_000

TouchKey = tuple[str, str, int, str]
"""Reader, the reader's boot, its number of the touch, and whose card it was (`uid_hash`).

The card is part of it: some readers start with the same boot word and count anew, so that their
numbers alone would give one card the tap of another.
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What taps are judged with and told to.

    Attributes:
        journal: stores facts and keeps the register.
        school: records.
        rules: settings.
        clock: the room's clock.
        publish: tells the panel.
        opener: opens a teacher's lesson.
    """

    journal: Journal
    school: School
    rules: Rules
    clock: Clock
    publish: Publish
    opener: LessonOpener


class Taps:
    """Takes cards from readers. A touch delivered twice is stored once and answered twice."""

    def __init__(self, here: Surroundings, feedback: Feedback) -> None:
        self._here = here
        self._feedback = feedback
        self._known: OrderedDict[TouchKey, tuple[str, Outcome]] = OrderedDict()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        here.journal.watch(self._remember)

    async def take(self, reader_id: str, card: CardSeen) -> None:
        """Take a touch; returns after it is committed and answered.

        Raises:
            StoreError: it could not be stored; the pupil was told so.
        """
        if isinstance(card, ShortCardSeen):
            proven = self._proven(card)
            if proven is None:
                self._refuse(reader_id, card)
                return
            card = proven
        number = uid_hash(self._here.school.card_key, card.technology, card.uid)
        if card.device_key is None:
            await self._take_new(reader_id, card, number)
            return
        await self._here.journal.replayed()
        async with self._turns[reader_id]:
            known = self._known.get((reader_id, *card.device_key, number))
            if known is None:
                await self._take_new(reader_id, card, number)
            else:
                self._answer(reader_id, card, *known)

    async def _take_new(self, reader_id: str, card: CardSeen, number: str) -> None:
        try:
            entry = await self._here.journal.record("tap", _body(reader_id, card, number))
        except StoreError:
            self._refuse(reader_id, card)
            raise
        judgement = entry.judgement
        if judgement is None:
            return
        self._answer(reader_id, card, judgement.tap_id, judgement.outcome)
        self._show(judgement)
        if judgement.outcome is Outcome.STAFF and judgement.person_id is not None:
            await self._here.opener.open_by_card(judgement.person_id)

    def _proven(self, card: ShortCardSeen) -> CardSeen | None:
        """The one card of the school that the number may be; None where there is not just one."""
        school, technology = self._here.school, card.technology
        ours = [
            uid
            for uid in card.possible
            if uid_hash(school.card_key, technology, uid) in school.cards
        ]
        return CardSeen(technology, ours[0], card.device_key) if len(ours) == 1 else None

    def _refuse(self, reader_id: str, card: CardSeen) -> None:
        self._answer(reader_id, card, None, Outcome.REFUSED)
        self._here.publish("tap", self._refused(reader_id, card))

    def _answer(self, reader_id: str, card: CardSeen, tap_id: str | None, outcome: Outcome) -> None:
        self._feedback.say(
            Answer(
                reader=reader_id,
                tap_id=tap_id,
                outcome=outcome,
                quiet=self._is_quiet(),
                n=card.device_key[1] if card.device_key else None,
                at_ms=self._here.clock.now().mono_ms,
            )
        )

    def _is_quiet(self) -> bool:
        """Whether the lesson is so far on, or an exam, that readers answer by light only."""
        journal = self._here.journal
        moment, when = self._here.clock.now(), journal.now()
        if when.dated and journal.register.timetable.is_exam(journal.room, when.at_ms):
            return True
        limit_ms = self._here.rules.quiet_after_min * MINUTE_MS
        for lesson in journal.current_lessons():
            planned = journal.register.timetable.lesson(lesson)
            if planned is not None and when.dated:
                return when.at_ms >= planned.starts_ms + limit_ms
        run = journal.register.open_run(journal.room)
        if run is None or run.fact.boot != moment.boot:
            return False
        return moment.mono_ms >= run.fact.mono_ms + limit_ms

    def _show(self, judgement: Judgement) -> None:
        """Tell the panel: the tap itself, and the mark that it made."""
        self._here.publish("tap", {"tap": self._tap_json(judgement), "tapped": self._tapped()})
        if judgement.outcome not in COUNTED or judgement.lesson_id is None:
            return
        register = self._here.journal.register
        lesson_id = register.canonical(judgement.lesson_id)
        mark = register.mark(lesson_id, judgement.person_id or "")
        if mark is None:
            return
        group = parse_lesson_id(lesson_id).group_key
        self._here.publish(
            "mark",
            {
                "lesson_id": lesson_id,
                "mark": mark_json(mark, group, self._here.school, None),
                "counts": counts_json(register.counts(lesson_id)),
            },
        )

    def _tapped(self) -> Json:
        k, n = self._here.journal.tapped()
        return {"k": k, "n": n}

    def _tap_json(self, judgement: Judgement) -> Json:
        school = self._here.school
        person = school.people.get(judgement.person_id or "")
        group = school.groups.get((person.class_id if person else None) or "")
        since = judgement.since_ms
        return {
            "tap_id": judgement.tap_id,
            "outcome": judgement.outcome.value,
            "lesson_id": judgement.lesson_id,
            "person_id": judgement.person_id,
            "short_name": self._name(judgement),
            "class_name": group.name if group else None,
            "last4": judgement.last4,
            "at": school.iso(judgement.at_ms),
            "since": None if since is None else school.iso(since),
            "minutes": judgement.minutes,
            "reader": judgement.reader,
        }

    def _name(self, judgement: Judgement) -> str | None:
        """The pupil's short name, only while the pupil's lesson is open here."""
        register, lesson = self._here.journal.register, judgement.lesson_id
        run = register.open_run(judgement.room)
        if run is None or lesson is None or judgement.person_id is None:
            return None
        if lesson not in run.lessons or not register.on_roster(lesson, judgement.person_id):
            return None
        group = parse_lesson_id(lesson).group_key
        return self._here.school.short_name(group, judgement.person_id)

    def _refused(self, reader_id: str, card: CardSeen) -> Mapping[str, object]:
        tap = {
            "tap_id": None,
            "outcome": Outcome.REFUSED.value,
            "lesson_id": None,
            "person_id": None,
            "short_name": None,
            "class_name": None,
            "last4": last4(card.uid),
            "at": self._here.school.iso(self._here.clock.now().wall_ms),
            "since": None,
            "minutes": None,
            "reader": reader_id,
        }
        return {"tap": tap, "tapped": self._tapped()}

    def _remember(self, entry: Entry) -> None:
        """Know the reader's own number of each stored touch, also after a restart."""
        fact, judgement = entry.fact, entry.judgement
        n, boot = fact.number("n"), fact.text("dboot")
        if judgement is None or n is None or not boot:
            return
        key = (fact.text("reader"), boot, n, fact.text("uid_hash"))
        self._known[key] = (judgement.tap_id, judgement.outcome)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _body(reader_id: str, card: CardSeen, number: str) -> Mapping[str, BodyJson]:
    body: dict[str, BodyJson] = {
        "reader": reader_id,
        "tech": card.technology,
        "uid_hash": number,
        "last4": last4(card.uid),
    }
    if card.device_key is not None:
        body["dboot"], body["n"] = card.device_key
    return body
