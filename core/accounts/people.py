"""Who works here."""

from dataclasses import dataclass

from core.accounts.models import User


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A member of staff as a list to choose from shows them."""

    id: int
    name: str


def people_who_may(permission: str, warehouse_id: int) -> list[PersonFact]:
    """Active staff with that permission and the warehouse in their scope, by name. One statement."""
    found = [
        user
        for user in User.objects.filter(is_active=True).order_by("username")
        if user.may(permission) and user.sees_warehouse(warehouse_id)
    ]
    return [PersonFact(user.pk, user.get_full_name() or user.get_username()) for user in found]


def person_who_may(user_id: int, permission: str, warehouse_id: int) -> PersonFact | None:
    """That member of staff, if they may and see the warehouse. One statement."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not user.may(permission) or not user.sees_warehouse(warehouse_id):
        return None
    return PersonFact(user.pk, user.get_full_name() or user.get_username())
