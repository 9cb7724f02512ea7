from shipping.models.carrier import CarrierAccount, CarrierService, Carton
from shipping.models.label import IssuedNumber, LabelDocument, LabelRequest
from shipping.models.parcel import Parcel, ParcelItem
from shipping.models.tracking import CarrierNotice, TrackingEvent
from shipping.models.wave import PickLine, PickList, PickTote, Wave

__all__ = [
    "CarrierAccount",
    "CarrierNotice",
    "CarrierService",
    "Carton",
    "IssuedNumber",
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
