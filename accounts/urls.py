from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from django.urls import include, path

from accounts.access import staff_required
from accounts.views import person, staff
from accounts.views.sign_out import sign_out

people = [
    path("", person.sign_in, name="sign-in"),
    path("code/", person.code, name="code"),
]

# The names are allauth's: its code and ours look these pages up by them.
staff_pages = [
    path("sign-in/", account.login, name="account_login"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("second-factor/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/set-up/", staff.set_up, name="mfa_activate_totp"),
    path(
        "second-factor/recovery-codes/",
        staff_required()(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
]

urlpatterns = [
    path("sign-in/", include((people, "accounts"))),
    path("staff/", include(staff_pages)),
    path("", include("accounts.acting_urls")),
    path("", include("accounts.contact_urls")),
    path("sign-out/", sign_out, name="account_logout"),
]
