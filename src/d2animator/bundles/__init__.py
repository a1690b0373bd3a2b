"""A bundle: everything one animator needs, in one folder."""
