"""What kind of document a movement names. Pure: no Django, no clock, no I/O."""

from core.kernel.refs import is_order_ref

KINDS = {
    "ORD": "order",
    "RMA": "return",
    "REC": "receipt",
    "PO": "purchase_order",
    "ASN": "ship_notice",
    "TRF": "transfer",
    "CNT": "count",
    "WRK": "work_order",
    "RPL": "replenishment",
    "IMP": "import",
    "SHP": "shipment",
    "PCK": "pick_list",
}


def kind_of(document: str) -> str:
    """The kind of thing a reference such as REC-7K3M9Q2X names; empty for a text that is no reference of ours."""
    prefix, hyphen, _body = document.partition("-")
    return (KINDS.get(prefix) or ("order" if is_order_ref(document) else "")) if hyphen else ""
