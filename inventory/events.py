"""What inventory publishes."""

STOCK_REPLENISHED = "stock.replenished"
"""``available`` of a product in a warehouse grew. Subject ``stock_level``; data product_id, warehouse_id, quantity."""

STOCK_ADJUSTED = "stock.adjusted"
"""A person or a program corrected the stock. Subject ``stock_level``; data product_id, warehouse_id, delta, reason."""

STOCK_CHANGED = "stock.changed"
"""What may be sold of a product in a warehouse changed; said once a second at most, and only while somebody listens.

Subject ``stock_level`` (of a kit: that of a component); data product_id, warehouse_id, available.
"""

STOCK_LOW = "stock.low"
"""No more than the reorder point is available. Subject ``stock_level``; data as of ``stock.changed``, reorder_point."""

STOCK_OUT = "stock.out"
"""Nothing is available any more. Subject ``stock_level``; data as of ``stock.changed``."""

STOCK_BACK = "stock.back_in_stock"
"""Something is available again. Subject ``stock_level``; data as of ``stock.changed``."""

STOCK_SAFETY_SET = "stock.safety_set"
"""Other units are kept back from sale. Subject ``stock_level``; data product_id, warehouse_id, before, after."""

STOCK_REPAIRED = "stock.repaired"
"""The stock check mended a drift. Subject the row mended; data what was found and what was expected."""

RECEIPT_CLOSED = "receipt.closed"
"""A delivery was received to its end. Subject ``receipt``; data the purchase order and the units by discrepancy."""

COUNT_REQUESTED = "count.requested"
"""A bin is to be counted. Subject ``count``; data bin_id and the cause. Its other events are its states."""

RECEIPT_VOIDED = "receipt.voided"
"""A receipt was taken back by compensation. Subject ``receipt``; data its documents, the units and the reason."""

BIN_FROZEN = "bin.frozen"
"""Nothing is put into a bin or planned out of it any more. Subject ``bin``; data bin, reason and the units planned."""

BIN_UNFROZEN = "bin.unfrozen"
"""A frozen bin is used again. Subject ``bin``; data bin."""

PALLET_MOVED = "pallet.moved"
"""A pallet was brought elsewhere with all on it. Subject ``bin``; data pallet, from and to (names of bins)."""

LOT_RECALLED = "lot.recalled"
"""A lot may not be sold any more. Subject ``lot``; data product_id, lot and the orders that got some of it."""

LOT_RECALL_LIFTED = "lot.recall_lifted"
"""A recall was a mistake. Subject ``lot``; data product_id and lot. Units set aside stay so until looked at."""

LOT_SET_ASIDE = "lot.set_aside"
"""Units of a lot stopped being sellable. Subject ``lot``; data product, warehouse, lot, units, reason, given_up."""

IMPORT_STEP = "import.step"
"""An import has more to read, write or undo in the background. Subject ``import``; no data."""

LOT_EXPIRY_CORRECTED = "lot.expiry_corrected"
"""Somebody set another expiry date. Subject ``lot``; data product_id, lot, before and after."""

PRODUCT_RELEASE_MOVED = "product.release_moved"
"""The day from which a product may leave was changed. Subject ``product``; data product_id."""
