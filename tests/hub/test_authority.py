from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from sync.hub.authority import AuthorityError, open_authority

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOSTS = ("localhost", "127.0.0.1", "[::1]")


def names(path) -> list[str]:
    found = x509.load_pem_x509_certificate(path.read_bytes())
    extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return sorted(str(name.value) for name in extension)


def test_the_first_start_makes_four_files_with_private_keys(tmp_path):
    made = open_authority(tmp_path, HOSTS, NOW)
    assert names(made.certificate) == ["127.0.0.1", "::1", "localhost"]
    modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    assert modes == {"root.pem": 0o644, "root.key": 0o600, "rooms.pem": 0o644, "rooms.key": 0o600}


def test_the_next_start_keeps_them(tmp_path):
    open_authority(tmp_path, HOSTS, NOW)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    open_authority(tmp_path, tuple(reversed(HOSTS)), NOW + timedelta(days=300))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("hosts", "later"),
    [
        (HOSTS, timedelta(days=701)),
        (("truong.lan",), timedelta(days=1)),
        (HOSTS, timedelta(days=-30)),
    ],
)
def test_the_server_certificate_is_renewed_under_the_same_root(tmp_path, hosts, later):
    made = open_authority(tmp_path, HOSTS, NOW)
    root, before = made.root.read_bytes(), made.certificate.read_bytes()
    open_authority(tmp_path, hosts, NOW + later)
    assert made.certificate.read_bytes() != before
    assert made.root.read_bytes() == root
    certificate = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(root))


def test_a_lost_or_damaged_server_certificate_is_made_anew(tmp_path):
    made = open_authority(tmp_path, HOSTS, NOW)
    made.certificate.write_text("damaged")
    open_authority(tmp_path, HOSTS, NOW)
    assert names(made.certificate)


@pytest.mark.parametrize("name", ["root.pem", "root.key", "rooms.key"])
def test_a_damaged_file_that_rooms_depend_on_is_named(tmp_path, name):
    open_authority(tmp_path, HOSTS, NOW)
    (tmp_path / name).write_text("damaged")
    with pytest.raises(AuthorityError, match=f"{name} is damaged; put it back"):
        open_authority(tmp_path, HOSTS, NOW)


def test_a_root_of_another_key_is_named(tmp_path):
    open_authority(tmp_path, HOSTS, NOW)
    (tmp_path / "root.key").unlink()
    with pytest.raises(AuthorityError, match=r"does not belong to root\.key"):
        open_authority(tmp_path, HOSTS, NOW)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(AuthorityError, match="state"):
        open_authority(tmp_path / "state", HOSTS, NOW)
