"""What can be done with a face besides animating it (paper, section 4.5)."""
