"""What a check found on an order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong. ``code`` is ``<check>.<what>``.

    ``place`` is the field it is about, ``found`` what stands there, ``suggested`` what may be meant (empty: no idea).
    ``also`` are further fields that change with the suggestion; ``words`` fill the sentence people read.
    """

    code: str
    place: str = ""
    found: str = ""
    suggested: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, object] = field(default_factory=dict)

    @property
    def check(self) -> str:
        """The check that found it: ``address`` of ``address.postal_code``."""
        return self.code.partition(".")[0]
