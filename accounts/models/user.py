from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from accounts.models.subject import Subject
from audit.ids import uuid7


class UserManager(BaseUserManager["User"]):
    def create_staff(self, email: str, password: str, **fields: Any) -> "User":
        """A user who signs in with e-mail, password and a second factor."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in: staff by e-mail, password and second factor; a person by mailed code and a fact.

    A person's e-mail stands sealed in their contact, never here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    email = models.EmailField(unique=True, null=True, blank=True)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, null=True, related_name="user")
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    signed_out_at = models.DateTimeField(null=True)  # sessions that began before then are over

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_user_is_staff_or_a_person",
                condition=models.Q(email__isnull=False, subject__isnull=True)
                | models.Q(email__isnull=True, subject__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
