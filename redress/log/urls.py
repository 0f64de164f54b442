"""Under `/log/`: the addresses of C2SP tlog-tiles, and a page for people."""

from django.urls import path

from redress.log import auditing, check, mine, views

app_name = "log"
urlpatterns = [
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("vkey", views.vkey, name="vkey"),
    path("tile/entries/<path:place>", views.entries, name="entries"),
    path("tile/<int:level>/<path:place>", views.tile, name="tile"),
    path("check/", check.page, name="check"),
    path("mine/", mine.page, name="mine"),
    path("entries/", auditing.entries, name="audit"),
    path("entries/export/", auditing.export, name="audit-export"),
    path("entries/<int:place>/", auditing.proof, name="audit-proof"),
]
