"""A small witness (C2SP tlog-witness) for tests: remembers one checkpoint of one log, and can be made to misbehave."""

import base64
import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from audit import merkle, note
from audit.note import Key, Verifier


class TestWitness:
    """What it saw last, what it was asked, and what it answers instead, if anything."""

    __test__ = False

    def __init__(self, log: Verifier) -> None:
        self.key, self.log = Key.make("witness.example/w1"), log
        self.size, self.root = 0, merkle.EMPTY_ROOT
        self.asked: list[str] = []
        self.instead: tuple[int, str] | None = None
        self.url = ""

    @property
    def setting(self) -> list[str]:
        return [str(self.key.cosigner), self.url]

    def add_checkpoint(self, body: str) -> tuple[int, str]:
        self.asked.append(body)
        if self.instead:
            return self.instead
        head, _, signed = body.partition("\n\n")
        old, *proof = head.split("\n")
        try:
            parsed, _by = note.verified(signed, [self.log])
        except note.NotSigned:
            return 403, ""
        said = note.checkpoint_of(parsed.text)
        if old != f"old {self.size}":
            return 409, f"{self.size}\n"
        try:
            way = [base64.b64decode(each) for each in proof]
            merkle.check_consistency(self.size, self.root, said.size, said.root, way)
        except merkle.Inconsistent:
            return (409, f"{self.size}\n") if self.size == said.size else (422, "")
        self.size, self.root = said.size, said.root
        return 200, self.key.cosign(parsed.text, 1_790_000_000)


@contextlib.contextmanager
def witness_of(log: Verifier) -> Iterator[TestWitness]:
    """A witness on a free port of this machine."""
    witness = TestWitness(log)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = witness.add_checkpoint(body) if self.path == "/w1/add-checkpoint" else (404, "")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        witness.url = f"http://127.0.0.1:{server.server_port}/w1"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield witness
        finally:
            server.shutdown()
