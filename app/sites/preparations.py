"""People who are prepared at one visit without signal, and activated at a later one: the figures that are assumed."""

from decimal import Decimal

PREPARING_SHARE = Decimal("0.7")
"""Of the usual minutes for a person, those to register, check data, install and photograph: assumed."""
ACTIVATING_SHARE = Decimal("0.4")
"""Of the usual minutes for a person, those to activate whoever is prepared: assumed."""
RETURNING_SHARE = Decimal("0.8")
"""Of those who are prepared, those who come again: assumed."""
MOST_PREPARING_MINUTES = 1440
