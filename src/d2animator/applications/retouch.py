"""Edits that look at their own result, and how like two people are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    effects = measured(bank).effects.double().cpu()
    promised = wish.change
    found = solve_edit(bank, wish, promised, options)
    if not bool(wish.asked.any()):
        found, options = torch.zeros_like(found), replace(options, rounds=0)
    before = look(portrait.reconstruction())
    delta = _mixed(bank, wish.fixed + found)
    # What a direction does that was asked for by its own name is wanted with all its side effects.
    minded = wish.asked | (wish.fixed == 0).all()
    for _ in range(options.rounds):
        missing = wish.change - (look(portrait.render(delta)) - before)
        # Solved anew from the start, not added to: what cannot be had must not pile up.
        promised = found @ effects + torch.where(minded, missing, 0.0)
        found = solve_edit(bank, wish, promised, options)
        delta = _mixed(bank, wish.fixed + found)
    return delta


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
