"""The lessons that facts speak of, opened when first asked for, and what one says of the next."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType

from school.belonging import Belonging, former_members
from school.dating import Dating
from school.ids import LessonKey, parse_lesson_id
from school.lesson_book import LessonBook
from school.marks import Presence, proposal_after
from school.papers import Papers
from school.records import School, Session
from school.timetable import Timetable


class LessonShelf:
    """The book of each lesson.

    Args:
        school: rosters.
        timetable: starts, and which lesson is a flag ceremony.
        papers: leave.
        dating: order of facts.
        dates: provisional lesson → its dated id, as far as known.

    Attributes:
        dates: the same, with what `set_date` told.
    """

    def __init__(
        self,
        school: School,
        timetable: Timetable,
        papers: Papers,
        dating: Dating,
        dates: dict[str, str],
    ) -> None:
        self._school = school
        self._timetable = timetable
        self._papers = papers
        self._dating = dating
        self._books: dict[str, LessonBook] = {}
        self._by_session: dict[tuple[str, date, Session], list[LessonBook]] = {}
        self.dates = dates

    def __iter__(self) -> Iterator[LessonBook]:
        """All books that were opened, in no order."""
        return iter(self._books.values())

    def book(self, lesson_id: str) -> LessonBook | None:
        """The lesson's book, opened when first asked for; None where it is no id."""
        lesson_id = self.canonical(lesson_id)
        book = self._books.get(lesson_id)
        return book if book is not None else self._open(lesson_id)

    def canonical(self, lesson_id: str) -> str:
        """The dated id of a provisional lesson, where its date is known by now."""
        return self.dates.get(lesson_id, lesson_id)

    def set_date(self, provisional: str, dated: str) -> LessonBook | None:
        """The date of a provisional lesson is known now; returns its book, which is taken away."""
        self.dates[provisional] = dated
        return self._books.pop(provisional, None)

    def tapped(self, book: LessonBook) -> set[str]:
        """Pupils of the roster whose cards came in this session, for whichever of its lessons."""
        return set[str]().union(*(one.tapped() for one in self._session_of(book)))

    def proposals(self, book: LessonBook) -> Mapping[str, Presence]:
        """What the machine would say of pupils without a mark; empty once the lesson is confirmed.

        From the lessons before in the session; at a flag ceremony from the cards; last, approved
        leave is the default of who is missing.
        """
        if book.seal is not None:
            return MappingProxyType({})
        on_leave = dict.fromkeys(sorted(book.on_leave()), Presence.ABSENT)
        return on_leave | self.carried(book) | book.by_cards()

    def carried(self, book: LessonBook) -> dict[str, Presence]:
        """Proposals of the lessons before in the session, for pupils without a mark."""
        if book.seal is not None:
            return {}
        known: dict[str, Presence] = {}
        for earlier in self._siblings(book):
            if self._starts_ms(earlier) < self._starts_ms(book):
                known |= earlier.by_cards()
                said = earlier.presences().items()
                known |= {p: what for p, what in said if what is not Presence.UNMARKED}
        proposed = {p: proposal_after(presence) for p, presence in known.items()}
        unmarked = book.unmarked()
        return {p: what for p, what in proposed.items() if what is not None and p in unmarked}

    def forget_before(self, day: date) -> None:
        """Let go of lessons of earlier days."""
        for lesson_id in [i for i, book in self._books.items() if book.day and book.day < day]:
            del self._books[lesson_id]
        for key in [key for key in self._by_session if key[1] < day]:
            del self._by_session[key]

    def _open(self, lesson_id: str) -> LessonBook | None:
        try:
            key = parse_lesson_id(lesson_id)
        except ValueError:
            return None
        school = self._school
        roster = (pupil.id for pupil in school.roster(key.group_key, key.day))
        planned = self._timetable.lesson(lesson_id)
        book = LessonBook(
            lesson_id,
            key.day,
            Belonging(roster, former_members(school, key.group_key, key.day)),
            self._dating,
            on_leave=self._on_leave(key),
            is_ceremony=planned is not None and planned.is_ceremony,
        )
        self._books[lesson_id] = book
        if key.day is not None and key.session is not None:
            session = (key.group_key, key.day, key.session)
            self._by_session.setdefault(session, []).append(book)
        return book

    def _on_leave(self, key: LessonKey) -> Callable[[str], bool]:
        """Tells by person id who has approved leave for a lesson."""
        if key.day is None or key.session is None:
            return lambda _: False
        return partial(self._papers.is_on_leave, day=key.day, session=key.session)

    def _siblings(self, book: LessonBook) -> list[LessonBook]:
        """The group's lessons of the same session, itself among them, in the order of the day."""
        return sorted(self._session_of(book), key=lambda b: (self._starts_ms(b), b.lesson_id))

    def _session_of(self, book: LessonBook) -> list[LessonBook]:
        key = parse_lesson_id(book.lesson_id)
        if key.day is None or key.session is None:
            return [book]
        return self._by_session.get((key.group_key, key.day, key.session), [])

    def _starts_ms(self, book: LessonBook) -> int:
        planned = self._timetable.lesson(book.lesson_id)
        return planned.starts_ms if planned else 0
