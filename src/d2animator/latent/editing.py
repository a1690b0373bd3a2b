"""Edits by name: which mixture of directions does what was asked for, and nothing else?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError, list_names
from d2animator.faces.actions import POSE_ACTIONS
from d2animator.latent.directions import Directions
from d2animator.latent.table import DirectionTable

BOTH_SIDES = {"eyes": ("eye_right", "eye_left"), "brows": ("brow_right", "brow_left")}
"""Names for what the two sides of a face do together."""


@dataclass(frozen=True)
class EditOptions:
    """How an edit is solved; weights are relative to that of meeting what was asked."""

    # Weight of leaving the other actions as they are.
    keep: float = 0.2
    # Weight of leaving the person as they are.
    identity: float = 0.3
    # Weight of small coefficients. Effects are measured on a few faces, each with an error of its
    # own; large coefficients that cancel would be built on those errors, and what no small ones
    # can do, such as a smile that the generator never draws, stays undone.
    small: float = 0.5
    # How often the result is looked at and mended; each costs a picture.
    rounds: int = 12
    # Share of the way that a look goes towards what it would change: faces are not linear, and
    # whole steps overshoot.
    step: float = 0.7
    # Share of a step that is tried where all of it made things worse: lids do nothing for a
    # while and then fall shut, and between the two lies what was asked for.
    retreat: float = 0.5
    # The result is good enough with so much amiss, in units of the ranges.
    good: float = 0.01

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Wish:
    """An edit in numbers.

    Attributes:
        change: Wanted change of each action (A,), in the table's units; 0 where none is asked.
        asked: Whether each action was asked for (A,).
        fixed: Coefficients (K,) of the directions that were asked for by their own names.
    """

    change: Tensor
    asked: Tensor
    fixed: Tensor


def editable_names(directions: Directions) -> tuple[str, ...]:
    """Names that an edit understands, the directions' own left out."""
    return (*measured(directions).actions, *BOTH_SIDES)


def read_edit(directions: Directions, edit: Mapping[str, float]) -> Wish:
    """Turn names and amounts into numbers.

    Args:
        directions: The bank, measured.
        edit: Amounts by name: degrees for yaw, pitch and roll; for the other actions 1 is a
            large, plausible change (see `DirectionTable.ranges`); for a direction's own name a
            coefficient.

    Returns:
        The wish.

    Raises:
        ConfigError: A name is unknown (lists what there is), an amount is no finite number, or
            nobody has measured the directions.
    """
    table = measured(directions)
    change = torch.zeros(len(table.actions), dtype=torch.float64)
    fixed = torch.zeros(len(directions), dtype=torch.float64)
    asked = torch.zeros(len(table.actions), dtype=torch.bool)
    for name, amount in edit.items():
        if not abs(amount) < float("inf"):
            raise ConfigError(f"edit.{name}", f"expected a number, got {amount}")
        actions = BOTH_SIDES.get(name, (name,))
        if all(action in table.actions for action in actions):
            for action in actions:
                place = table.actions.index(action)
                unit = 1.0 if action in POSE_ACTIONS else float(table.ranges[place])
                change[place] += amount * unit
                asked[place] = True
        elif name in directions.names:
            fixed[directions.names.index(name)] += amount
        else:
            raise ConfigError(f"edit.{name}", _unknown(directions))
    return Wish(change, asked, fixed)


def solve_edit(
    directions: Directions,
    wish: Wish,
    change: Tensor,
    options: EditOptions | None = None,
    effects: Tensor | None = None,
) -> Tensor:
    """Find the mixture of directions that makes a change.

    Least squares, in units of the ranges: the actions that were asked for come out as wished, the
    others and the person stay, and coefficients stay small.

    Args:
        directions: The bank, measured.
        wish: Which actions were asked for.
        change: Change that the linear table is to promise for each action (A,), in its units.
        options: Weights.
        effects: What the directions do to the face at hand (K, A), in the table's units; None for
            what the table says of faces in general.

    Returns:
        Coefficients (K,), float64, without ``wish.fixed``.
    """
    options = options or EditOptions()
    table = measured(directions)
    known = table.effects if effects is None else effects
    relative = known.double().cpu() / table.ranges.double().cpu()  # (K, A)
    weights = torch.where(wish.asked, 1.0, options.keep**2).double()
    normal = (relative * weights) @ relative.T
    normal = normal + options.identity**2 * table.identity.double().cpu()
    normal.diagonal().add_(options.small**2)
    goal = change.double() / table.ranges.double().cpu()
    found: Tensor = torch.linalg.solve(normal, (relative * weights) @ goal)
    return found


def measured(directions: Directions) -> DirectionTable:
    """Give the table of directions.

    Raises:
        ConfigError: Nobody has measured them.
    """
    if directions.table is None:
        raise ConfigError(
            "edit",
            "this bundle's directions were never measured; "
            "`d2animator directions BUNDLE --measure` does it",
        )
    return directions.table


def _unknown(directions: Directions) -> str:
    actions = ", ".join(editable_names(directions))
    names = list_names([f'"{name}"' for name in directions.names])
    return f"no such action or direction; actions: {actions}; directions: {names}"
