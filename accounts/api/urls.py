"""Under `/api/v1/`."""

from django.urls import path

from accounts.api import mails

own_mails = mails.OwnMails.as_view()
own_mails.for_oneself = True  # type: ignore[attr-defined]  # read by ActorMiddleware: never those of whom one acts for

app_name = "accounts-api"
urlpatterns = [path("mails/", own_mails, name="mails")]
