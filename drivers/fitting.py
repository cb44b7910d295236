"""What a driver's settings must be: one clear sentence for each that does not fit."""

from collections.abc import Mapping
from typing import TypeVar

from devices.address import Address, MqttAddress, SerialAddress, TcpAddress
from devices.driving import DeviceSettings

A = TypeVar("A", SerialAddress, TcpAddress, MqttAddress)

_FORMS: Mapping[type[Address], str] = {
    SerialAddress: "serial:/dev/serial/by-id/…",
    TcpAddress: "tcp:HOST:PORT",
    MqttAddress: "mqtt:NAME",
}


class MisfitError(ValueError):
    """The room's settings do not fit the driver: report it; the text says what and how to mend."""


def need_address(settings: DeviceSettings, kind: type[A]) -> A:
    """The address, where it is of this kind.

    Raises:
        MisfitError: it is of another.
    """
    if not isinstance(settings.address, kind):
        raise MisfitError(
            f'"{settings.id}": {settings.driver} is reached by {_FORMS[kind]}, '
            f"not by {settings.address}; change its address"
        )
    return settings.address


def whole_option(
    settings: DeviceSettings, name: str, default: int, allowed: range | tuple[int, ...]
) -> int:
    """A whole number from the options.

    Raises:
        MisfitError: it is no whole number, or outside `allowed`.
    """
    value = settings.options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        if isinstance(allowed, range):
            raise _misfit(settings, name, f"a whole number from {allowed[0]} to {allowed[-1]}")
        raise _misfit(settings, name, f"one of: {', '.join(map(str, allowed))}")
    return value


def switch_option(settings: DeviceSettings, name: str) -> bool:
    """A switch from the options, off by default.

    Raises:
        MisfitError: it is neither true nor false.
    """
    value = settings.options.get(name, False)
    if not isinstance(value, bool):
        raise _misfit(settings, name, "true or false")
    return value


def choice_option(
    settings: DeviceSettings, name: str, default: str, allowed: tuple[str, ...]
) -> str:
    """One of some words from the options.

    Raises:
        MisfitError: it is none of them.
    """
    value = settings.options.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise _misfit(settings, name, f"one of: {', '.join(allowed)}")
    return value


def text_option(settings: DeviceSettings, name: str, most: int) -> str:
    """A text of printable ASCII signs from the options, empty by default.

    Raises:
        MisfitError: it is no such text, or has more than `most` signs.
    """
    value = settings.options.get(name, "")
    if isinstance(value, str) and len(value) <= most and value.isascii() and value.isprintable():
        return value
    raise _misfit(settings, name, f"a text of at most {most} printable ASCII signs")


def inputs_option(settings: DeviceSettings, known: Mapping[str, str]) -> Mapping[str, str] | None:
    """The option `inputs`: which to offer, in order, each perhaps with a name of its own.

    Args:
        settings: of the device; `inputs` is a text such as `hdmi1=Máy tính, ops`.
        known: every input that the driver can send, with its plain name.

    Raises:
        MisfitError: it names an input that is not known.
    """
    text = settings.options.get("inputs")
    if text is None:
        return None
    rows = [row.partition("=") for row in str(text).split(",") if row.strip()]
    chosen = {code.strip(): name.strip() for code, _, name in rows}
    if not isinstance(text, str) or not chosen or not set(chosen) <= set(known):
        some = ", ".join([*known][:17]) + (", …" if len(known) > 17 else "")
        raise _misfit(settings, "inputs", f"some of: {some} (a name may follow after =)")
    return {code: name or known[code] for code, name in chosen.items()}


def _misfit(settings: DeviceSettings, name: str, allowed: str) -> MisfitError:
    return MisfitError(
        f'"{settings.id}": option {name} of {settings.driver} must be {allowed}; '
        f"got {settings.options.get(name)!r}"
    )
