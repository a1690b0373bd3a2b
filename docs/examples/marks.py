from pathlib import Path

from d2animator.marks.manifest import Origin
from d2animator.marks.marker import Marker
from d2animator.marks.options import MarkOptions
from d2animator.marks.verify import verify
from d2animator.media.images import read_image, write_image

marker = Marker(MarkOptions(payload=2026))
picture = marker.mark(read_image("examples/source.png"))
path = write_image("marked.png", picture)
marker.sign_file(path, origin=Origin("generated", inputs=(Path("examples/source.png"),)))

verification = verify(path)
print(verification.synthetic)  # True
if verification.credentials and verification.watermark:
    print(verification.credentials.state, verification.credentials.source_types)
    print(verification.watermark.payload)  # 2026
