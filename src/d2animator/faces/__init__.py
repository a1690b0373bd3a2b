"""Faces in pictures: layouts, alignment, detection and tracking."""
