"""Options that foreign generators were built with: which are understood, and what they may say.

An option that is not listed here changes the network in a way that nobody knows. Weights would
still load, and the pictures be wrong, so it is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from d2animator.errors import BundleError
from d2animator.foreign.files import number
from d2animator.foreign.records import as_table

ONLY: Mapping[str, tuple[object, ...]] = {
    # StyleGAN2 and 3 in PyTorch.
    "activation": ("lrelu",),
    "architecture": ("skip",),
    "resample_filter": ([1, 3, 3, 1],),
    "kernel_size": (3,),
    "lrelu_upsampling": (2,),
    # StyleGAN2 in TensorFlow.
    "mapping_nonlinearity": ("lrelu",),
    "nonlinearity": ("lrelu",),
    "normalize_latents": (True,),
    "resample_kernel": ([1, 3, 3, 1],),
    "dlatent_broadcast": (),
    "dtype": ("float32",),
}
"""Options that may have these values, or None for the default."""

NVIDIA = frozenset(
    {
        # Read, or seen in the weights.
        *("z_dim", "c_dim", "w_dim", "num_ws", "img_resolution", "img_channels", "num_layers"),
        *("channel_base", "channel_max", "conv_clamp", "lr_multiplier", "use_noise"),
        *("num_critical", "first_cutoff", "first_stopband", "last_stopband_rel", "margin_size"),
        *("output_scale", "conv_kernel", "filter_size", "use_radial_filters"),
        # How fast it runs, how it is trained, and what holds options of its own.
        *("num_fp16_res", "use_fp16", "fp16_channels_last", "channels_last"),
        *("fused_modconv_default", "w_avg_beta", "magnitude_ema_beta"),
        *("mapping_kwargs", "synthesis_kwargs", "class_name", "embed_features"),
    }
)
"""Other options of StyleGAN2 and 3 in PyTorch that are understood."""

TENSORFLOW = frozenset(
    {
        # Read, or seen in the weights.
        *("latent_size", "label_size", "dlatent_size", "num_channels", "resolution", "use_noise"),
        *("mapping_layers", "mapping_lrmul", "fmap_base", "fmap_decay", "fmap_min", "fmap_max"),
        *("conv_clamp", "fmap_const"),
        # How it is run and trained, and what its parts are called.
        *("truncation_psi", "truncation_cutoff", "truncation_psi_val", "truncation_cutoff_val"),
        *("dlatent_avg_beta", "style_mixing_prob", "is_training", "is_validation"),
        *("is_template_graph", "return_dlatents", "randomize_noise", "fused_modconv"),
        *("num_fp16_res", "func_name", "class_name", "mapping_func", "synthesis_func"),
        *("components", "force_clean_graph", "structure"),
    }
)
"""Other options of StyleGAN2 in TensorFlow that are understood."""


def check_options(
    path: Path,
    options: Mapping[Any, Any],
    understood: frozenset[str],
    equal_to: Mapping[str, object] | None = None,
) -> None:
    """Check the options that a network says it was built with.

    Args:
        path: For messages.
        options: Values by name, as found in the file.
        understood: Names of options of which any value will do here.
        equal_to: Values that options must have, on top of `ONLY`.

    Raises:
        BundleError: Names an option that is not understood, or whose value is not supported.
    """
    allowed = {**ONLY, **{name: (value,) for name, value in (equal_to or {}).items()}}
    for name, value in options.items():
        if name in understood or (isinstance(name, str) and value is None):
            continue
        if name not in allowed:
            reason = (
                f"its generator was built with the option {name!s:.60}, which is not understood"
            )
            raise BundleError(path, f"{reason}: its pictures would come out wrong")
        plain = list(value) if isinstance(value, list | tuple) else number(value)
        # Python takes 1 for True.
        if plain not in allowed[name] or isinstance(plain, bool) != (allowed[name] == (True,)):
            only = " or ".join(map(str, allowed[name])) or "the default"
            shown = "something else" if plain is None else f"{plain!s:.40}"
            raise BundleError(path, f"{name} is {shown}: only {only} is supported")


def nested_options(options: Mapping[Any, Any], *names: str) -> dict[Any, Any]:
    """Options of a network and, where it has them, of its parts under these names."""
    merged = dict(options)
    for name in names:
        merged |= as_table(options.get(name)) or {}
    return merged
