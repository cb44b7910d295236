"""The records of a state folder: what was given last holds, and what was given is kept."""

from pathlib import Path

import pytest

from school.mistakes import SchoolFileError
from sync.state.records import NothingToUndoError, RecordsFolder, StaleRecordsError, digest
from sync.state.running import Running, running_at, tell_running


def accept(raw: bytes) -> bytes:
    if b"broken" in raw:
        raise SchoolFileError("the file is broken")
    return raw.replace(b" secret", b"")


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    file = tmp_path / "given.json"
    file.write_bytes(b"one secret")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def records(folder: Path, seed: Path) -> RecordsFolder:
    return RecordsFolder(folder, seed, accept)


def test_the_seed_holds_until_an_import_and_again_when_it_changes(records, seed):
    records.settle()
    assert records.read() == b"one"
    records.replace(b"two", digest(b"one"))
    records.settle()
    assert records.read() == b"two"
    seed.write_bytes(b"three")
    records.settle()
    assert records.read() == b"three"
    assert [records.undo(), records.read()] == ["school.json.2", b"two"]
    assert [records.undo(), records.read()] == ["school.json.1", b"one"]


def test_what_was_imported_before_the_first_start_is_not_replaced(folder, records, seed):
    RecordsFolder(folder, None, accept).replace(b"imported", "")
    assert records.settle()
    assert records.read() == b"imported"
    assert not records.settle()
    seed.write_bytes(b"three")
    assert not records.settle()
    assert records.read() == b"three"


def test_a_broken_or_missing_seed_leaves_what_holds(records, seed):
    records.settle()
    seed.write_bytes(b"broken")
    with pytest.raises(SchoolFileError, match="broken"):
        records.settle()
    seed.unlink()
    with pytest.raises(FileNotFoundError):
        records.settle()
    assert records.read() == b"one"


def test_the_first_records_can_be_taken_back(folder):
    records = RecordsFolder(folder, None, accept)
    records.settle()
    assert records.read() is None
    records.replace(b"one", "")
    records.undo()
    assert records.read() is None
    with pytest.raises(NothingToUndoError):
        records.undo()


def test_records_made_from_others_are_refused(records, folder):
    records.settle()
    with pytest.raises(StaleRecordsError):
        records.replace(b"two", digest(b"another"))
    with pytest.raises(SchoolFileError):
        records.replace(b"broken", digest(b"one"))
    assert records.read() == b"one"
    assert sorted(path.name for path in folder.iterdir()) == [
        "school.json",
        "school.seed",
    ]


def test_damaged_records_are_set_aside_and_those_before_hold(records, folder, seed):
    records.settle()
    records.replace(b"two", digest(b"one"))
    assert records.mend() == ""
    (folder / "school.json").write_bytes(b"broken")
    assert records.mend() == "school.json.2.damaged"
    assert (folder / "school.json.2.damaged").read_bytes() == b"broken"
    records.settle()
    assert records.read() == b"one"
    assert records.mend() == "school.json.2.damaged", "as long as nobody gives others"
    records.replace(b"three", digest(b"one"))
    assert records.mend() == ""


def test_a_second_damage_overwrites_no_first(records, folder):
    records.settle()
    records.replace(b"two", digest(b"one"))
    for content in (b"broken 1", b"broken 2"):
        (folder / "school.json").write_bytes(content)
        records.mend()
    assert (folder / "school.json.2.damaged").read_bytes() == b"broken 1"
    assert (folder / "school.json.2.damaged-2").read_bytes() == b"broken 2"
    assert records.read() == b"one"


def test_a_seed_that_was_taken_last_holds_again(records, folder, seed):
    """It is not among the versions before: it held when they were damaged."""
    records.settle()
    seed.write_bytes(b"two")
    records.settle()
    (folder / "school.json").write_bytes(b"broken")
    assert records.mend()
    records.settle()
    assert records.read() == b"two"
    assert records.damage(), "a backup may know more than the file"


def test_without_a_good_version_nothing_holds(folder):
    records = RecordsFolder(folder, None, accept)
    records.replace(b"one", "")
    (folder / "school.json").write_bytes(b"broken")
    assert records.mend() == "school.json.2.damaged"
    assert records.read() is None
    records.replace(b"two", "")
    assert records.damage() == ""


def test_only_the_owner_reads_where_a_process_listens(tmp_path: Path):
    assert running_at(tmp_path) is None
    tell_running(tmp_path, Running("http://127.0.0.1:1", "word"))
    assert running_at(tmp_path) == Running("http://127.0.0.1:1", "word")
    assert (tmp_path / "running.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "running.json").write_text('["http://127.0.0.1:1"]')
    assert running_at(tmp_path) is None
