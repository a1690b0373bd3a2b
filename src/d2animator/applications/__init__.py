"""What can be done with a face besides animating it."""
