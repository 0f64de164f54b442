"""Under `/api/v1/`."""

from django.urls import path

from records.api import bulk, copies, endpoints, following, imports, words

app_name = "records-api"
urlpatterns = [
    path("records/", endpoints.Records.as_view(), name="records"),
    path("records/<uuid:record_id>/", endpoints.OneRecord.as_view(), name="record"),
    path("held/", endpoints.OwnFile.as_view(), name="held"),
    path("exports/", copies.Copies.as_view(), name="exports"),
    path("exports/<uuid:export_id>/", copies.OneCopy.as_view(), name="export"),
    path("exports/<uuid:export_id>/files/<uuid:file_id>/", copies.OneCopyFile.as_view(), name="export-file"),
    path("held/received/", endpoints.OwnReceived.as_view(), name="received"),
    path("held/looked/", endpoints.OwnLooked.as_view(), name="looked"),
    path("held/<uuid:record_id>/", endpoints.OwnEntry.as_view(), name="entry"),
    path("held/<uuid:record_id>/statement/", words.OwnStatement.as_view(), name="statement"),
    path("imports/", imports.Imports.as_view(), name="imports"),
    path("imports/<uuid:job_id>/", imports.OneImport.as_view(), name="import"),
    path("imports/<uuid:job_id>/refused/", imports.RefusedLines.as_view(), name="refused"),
    path("disclosures/", bulk.Disclosures.as_view(), name="disclosures"),
    path("subscriptions/", following.Subscriptions.as_view(), name="subscriptions"),
    path("subscriptions/<uuid:subscription_id>/", following.OneSubscription.as_view(), name="subscription"),
    path("changes/", following.Changes.as_view(), name="changes"),
    path("changes/acknowledge/", following.Acknowledgement.as_view(), name="acknowledge"),
]
