"""The school's own authority: a root certificate that rooms pin, and the rooms' server certificate.

Made at first start under the hub's state folder: `root.pem`, `root.key`, `rooms.pem`,
`rooms.key`. The server certificate is made anew when its names change or 30 days are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.state.whole_file import write_whole

ROOT_YEARS = 20
SERVER_DAYS = 730
RENEW_DAYS = 30
_EARLY = timedelta(days=1)  # a room's clock may be behind


class AuthorityError(Exception):
    """The authority's files cannot be used: which, why, how to mend."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the files are.

    Attributes:
        root: certificate that rooms pin.
        certificate: of the rooms' listener.
        key: its key.
    """

    root: Path
    certificate: Path
    key: Path


def open_authority(state: Path, hosts: Sequence[str], now: datetime) -> Authority:
    """Make or renew what is missing.

    Args:
        state: the hub's state folder.
        hosts: names and addresses of the rooms' listener; IPv6 may stand in brackets.
        now: the time, for validity.

    Raises:
        AuthorityError: a file is damaged or cannot be written.
    """
    made = Authority(state / "root.pem", state / "rooms.pem", state / "rooms.key")
    try:
        state.mkdir(parents=True, exist_ok=True)
        root_key = _load_or_make_key(state / "root.key")
        root = _load_or_make_root(made.root, root_key, now)
        names = [_general_name(host) for host in sorted(set(hosts))]
        server_key = _load_or_make_key(made.key)
        if not _still_good(made.certificate, server_key, root, names, now):
            certificate = _server_certificate(server_key, names, root, root_key, now)
            text = certificate.public_bytes(serialization.Encoding.PEM)
            write_whole(made.certificate, text, 0o644)
    except OSError as error:
        raise AuthorityError(f"{error.filename or state}: {error.strerror}.") from error
    return made


def _load_or_make_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_whole(path, text, 0o600)
        return key
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise AuthorityError(f"{path} is damaged; put it back from the backup.") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise AuthorityError(f"{path} is not a key of ours; put it back from the backup.")
    return found


def _load_or_make_root(
    path: Path, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    if not path.exists():
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lophoc hub root")])
        root = (
            _builder(name, name, key, now, timedelta(days=365 * ROOT_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_whole(path, root.public_bytes(serialization.Encoding.PEM), 0o644)
        return root
    try:
        root = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise AuthorityError(f"{path} is damaged; put it back from the backup.") from error
    if root.public_key() != key.public_key():
        raise AuthorityError(f"{path} does not belong to root.key; put both back from the backup.")
    return root


def _server_certificate(
    key: ec.EllipticCurvePrivateKey,
    names: Sequence[x509.GeneralName],
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lophoc hub")])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return (
        _builder(subject, root.subject, key, now, timedelta(days=SERVER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    whole = now.astimezone(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(whole - _EARLY)
        .not_valid_after(whole + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _still_good(
    path: Path,
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    names: Sequence[x509.GeneralName],
    now: datetime,
) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(root)
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound, InvalidSignature):
        return False
    left = found.not_valid_after_utc - now
    started = found.not_valid_before_utc <= now
    same = found.public_key() == key.public_key() and list(extension.value) == list(names)
    return same and started and left > timedelta(days=RENEW_DAYS)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)
