"""d2animator for ComfyUI: this folder goes into ``custom_nodes``, see its README."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

# ComfyUI asks for the mapping first. It has to be absent where there is the newer interface.
if find_spec("comfy_api") is not None and find_spec("comfy_api.latest") is not None:
    comfy_entrypoint = import_module(".v3", __name__).comfy_entrypoint
else:
    _v1 = import_module(".v1", __name__)
    NODE_CLASS_MAPPINGS = _v1.NODE_CLASS_MAPPINGS
    NODE_DISPLAY_NAME_MAPPINGS = _v1.NODE_DISPLAY_NAME_MAPPINGS
