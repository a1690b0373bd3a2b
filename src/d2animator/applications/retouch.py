"""Edits that look at their own result, and how like two people are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from d2animator.latent.directions import Directions
from d2animator.latent.editing import EditOptions, Wish, measured, solve_edit
from d2animator.latent.measuring import IdentityFeatures
from d2animator.portrait import Portrait


def solve_seen(
    portrait: Portrait,
    bank: Directions,
    wish: Wish,
    look: Callable[[Tensor], Tensor],
    options: EditOptions,
) -> Tensor:
    """Find the motion of an edit: solve, look at the result, mend.

    Args:
        portrait: Whom to edit.
        bank: Directions, measured.
        wish: What was asked for.
        look: What the face of a drawn picture (1, 3, R, R) does, (A,), on the CPU.
        options: Weights, and how often to look.

    Returns:
        The motion (1, l, D).
    """
    table = measured(bank)
    effects, ranges = table.effects.double().cpu(), table.ranges.double().cpu()
    if not bool(wish.asked.any()):
        return _mixed(bank, wish.fixed)
    # What a direction does that was asked for by its own name is wanted with all its side effects.
    minded = wish.asked | (wish.fixed == 0).all()
    weights = torch.where(wish.asked, 1.0, options.keep) * minded / ranges
    before = look(portrait.reconstruction())
    found = solve_edit(bank, wish, wish.change, options)
    best, least = found, float("inf")
    for _ in range(max(options.rounds, 1)):
        change = look(portrait.render(_mixed(bank, wish.fixed + found))) - before
        missing = torch.where(minded, wish.change - change, 0.0)
        amiss = float((weights * missing).norm())
        if amiss < least:
            best, least = found, amiss
        # Solved anew from the start, not added to: what cannot be had must not pile up.
        mended = solve_edit(bank, wish, found @ effects + missing, options)
        found = found + options.step * (mended - found)
    return _mixed(bank, wish.fixed + best)


def _mixed(bank: Directions, coefficients: Tensor) -> Tensor:
    return bank.combine(coefficients.to(bank.vectors).unsqueeze(0))


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
