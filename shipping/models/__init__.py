from shipping.models.carrier import CarrierAccount, CarrierService, Carton
from shipping.models.label import IssuedNumber, LabelDocument, LabelRequest
from shipping.models.packaging import PackagingInsert, PackagingRule, ParcelInsert
from shipping.models.parcel import Parcel, ParcelItem
from shipping.models.pricing import RateBand, ShippingZone, Upgrade, UpgradeBudget
from shipping.models.tracking import CarrierNotice, TrackingEvent
from shipping.models.wave import PickLine, PickList, PickTote, Wave, WaveTemplate

__all__ = [
    "CarrierAccount",
    "CarrierNotice",
    "CarrierService",
    "Carton",
    "IssuedNumber",
    "LabelDocument",
    "LabelRequest",
    "PackagingInsert",
    "PackagingRule",
    "Parcel",
    "ParcelInsert",
    "ParcelItem",
    "PickLine",
    "PickList",
    "PickTote",
    "RateBand",
    "ShippingZone",
    "TrackingEvent",
    "Upgrade",
    "UpgradeBudget",
    "Wave",
    "WaveTemplate",
]
