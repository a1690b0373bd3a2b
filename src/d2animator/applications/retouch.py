"""Edits that look at their own result, and how like two people are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from d2animator.latent.directions import Directions, DirectionTable
from d2animator.latent.editing import EditOptions, Wish, solve_edit
from d2animator.latent.measuring import IdentityFeatures
from d2animator.portrait import Portrait


def solve_seen(
    portrait: Portrait,
    bank: Directions,
    table: DirectionTable,
    wish: Wish,
    look: Callable[[Tensor], Tensor],
    options: EditOptions,
) -> Tensor:
    """Find the motion of an edit: solve, look at the result, mend.

    Args:
        portrait: Whom to edit.
        bank: Directions.
        table: What they do.
        wish: What was asked for.
        look: What the face of a drawn picture (1, 3, R, R) does, (A,), on the CPU.
        options: Weights, and how often to look.

    Returns:
        The motion (1, l, D).
    """
    before = look(portrait.reconstruction())
    found = wish.fixed + solve_edit(table, wish, wish.change, options)
    delta = bank.combine(found.to(bank.vectors).unsqueeze(0))
    if not bool(wish.asked.any()):
        return delta
    # What a direction does that was asked for by its own name is wanted with all its side effects.
    minded = wish.asked | (wish.fixed == 0).all()
    for _ in range(options.rounds):
        missing = wish.change - (look(portrait.render(delta)) - before)
        missing = torch.where(minded, missing, 0.0)
        found = found + options.mend * solve_edit(table, wish, missing, options)
        delta = bank.combine(found.to(bank.vectors).unsqueeze(0))
    return delta


def strangeness(
    faces: Tensor, landmarks: Tensor, person: Tensor, own: Tensor, identity: IdentityFeatures
) -> Tensor:
    """Tell how far faces are from somebody.

    Args:
        faces: Pictures of strangers (B, 3, R, R) in [-1, 1].
        landmarks: Their landmarks (B, 98, 2) in pixels.
        person: A picture of somebody (1, 3, R, R).
        own: The landmarks of that one (1, 98, 2) in pixels.
        identity: What tells people apart.

    Returns:
        Distances (B,) in units of that between two of the strangers.
    """
    people = identity(faces, landmarks)
    unit = people.std(0).clamp_min(1e-6)
    off = (people - identity(person, own)) / unit
    distance: Tensor = off.norm(dim=1) / (2 * people.shape[1]) ** 0.5
    return distance
