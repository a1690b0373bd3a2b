from __future__ import annotations

from dataclasses import fields

from d2animator.cli.groups import MARKS
from d2animator.marks.options import MarkOptions


def test_every_mark_can_be_chosen_on_the_command_line_with_its_default():
    defaults = {name: default for name, (_, default) in MARKS.items()}
    assert defaults == {field.name: field.default for field in fields(MarkOptions)}
