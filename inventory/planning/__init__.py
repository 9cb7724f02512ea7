"""Pure decisions about stock: no Django, no clock, no I/O."""

from inventory.planning.moving import (
    SELLABLE,
    VIRTUAL,
    BinKey,
    BinPlace,
    Change,
    LevelKey,
    Move,
    changes_of_bins,
    changes_of_levels,
)
from inventory.planning.picking import PICK_RANK, BinPick, Candidate, PickWant, choose_bins

__all__ = [
    "PICK_RANK",
    "SELLABLE",
    "VIRTUAL",
    "BinKey",
    "BinPick",
    "BinPlace",
    "Candidate",
    "Change",
    "LevelKey",
    "Move",
    "PickWant",
    "changes_of_bins",
    "changes_of_levels",
    "choose_bins",
]
