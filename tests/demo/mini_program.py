"""A stand-in for one of the demo's programs: answers /health and /api/room on its port.

`mini_program.py KIND FILE`: the port is found in FILE as the real program would find it. With the
environment variable MINI_ENDS it ends at once.
"""

import json
import os
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOM = {
    "devices": [{"link": "online"}],
    "readers": [{"link": "online"}],
    "clock": {"trusted": True},
}


def port_of(kind: str, file: Path) -> int:
    if kind == "emulators":
        return json.loads(file.read_text())["bench"]
    section, key = {"agent": ("panel", "listen"), "hub": ("hub", "console")}[kind]
    return int(tomllib.loads(file.read_text())[section][key].rpartition(":")[2])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ROOM if self.path == "/api/room" else {"state": "ok"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


if __name__ == "__main__":
    kind, file = sys.argv[1], Path(sys.argv[2])
    if os.environ.get("MINI_ENDS") == kind:
        sys.exit("no luck")
    if kind == "hub":
        (file.parent / "hub" / "hub.token").write_text("secret\n")
    HTTPServer(("127.0.0.1", port_of(kind, file)), Handler).serve_forever()
