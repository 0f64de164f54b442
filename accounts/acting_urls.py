"""Acting for others and letting others act, companies, and the way in by a letter."""

from django.urls import path

from accounts.views import activation_letter, companies, mandates

app_name = "acting"
urlpatterns = [
    path("acting/", mandates.home, name="home"),
    path("acting/switch/", mandates.switch, name="switch"),
    path("acting/accept/", mandates.accept, name="accept"),
    path("acting/account/", mandates.account, name="account"),
    path("acting/<uuid:mandate_id>/lay-down/", mandates.lay_down, name="lay-down"),
    path("mandates/", mandates.given, name="given"),
    path("mandates/give/", mandates.give, name="give"),
    path("mandates/<uuid:mandate_id>/end/", mandates.end, name="end"),
    path("company/", companies.company, name="company"),
    path("company/administrator/", companies.become, name="become-administrator"),
    path("company/administrator/<uuid:mandate_id>/end/", companies.end_administrator, name="end-administrator"),
    path("letter/", activation_letter.letter, name="letter"),
]
