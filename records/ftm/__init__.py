"""Records as entities of FollowTheMoney, in and out: the JSON lines that tools for sanctions and lists exchange.

# Note [What goes where]
A record becomes a `Sanction` whose `entity` is its subject, a `Person` or `Company`; a number of the subject becomes
an `Identification`. The model has properties for some of what a record says (`SANCTION`, and what the programme file
names under `ftm`); the rest stands in `summary`, one text a field, `field: value`, which people can read and
`lines` reads back. Every property is a list of texts there, so that is what is written, and of several values
of what we hold one of, none is guessed: the line is refused.

Addresses, mails and telephone numbers are never written, and not taken in: a contact comes from the source's own
feed or from the person. The mapping is our own, after the public description of the model's schemata.
"""

from records.ftm.entities import Entity, entities
from records.ftm.lines import Converted, Trouble, convert

__all__ = ["Converted", "Entity", "Trouble", "convert", "entities"]
