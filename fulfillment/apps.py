from django.apps import AppConfig

from core.outbox import routes


class FulfillmentConfig(AppConfig):
    name = "fulfillment"

    def ready(self) -> None:
        from fulfillment import wiring  # noqa: PLC0415  models are loaded only now

        routes.install(wiring.EVENT_ROUTES)
        wiring.connect_ports()
