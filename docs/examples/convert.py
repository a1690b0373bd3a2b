from pathlib import Path

from d2animator import load_bundle
from d2animator.bundles.bundle import save_bundle
from d2animator.bundles.convert import ConvertOptions, convert
from d2animator.bundles.info import describe

network = Path("network.pkl")  # somebody's StyleGAN2 or StyleGAN3
if network.exists():
    convert(network, "mine", ConvertOptions(license="CC-BY-NC-4.0"))
    print(describe("mine").licenses)

# A bundle that is loaded can be written again, in half precision for instance.
save_bundle(load_bundle(), "copy", half=True)
print(sum(path.stat().st_size for path in Path("copy").iterdir()) // 1_000_000, "MB")
