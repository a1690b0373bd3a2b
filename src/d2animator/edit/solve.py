"""Edits that look at their own result."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from d2animator.latent.directions import Directions
from d2animator.latent.editing import EditOptions, Wish, measured, solve_edit
from d2animator.performers.portrait import Portrait

# A coefficient that nobody sees: steps that were taken back to this are given up.
_LEAST_STEP = 1e-3


def solve_seen(
    portrait: Portrait,
    bank: Directions,
    wish: Wish,
    look: Callable[[Tensor], Tensor],
    options: EditOptions,
) -> Tensor:
    """Find the motion of an edit: solve, look at the result, mend.

    A step that made things worse is taken back in part; one that helped is gone on from. What
    either does to this face corrects what the table says of faces in general (Broyden's update:
    the smallest change of the effects that explains what was seen).

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

    def seen(coefficients: Tensor) -> Tensor:
        return look(portrait.render(_mixed(bank, wish.fixed + coefficients))) - before

    best = torch.zeros(len(bank), dtype=torch.float64)
    change = seen(best) if bool(wish.fixed.any()) else torch.zeros_like(before)
    least = float((weights * (wish.change - change)).norm())
    step = solve_edit(bank, wish, wish.change - change * minded, options)
    for _ in range(max(options.rounds, 1)):
        now = seen(best + step)
        wrong = (now - change) - step @ effects
        effects = effects + torch.outer(step, wrong) / step.square().sum().clamp_min(1e-12)
        amiss = float((weights * (wish.change - now)).norm())
        if amiss >= least:
            step = options.retreat * step
            if float(step.abs().max()) < _LEAST_STEP:
                break
            continue
        best, change, least = best + step, now, amiss
        if amiss <= options.good:
            break
        missing = torch.where(minded, wish.change - change, 0.0)
        # Solved anew from the start, not added to: what cannot be had must not pile up.
        mended = solve_edit(bank, wish, best @ effects + missing, options, effects)
        step = options.step * (mended - best)
    return _mixed(bank, wish.fixed + best)


def _mixed(bank: Directions, coefficients: Tensor) -> Tensor:
    return bank.combine(coefficients.to(bank.vectors).unsqueeze(0))
