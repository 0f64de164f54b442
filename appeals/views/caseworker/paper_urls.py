"""Disputes on paper, mandates on paper, and the letters that go out."""

from django.urls import path

from appeals.views.caseworker import paper, paper_person, post

urlpatterns = [
    path("paper/", paper.find, name="paper"),
    path("paper/things/", paper.things, name="paper-things"),
    path("paper/dispute/", paper.dispute, name="paper-dispute"),
    path("paper/activation-letter/", paper_person.activation_letter, name="activation-letter"),
    path("paper/print-held/", paper_person.print_held, name="print-held"),
    path("paper/put-back-address/", paper_person.put_back_address, name="put-back-address"),
    path("paper/mandate/", paper_person.mandate, name="paper-mandate"),
    path("paper/mandates/", paper_person.mandates, name="paper-mandates"),
    path("letters/", post.to_post, name="letters"),
    path("letters/<uuid:letter_id>/print/", post.print_letter, name="letter-print"),
    path("letters/<uuid:letter_id>/posted/", post.posted, name="letter-posted"),
    path("letters/<uuid:letter_id>/delivered/", post.delivered, name="letter-delivered"),
]
