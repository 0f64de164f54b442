"""Asks a ClamAV daemon about a file, by its INSTREAM command, when `settings.CLAMAV_ADDRESS` names one.

https://docs.clamav.net/manual/Usage/ClamdProtocol.html (clamd(8), COMMANDS)
"""

import socket
import struct

from django.conf import settings

from appeals.evidence_files import EvidenceRefused

_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4096


def check(data: bytes, *, timeout: float = 30.0) -> None:
    """Raise `EvidenceRefused` for an infected file, and for any file while the scanner does not answer.

    Without a configured scanner this does nothing. Scan what was handed in, before it is made safe.
    `timeout` in seconds is for each step of the conversation.
    """
    if not settings.CLAMAV_ADDRESS:
        return
    host, _colon, port = settings.CLAMAV_ADDRESS.rpartition(":")
    try:
        answer = _ask(host.strip("[]"), int(port), data, timeout)
    except OSError as error:
        raise EvidenceRefused("not_scanned") from error
    if answer.endswith(" FOUND"):
        raise EvidenceRefused("infected")
    if answer != "stream: OK":  # errors, among them a file above the scanner's own limit
        raise EvidenceRefused("not_scanned")


def _ask(host: str, port: int, data: bytes, timeout: float) -> str:
    with socket.create_connection((host, port), timeout=timeout) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            part = connection.recv(_LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0").decode(errors="replace")
