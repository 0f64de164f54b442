"""Files that people hand in: text, PDF, JPEG, PNG, made safe before anything is stored.

`make_safe` decides what a file is by parsing it, never by its name or first bytes, and writes it anew from
what the parser understood. Whatever was hidden beside, before or behind that is gone, so that a file which is
two things at once comes out as one of them. Foreign bytes are parsed in a child process, never in ours.
"""

from appeals.evidence_files.refusals import EvidenceRefused
from appeals.evidence_files.safe import SafeFile, make_safe
from appeals.evidence_files.verdict import Limits

__all__ = ["EvidenceRefused", "Limits", "SafeFile", "make_safe"]
