"""What a module calls, for tests of who may call what."""

from __future__ import annotations

import ast


def called(module: ast.Module) -> set[str]:
    """Names of all that a module calls, without what they are called of."""
    functions = [node.func for node in ast.walk(module) if isinstance(node, ast.Call)]
    return {
        one.id if isinstance(one, ast.Name) else one.attr
        for one in functions
        if isinstance(one, ast.Name | ast.Attribute)
    }
