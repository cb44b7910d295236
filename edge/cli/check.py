"""`lophoc check`: a room's file against the schema, the catalogue, and (--here) this machine."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from config.load import LoadedRoom
from config.room import AttachedSection, DeviceSection
from devices.address import SerialAddress
from drivers.catalogue import CATALOGUE, UnknownDriverError, entry
from edge.cli.say import say
from edge.cli.state_folder import state_folder
from edge.settings import (
    SchoolUnusableError,
    given_school,
    has_office_data,
    held_school,
    passed_over_in,
)


def driver_problems(loaded: LoadedRoom) -> Iterator[str]:
    """One sentence for each driver that does not exist or does not fit its place."""
    for one in loaded.room.attached:
        place = f'{loaded.path.name}: "{one.id}"'
        try:
            known = entry(one.driver)
        except UnknownDriverError as error:
            yield f"{place}: {error}"
            continue
        yield from (f"{place}: {problem}" for problem in _misfits(one, known.name))


def _misfits(one: AttachedSection, driver: str) -> Iterator[str]:
    known = CATALOGUE[driver]
    is_device = isinstance(one, DeviceSection)
    if is_device and known.build is None:
        yield f"{driver} is a card reader; put it under [[reader]]"
    if not is_device and known.build_reader is None:
        yield f"{driver} is no card reader; put it under [[device]]"
    kind = one.address.partition(":")[0]
    if kind not in known.addresses:
        forms = " or ".join(f"{form}:…" for form in known.addresses)
        yield f"{driver} is reached by {forms}, not by {kind}:…; change its address"
    for option in sorted(set(one.options) - set(known.options)):
        can = ", ".join(known.options) or "none"
        yield f"{driver} has no option `{option}`; its options are: {can}"


def machine_problems(loaded: LoadedRoom) -> Iterator[str]:
    """One sentence for each port or file that this machine lacks."""
    for one in loaded.room.attached:
        place = one.place
        if isinstance(place, SerialAddress):
            yield from _port_problem(one.id, place.path)
    for what, name in _files(loaded):
        if not loaded.beside(name).is_file():
            yield f"{what} names {name}, which is not at {loaded.beside(name)}; put it there"
        elif what == "attendance.school":
            yield from _school_problem(loaded)


def notes(loaded: LoadedRoom) -> Iterator[str]:
    """One sentence for each thing to be put right at leisure: nothing is wrong with the room."""
    try:
        school = held_school(loaded, state_folder())
    except SchoolUnusableError:
        return
    for key, (given, holds) in passed_over_in(
        loaded, school, datetime.now(school.zone).date()
    ).items():
        yield say("cli.check.passed_over", name=key, given=given, holds=holds)


def _school_problem(loaded: LoadedRoom) -> Iterator[str]:
    try:
        given_school(loaded)
    except SchoolUnusableError as error:
        yield str(error)
    if has_office_data(loaded):
        yield say("cli.check.office_data", file=loaded.room.attendance.school)


def _port_problem(device: str, path: str) -> Iterator[str]:
    if not Path(path).exists():
        present = sorted(str(one) for one in Path("/dev/serial/by-path").glob("*"))
        have = ", ".join(present) or "none"
        yield f'"{device}": there is no port {path}; plug it in, or use one of: {have}'
    elif not os.access(path, os.R_OK | os.W_OK):
        yield f'"{device}": {path} may not be opened by this user; add it to the group dialout'


def _files(loaded: LoadedRoom) -> Iterator[tuple[str, str]]:
    room = loaded.room
    if room.hub is not None:
        yield "hub.root", room.hub.root
    if room.attendance.school is not None:
        yield "attendance.school", room.attendance.school
    if room.mqtt is not None and room.mqtt.ca is not None:
        yield "mqtt.ca", room.mqtt.ca
