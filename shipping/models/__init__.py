from shipping.models.carrier import CarrierService, Carton
from shipping.models.label import LabelDocument, LabelRequest
from shipping.models.parcel import Parcel, ParcelItem
from shipping.models.tracking import TrackingEvent
from shipping.models.wave import PickLine, PickList, PickTote, Wave

__all__ = [
    "CarrierService",
    "Carton",
    "LabelDocument",
    "LabelRequest",
    "Parcel",
    "ParcelItem",
    "PickLine",
    "PickList",
    "PickTote",
    "TrackingEvent",
    "Wave",
]
