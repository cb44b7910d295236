import gzip
import time

import httpx
import pytest

from web.serving.assemble import assemble, new_app
from web.serving.guard import GuardRules
from web.serving.roles import NOBODY
from web.serving.server import WebServer
from web.serving.static import Assets


@pytest.fixture
def root(tmp_path):
    for name, text in {
        "css/tokens.css": "body{}" * 100,
        "shared/deep/parts.js": "export const a = 1;",
        "fonts/f.woff2": "font",
        "shared/secret.py": "key",
        "serving/guard.js": "not served",
        "hub/index.html": "<script src='{{assets}}/hub/page.js'>",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
async def site(root):
    assets = Assets(root, ["css", "shared", "fonts", "hub"])
    app = new_app("static")
    assets.install(app, {"/": "hub/index.html"})
    rules = GuardRules(frozenset({"127.0.0.1"}), lambda scope, headers: NOBODY)
    server = WebServer(assemble(app, rules, now_s=time.monotonic), "127.0.0.1:0")
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        yield client, assets
    await server.stop()


async def test_an_asset_is_kept_for_ever_under_its_version(site):
    client, assets = site
    answer = await client.get(f"{assets.prefix}/css/tokens.css")
    assert answer.text == "body{}" * 100
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(b"body{}" * 100, 6))


async def test_without_gzip_the_asset_is_plain_and_head_says_its_length(site):
    client, assets = site
    address = f"{assets.prefix}/css/tokens.css"
    for method in ("GET", "HEAD"):
        answer = await client.request(method, address, headers={"accept-encoding": "identity"})
        assert answer.headers["content-length"] == "600"
        assert "content-encoding" not in answer.headers


async def test_another_version_is_answered_but_not_kept(site):
    client, _ = site
    answer = await client.get("/assets/old/shared/deep/parts.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


async def test_fonts_are_not_compressed_again(site):
    client, assets = site
    answer = await client.get(f"{assets.prefix}/fonts/f.woff2")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets",
        "/assets/",
        "/assets/v/shared/secret.py",
        "/assets/v/serving/guard.js",
        "/assets/v/hub/index.html",
        "/assets/v/css/../shared/secret.py",
        "/assets/v/css/..%2f..%2fetc%2fpasswd",
        "/assets/v//etc/passwd",
        "/assets/v/css/%00",
    ],
)
async def test_nothing_else_is_served(site, path):
    client, _ = site
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_page_points_to_this_version_and_is_asked_for_anew(site):
    client, assets = site
    page = await client.get("/")
    assert page.text == f"<script src='{assets.prefix}/hub/page.js'>"
    assert page.headers["cache-control"] == "no-cache"
    same = await client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert same.status_code == 304
    assert same.content == b""


def test_the_version_follows_the_contents(root):
    before = Assets(root, ["css"]).version
    assert Assets(root, ["css"]).version == before
    (root / "css/tokens.css").write_text("changed")
    assert Assets(root, ["css"]).version != before
