"""Errors of devices, named by what the caller can do about them."""

from devices.trouble import Remark


class DeviceError(Exception):
    """A device did not do or say what was asked. The text is one sentence for a person.

    Attributes:
        went_out: whether what was asked may have reached the device all the same.
        remark: the same as a code, where whoever shows it has words of its own.
    """

    went_out = False

    def __init__(self, sentence: str = "", *, remark: Remark | None = None) -> None:
        """Say what happened in one sentence, and perhaps as a code too."""
        super().__init__(sentence)
        self.remark = remark


class UnreachableError(DeviceError):
    """The port or address could not be opened, or was lost: try again later."""


class SilentError(DeviceError):
    """The port is open and no answer came in time: try again later."""


class PasswordRefusedError(DeviceError):
    """The device refused our password: stop and tell the technician."""


class RefusedError(DeviceError):
    """The device understood and said no: tell the caller."""


class NotNowError(RefusedError):
    """The device cannot do it in its present state (standby, warming): wait, then ask again."""


class MalformedReplyError(DeviceError):
    """The bytes that came are not of the protocol: drop them and ask again."""
