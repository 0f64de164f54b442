"""Pages of those who do not decide: where staff begin, what nobody could be told, what a source was told."""

from django.urls import path

from appeals.views.officers import addresses, messages, office

urlpatterns = [
    path("office/", office.home, name="staff-home"),
    path("operator/untold/", messages.untold, name="operator-untold"),
    path("operator/addresses/", addresses.addresses, name="operator-addresses"),
    path("source/messages/", messages.source, name="source-messages"),
]
