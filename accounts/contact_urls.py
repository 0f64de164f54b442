"""The person's address, what mails may come, and leaving quickly."""

from django.urls import path

from accounts.views import contact, leaving

app_name = "contact"
urlpatterns = [
    path("contact/", contact.overview, name="overview"),
    path("contact/change/", contact.change, name="change"),
    path("contact/change/code/", contact.change_code, name="change-code"),
    path("contact/mails/", contact.mails, name="mails"),
    path("contact/letters/end/", contact.end_letters, name="end-letters"),
    path("contact/stop/<str:token>/", contact.stop, name="stop"),
    path("leave/", leaving.leave, name="leave"),
    path("safety/", leaving.safety, name="safety"),
]
