"""The reserve keeps space back only where the disk has plenty."""

from pathlib import Path

from edge.store.reserve import Reserve


def test_space_is_held_and_given_up(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, 1 << 20)
    assert not reserve.held
    assert reserve.hold()
    assert reserve.hold()
    assert path.stat().st_blocks * 512 >= 1 << 20, "really allocated, not a hole"
    assert reserve.free()
    assert not reserve.free()
    assert not path.exists()


def test_a_disk_without_room_keeps_none(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", 1 << 60)
    assert not reserve.hold()
    assert list(tmp_path.iterdir()) == []


def test_none_is_none(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", 0)
    assert not reserve.hold()
    assert not reserve.free()


def test_a_full_disk_beside_a_held_reserve_is_seen(tmp_path: Path) -> None:
    """Taps still go into the reserve, but somebody must be told before it is used up."""
    reserve = Reserve(tmp_path / "reserve", 1 << 20)
    assert reserve.hold()
    assert reserve.has_as_much
    assert not Reserve(tmp_path / "reserve", 1 << 60).has_as_much


def test_a_disk_with_neither_reserve_nor_room_is_full_before_a_tap_is_refused(
    tmp_path: Path, monkeypatch
) -> None:
    reserve = Reserve(tmp_path / "reserve", 1 << 20)
    assert not reserve.is_all_used
    monkeypatch.setattr("edge.store.reserve.space_left", lambda _: 16 << 10)
    assert reserve.is_all_used
    (tmp_path / "reserve").touch()
    assert not reserve.is_all_used, "taps still have the space kept back"
