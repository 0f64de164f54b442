"""Files that systems upload, on their way into the importer: readable by the service alone, destroyed afterwards."""

import hashlib
import os
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings

_CHUNK: Final = 1 << 18
_SUFFIX: Final = ".ndjson"


class TooLarge(Exception):
    """More was sent than is taken."""


class Received(NamedTuple):
    """What was stored of an upload."""

    size: int
    sha256: bytes


def path_of(job_id: UUID) -> Path:
    """Where the file of a job lies, or lay."""
    return Path(settings.UPLOAD_DIR) / f"{job_id}{_SUFFIX}"


def receive(stream: IO[Any], job_id: UUID, *, most: int) -> Received:
    """Store what `stream` brings, a piece at a time. Raises `TooLarge` or what the stream does; then nothing stays."""
    path = path_of(job_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > most:
                    raise TooLarge
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())  # the row that says it is here must not outlive it
    except BaseException:
        destroy(job_id)
        raise
    return Received(size, digest.digest())


def destroy(job_id: UUID) -> None:
    """Remove the file of a job. It may be gone already."""
    path_of(job_id).unlink(missing_ok=True)


def older_than(moment: datetime) -> list[UUID]:
    """The jobs whose files were last written before that."""
    found = []
    for path in Path(settings.UPLOAD_DIR).glob(f"*{_SUFFIX}"):
        try:
            if path.stat().st_mtime < moment.timestamp():
                found.append(UUID(path.stem))
        except (OSError, ValueError):  # another worker removed it, or it is not ours
            continue
    return found


def destroy_folders(pattern: str, *, older_than: datetime) -> int:
    """Remove working folders under `imports/` that a killed command left: they hold values in the clear."""
    found = 0
    for path in (Path(settings.VAR_DIR) / "imports").glob(pattern):
        if path.is_dir() and path.stat().st_mtime < older_than.timestamp():
            shutil.rmtree(path, ignore_errors=True)
            found += 1
    return found


def destroy_all(job_ids: Collection[UUID]) -> None:
    """Remove the files of these jobs."""
    for job_id in job_ids:
        destroy(job_id)
