"""What we know of the model: the schemata that we read, their properties, and what becomes of each."""

from typing import Final

# How a thing is called there; what it is here. A LegalEntity may be either, so its numbers have to say which.
SUBJECTS: Final = {"Person": "person", "Company": "organisation", "Organization": "organisation", "LegalEntity": ""}
RECORD: Final = "Sanction"
NUMBER: Final = "Identification"
ADDRESS: Final = "Address"
READ: Final = frozenset((*SUBJECTS, RECORD, NUMBER, "Passport", ADDRESS))

# Properties of a subject that are numbers here, and of which scheme.
NUMBERS: Final = {"leiCode": "lei", "uscCode": "cn-uscc", "passportNumber": "passport"}
OF_ORGANISATIONS: Final = frozenset(
    ("leiCode", "uscCode", "registrationNumber", "incorporationDate", "dissolutionDate")
)
# Taken of a subject; and those that hold a contact, which is left out whatever it says.
SUBJECT_TAKEN: Final = frozenset(("name", "birthDate", *NUMBERS))
CONTACTS: Final = frozenset(("address", "addressEntity", "email", "phone", "website"))
# Properties of a number.
NUMBER_TAKEN: Final = frozenset(("holder", "type", "number", "passportNumber"))
# Properties of a Sanction that mean the same of every record. `authority` is the programme's to name.
SANCTION: Final = {
    "entity": "subject",
    "recordId": "source_ref",
    "program": "type",
    "startDate": "valid_from",
    "endDate": "valid_to",
    "provisions": "measures",
    "summary": "the rest",
}
