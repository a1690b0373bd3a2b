"""Who is animated: performers take a wanted motion and give pictures."""
