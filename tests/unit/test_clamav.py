"""The conversation with a ClamAV daemon, played by a thread on this machine."""

import socket
import struct
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from appeals import clamav
from appeals.evidence_files import EvidenceRefused


class Daemon:
    """Answers one INSTREAM and remembers what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.received = b""
        self.command = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._thread.join(timeout=5)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as stream:
            self.command = stream.read(10)
            while size := struct.unpack(">I", stream.read(4))[0]:
                self.received += stream.read(size)
            connection.sendall(self.answer)


Make = Callable[[bytes], Daemon]


@pytest.fixture
def daemon(settings: Any) -> Iterator[Make]:
    made: list[Daemon] = []

    def make(answer: bytes) -> Daemon:
        made.append(Daemon(answer))
        settings.CLAMAV_ADDRESS = made[-1].address
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_clean_file_passes_and_all_of_it_was_scanned(daemon: Make) -> None:
    scanner = daemon(b"stream: OK\0")
    data = bytes(range(256)) * 1000

    clamav.check(data)

    assert scanner.command == b"zINSTREAM\0"
    assert scanner.received == data


def test_an_infected_file_is_refused(daemon: Make) -> None:
    daemon(b"stream: Eicar-Test-Signature FOUND\0")

    with pytest.raises(EvidenceRefused) as caught:
        clamav.check(b"harmful")
    assert caught.value.code == "infected"
    assert "Nothing was stored" in caught.value.message


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK and more\0"])
def test_any_other_answer_refuses_the_file(daemon: Make, answer: bytes) -> None:
    daemon(answer)

    with pytest.raises(EvidenceRefused) as caught:
        clamav.check(b"anything")
    assert caught.value.code == "not_scanned"


def test_no_file_passes_while_the_scanner_is_away(settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # held, and nobody listens: it is nobody else's meanwhile
        settings.CLAMAV_ADDRESS = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(EvidenceRefused) as caught:
            clamav.check(b"anything")
    assert caught.value.code == "not_scanned"


def test_a_scanner_that_hangs_does_not_hang_us(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CLAMAV_ADDRESS = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EvidenceRefused) as caught:
            clamav.check(b"anything", timeout=0.2)
    assert caught.value.code == "not_scanned"


def test_without_a_scanner_nothing_is_asked(settings: Any) -> None:
    settings.CLAMAV_ADDRESS = ""

    clamav.check(b"anything")
