"""The tags of an order: pure."""

from collections.abc import Collection, Iterable, Sequence

MOST_TAGS = 50


def with_tags(had: Sequence[str], add: Iterable[str], *, without: Collection[str] = ()) -> list[str]:
    """The tags with others added and ``without`` some; a tag is the same whatever its case, as it was first written."""
    gone = {tag.casefold() for tag in without}
    kept = [tag for tag in had if tag.casefold() not in gone]
    known = {tag.casefold() for tag in kept}
    for tag in add:
        if tag.casefold() not in known:
            known.add(tag.casefold())
            kept.append(tag)
    return kept[:MOST_TAGS]
