"""Marks that say a picture is synthetic: a watermark, signed metadata, a label; and their check."""
