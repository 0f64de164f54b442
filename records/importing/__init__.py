"""Data comes in: files of JSON Lines, and single records from systems, through one validator and one writer.

# Note [How an import works]
`reader` streams lines; `records.catalogue` checks each against its programme; `decide` compares
it with what the database knows (`known`, a fixed number of queries a batch) and whom it is about
(`people`); `writer` makes the rows, notices and log entries, which go in by COPY, one for each
table, in the batch's transaction with all guards on. `run` goes through a file batch by batch.

A record is known by its source and reference. The same content leaves it as it is: content means
values, provenance and validity, compared by keyed hash without opening anything. Other content
adds a version; an adverse one makes a notice. A line that an import of the very same file took in
before adds none, whatever has come since, so that a file which names a record twice can be imported
again. Measures are not content: one that is new is imposed, and is known by its type and first day from then on.
An earlier end of one that is there is taken over and told; a later one, or none any more, refuses the line, since it
would be a longer restriction of which nobody was told. One that the source no longer lists stays. So a source ends a
measure by an earlier end, by withdrawing its record or through a decision, never by silence.

A line may take its record back (`withdrawing`): it leaves the file, its measures end, and that can be
undone. While a record is disputed, nothing that its source sends changes it: it waits for the decision.

What a dispute put right stays right: a feed cannot revive a record that was taken out, bring back
a value that a decision corrected, or impose again a measure that one ended.
"""

from records.importing.ahead import Disappearing, NeedsConfirming
from records.importing.decide import Outcome
from records.importing.inputs import FileUnusable
from records.importing.limits import TooManyWithdrawals
from records.importing.one import Imported, import_one
from records.importing.run import Options, import_file
from records.importing.tally import Stopped, Tally

__all__ = [
    "Disappearing",
    "FileUnusable",
    "Imported",
    "NeedsConfirming",
    "Options",
    "Outcome",
    "Stopped",
    "Tally",
    "TooManyWithdrawals",
    "import_file",
    "import_one",
]
