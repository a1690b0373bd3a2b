"""Sources that move while their driver is before a camera: one frame in, one picture out."""
