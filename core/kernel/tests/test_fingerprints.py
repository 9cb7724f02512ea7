"""A figure that stands for a state."""

from hypothesis import given
from hypothesis import strategies as st

from core.kernel.fingerprints import LARGEST, fingerprint

values = st.lists(st.none() | st.integers() | st.text(), max_size=4)


def test_the_figure_is_the_same_in_every_process() -> None:
    assert fingerprint("SHP-1", "lost", 7, None) == 2_185_877_958


@given(values, values)
def test_it_differs_just_when_a_value_does(first: list[object], second: list[object]) -> None:
    assert 0 <= fingerprint(*first) < LARGEST
    assert (fingerprint(*first) == fingerprint(*second)) == (first == second)
