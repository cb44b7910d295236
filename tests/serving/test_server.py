import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from web.serving.server import AddressError, Tls, WebServer, bind


class App:
    """Answers what it is told to."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.finish = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/slow":
            self.started.set()
            await self.finish.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})


async def get(port: int, path: str, tls: ssl.SSLContext | None = None) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_port_0_is_told_and_answers_without_banner():
    server = WebServer(App(), "127.0.0.1:0")
    port = await server.start()
    assert server.url == f"http://127.0.0.1:{port}"
    answer = await get(port, "/")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"server:" not in answer.lower()
    await server.stop()
    with pytest.raises(ConnectionRefusedError):
        await get(port, "/")


async def test_stopping_answers_what_is_under_way_and_calls_first_who_must_let_go():
    app = App()
    server = WebServer(app, "127.0.0.1:0", before_stop=(app.finish.set,))
    port = await server.start()
    asking = asyncio.create_task(get(port, "/slow"))
    await app.started.wait()
    await server.stop()
    assert (await asking).endswith(b"http\r\n0\r\n\r\n")


def listening() -> set[int]:
    """Ports that this process listens on; a free one may be another process's a moment later."""
    found = psutil.Process().net_connections("tcp")
    return {one.laddr.port for one in found if one.status == psutil.CONN_LISTEN}


async def test_a_supervisor_runs_and_cancels_it():
    server = WebServer(App(), "127.0.0.1:0")
    task = asyncio.create_task(server.run())
    while not server.port:  # noqa: ASYNC110 - the other side gives no signal
        await asyncio.sleep(0.01)
    assert server.port in listening()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.port not in listening()


async def test_a_taken_port_is_said_in_one_sentence():
    first = WebServer(App(), "127.0.0.1:0")
    port = await first.start()
    with pytest.raises(AddressError, match=rf"cannot listen on 127\.0\.0\.1:{port}: Address"):
        await WebServer(App(), f"127.0.0.1:{port}").start()
    await first.stop()


@pytest.mark.parametrize("address", ["", "8080", ":8080", "127.0.0.1:", "h:x", "127.0.0.1:70000"])
async def test_a_malformed_address_is_said_in_one_sentence(address):
    with pytest.raises(AddressError, match="write host:port"):
        bind(address)


async def test_small_answers_are_not_held_back():
    listener = bind("127.0.0.1:0")
    assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    listener.listen()
    caller = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    for one in (caller, accepted, listener):
        one.close()


async def test_https_speaks_tls_13(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    tls = Tls(tmp_path / "c.pem", tmp_path / "k.pem")
    tls.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    tls.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = WebServer(App(), "127.0.0.1:0", tls=tls)
    port = await server.start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert b"https" in await get(port, "/", context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await get(port, "/", context)
    await server.stop()
