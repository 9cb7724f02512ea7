"""How a handler says that trying again would change nothing."""


class Permanent(Exception):
    """The effect can never happen as things stand: the delivery goes to the dead letters at once.

    ``str(error)`` is kept and shown to staff, so it holds no personal data.
    """
