"""The navigation's own rules."""

from collections import Counter

from fulfillment.dashboard.navigation import ITEMS


def test_every_letter_leads_to_one_place() -> None:
    letters = Counter(item.key for item in ITEMS if item.key)
    assert [letter for letter, times in letters.items() if times > 1] == []


def test_the_entries_of_a_group_stand_together() -> None:
    groups = [str(item.group) for item in ITEMS]
    starts = [group for group, before in zip(groups, ["", *groups[:-1]], strict=True) if group != before]
    assert len(starts) == len(set(starts))
