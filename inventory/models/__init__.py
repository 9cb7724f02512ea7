from inventory.models.place import Bin, BinKind, Warehouse, Zone
from inventory.models.product import Barcode, KitComponent, Product, Supplier, Tracking
from inventory.models.receiving import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
)
from inventory.models.reservation import Reservation, ReservationLine
from inventory.models.stock import BinStock, StockLevel, StockMovement

__all__ = [
    "Barcode",
    "Bin",
    "BinKind",
    "BinStock",
    "KitComponent",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseOrderStatus",
    "Receipt",
    "ReceiptLine",
    "Reservation",
    "ReservationLine",
    "StockLevel",
    "StockMovement",
    "Supplier",
    "Tracking",
    "Warehouse",
    "Zone",
]
