"""Routes of what comes from elsewhere and goes there: transfers between warehouses, imports and exports."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import imports, load, transfers

urlpatterns: list[URLPattern | URLResolver] = [
    path("exports/<str:kind>.<str:format>", imports.export, name="export"),
    path("imports", imports.imports, name="imports"),
    path("imports/<str:ref>", imports.import_page, name="import"),
    path("imports/<str:ref>/cancel", imports.cancel, name="cancel_import"),
    path("imports/<str:ref>/columns", imports.columns, name="import_columns"),
    path("imports/<str:ref>/faulty.csv", imports.faulty_rows, name="faulty_rows"),
    path("imports/<str:ref>/progress", imports.progress, name="import_progress"),
    path("imports/<str:ref>/rows", imports.rows, name="import_rows"),
    path("imports/<str:ref>/run", imports.run, name="run_import"),
    path("imports/<str:ref>/undo", imports.start_undo, name="undo_import"),
    path("transfers", transfers.transfers, name="transfers"),
    path("transfers/new", transfers.new_transfer, name="new_transfer"),
    path("transfers/<str:ref>", transfers.transfer, name="transfer"),
    path("transfers/<str:ref>/cancel", transfers.cancel, name="cancel_transfer"),
    path("transfers/<str:ref>/close", transfers.close, name="close_transfer"),
    path("transfers/<str:ref>/load", load.load, name="load"),
    path("transfers/<str:ref>/load/scan", load.load_scan, name="load_scan"),
]
