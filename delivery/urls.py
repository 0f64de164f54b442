from django.urls import path

from delivery import views

app_name = "delivery"
urlpatterns = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<str:mail_id>/", views.outbox_mail, name="outbox-mail"),
]
