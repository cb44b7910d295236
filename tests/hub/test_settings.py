from pathlib import Path

import pytest

from sync.hub.settings import SettingsError, load_settings

GOOD = 'schema = 1\n[hub]\nstate = "state"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.toml"


def test_a_short_file_gets_every_default(file):
    file.write_text(GOOD)
    settings = load_settings(file)
    folder = file.parent
    assert settings.state == folder / "state"
    assert settings.console == "127.0.0.1:8090"
    assert settings.rooms == "127.0.0.1:8443"
    assert settings.public_hosts == ("localhost", "127.0.0.1")
    assert settings.school == folder / "school.json"
    assert settings.database == f"sqlite:///{folder}/state/hub.db"
    assert settings.token_file == folder / "state/hub.token"


def test_everything_can_be_set(file):
    file.write_text(
        GOOD
        + 'console = "0.0.0.0:80"\nrooms = "[::]:8443"\npublic_hosts = ["Truong.LAN", "10.0.0.2"]\n'
        'school = "/srv/school.json"\ndatabase = "postgresql+psycopg://hub@/lophoc"\n'
        'token_file = "/run/token"\nbehind_https = true\n'
    )
    settings = load_settings(file)
    assert settings.public_hosts == ("truong.lan", "10.0.0.2")
    assert settings.database == "postgresql+psycopg://hub@/lophoc"
    assert (settings.school, settings.token_file) == (Path("/srv/school.json"), Path("/run/token"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "schema is missing; add it."),
        (b"schema = 1", "hub is missing; add it."),
        (b"schema = 2\n[hub]\nstate='x'", "schema is wrong"),
        (b"schema = 1\n[hub]\n", "hub.state is missing; add it."),
        (b"schema = 1\n[hub\n", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8 text; save it as UTF-8."),
        (b"#" * ((1 << 20) + 1), "larger than 1 MiB"),
        (GOOD.encode() + b"consol = 'x'", "hub.consol is not a setting"),
        (GOOD.encode() + b"console = 'here'", "hub.console is wrong: write host:port"),
        (GOOD.encode() + b"rooms = '127.0.0.1:99999'", "hub.rooms is wrong: write host:port"),
        (GOOD.encode() + b"rooms = 5", "hub.rooms is wrong"),
        (GOOD.encode() + b"public_hosts = []", "hub.public_hosts is wrong"),
        (GOOD.encode() + b"public_hosts = ['https://x']", "is not a host name"),
        (GOOD.encode() + b"public_hosts = ['x:80']", "leave port and https:// out"),
        (GOOD.encode() + b"[other]\nx = 1", "other is not a setting"),
        (GOOD.encode() + b"behind_https = 'x'", "hub.behind_https is wrong"),
    ],
)
def test_each_mistake_gets_one_sentence_with_file_and_place(file, content, says):
    file.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert any(says in sentence for sentence in error.value.sentences)
    assert all(s.startswith(f"{file}: ") and "\n" not in s for s in error.value.sentences)


def test_two_mistakes_get_two_sentences(file):
    file.write_text('schema = 1\n[hub]\nconsole = "x"\n')
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert len(error.value.sentences) == 2


def test_a_missing_file_is_named(file):
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(file)
    with pytest.raises(SettingsError, match="Is a directory"):
        load_settings(file.parent)
