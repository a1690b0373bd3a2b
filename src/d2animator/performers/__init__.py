"""Who is animated: each turns wanted landmarks into pictures."""
