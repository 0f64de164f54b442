from accounts.models.contact import ContactChange, ContactVouch, ContactWishes
from accounts.models.mandate import Basis, Mandate, Reach
from accounts.models.organisation import Membership, Organisation, Role
from accounts.models.paper import ActivationLetter, PostalAddress
from accounts.models.sign_in import Attempt, SignInCode
from accounts.models.subject import Contact, Identifier, Subject, SubjectKind
from accounts.models.system import ApiKey, IdempotentRequest, Scope
from accounts.models.user import User

__all__ = [
    "ActivationLetter",
    "ApiKey",
    "Attempt",
    "Basis",
    "Contact",
    "ContactChange",
    "ContactVouch",
    "ContactWishes",
    "IdempotentRequest",
    "Identifier",
    "Mandate",
    "Membership",
    "Organisation",
    "PostalAddress",
    "Reach",
    "Role",
    "Scope",
    "SignInCode",
    "Subject",
    "SubjectKind",
    "User",
]
