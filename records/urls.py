"""Addresses of what is held: the person's own file, and the public catalogue of what may be held."""

from django.urls import path

from records.views import catalogue, exports, held, imports, statement
from records.views.identity import changes, lines

app_name = "records"
urlpatterns = [
    path("held/", held.held, name="held"),
    path("held/search/", held.search, name="search"),
    path("held/received/", held.received, name="received"),
    path("held/looked/", held.looked, name="looked"),
    path("held/left/", held.left, name="left"),
    path("held/copies/", exports.copies, name="copies"),
    path("held/copies/<uuid:export_id>/", exports.copy, name="copy"),
    path("held/copies/<uuid:export_id>/delete/", exports.delete, name="copy-delete"),
    path("held/copies/<uuid:export_id>/<uuid:file_id>/", exports.file, name="copy-file"),
    path("held/<uuid:record_id>/", held.record, name="record"),
    path("held/<uuid:record_id>/history/", held.history, name="history"),
    path("held/<uuid:record_id>/received/", held.received, name="record-received"),
    path("held/<uuid:record_id>/looked/", held.looked, name="record-looked"),
    path("held/<uuid:record_id>/statement/", statement.statement, name="statement"),
    path("held/<uuid:record_id>/statement/take-back/", statement.take_back, name="statement-take-back"),
    path("imports/", imports.runs, name="import-runs"),
    path("imports/<uuid:run_id>/", imports.run, name="import-run"),
    path("imports/<uuid:run_id>/refused.csv", imports.refused, name="import-refused"),
    path("identity/lines/", lines.lines, name="doubtful-lines"),
    path("identity/lines/<uuid:line_id>/", lines.line, name="doubtful-line"),
    path("identity/changes/", changes.changes, name="identity-changes"),
    path("identity/changes/<uuid:change_id>/", changes.change, name="identity-change"),
    path("identity/join/", changes.join, name="join"),
    path("identity/join/<uuid:first_id>/<uuid:second_id>/", changes.join_two, name="join-two"),
    path("identity/split/", changes.split, name="split"),
    path("identity/split/<uuid:record_id>/", changes.split_file, name="split-file"),
    path("catalogue/", catalogue.programmes, name="catalogue"),
    path("catalogue/<slug:programme_id>/", catalogue.programme, name="catalogue-programme"),
    path("catalogue/<slug:programme_id>/<slug:type_id>/", catalogue.type_, name="catalogue-type"),
]
